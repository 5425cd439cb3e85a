"""What an index is made of, as read from the register: names as lists, addresses as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import sql
from psycopg.rows import dict_row

from registry.domain.errors import RegistryError
from registry.domain.region import Region
from registry.normalization.post_code import normalize_post_code
from registry.normalization.status import normalize_status
from registry.search.index import NO_POSITION, Standing
from registry.store.reading.register_state import Fingerprint
from registry.store.reading.statements import compose, read_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from psycopg import Connection

    Progress = Callable[[str], None]

LANGUAGES = ("nl", "fr", "de", "en")
_SQL = Path(__file__).parent / "sql"
_SNAPSHOT = "set transaction isolation level repeatable read, read only"
_STANDINGS = {
    "current": Standing.CURRENT,
    "proposed": Standing.PROPOSED,
    "reserved": Standing.RESERVED,
    "retired": Standing.RETIRED,
}
_HEADER_BYTES = 19
_FARTHEST_METRES = 2_000_000
_MOST_PARTS = 2**16 - 1
_ROWS_AT_ONCE = 1 << 17
_COPIED = (
    *((name, ">i8") for name in ("object", "street", "house", "box", "part", "status", "postal")),
    ("gone", "?"),
    ("x", ">f8"),
    ("y", ">f8"),
)
_ROW = np.dtype(
    [
        ("columns", ">i2"),
        *(pair for name, kind in _COPIED for pair in ((f"{name}_bytes", ">i4"), (name, kind))),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """A municipality, part of municipality or postal info."""

    region: Region
    object_id: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetRow:
    """A street name as it is or, when it went, was; `formers` are other names it had."""

    region: Region
    object_id: str
    names: Mapping[str, str]
    municipality_id: str
    homonym: str | None = None
    standing: Standing = Standing.CURRENT
    formers: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRows:
    """Addresses as columns. Texts are numbers into `labels`: what a region wrote somewhere.

    `objects` as in AddressColumns.object_numbers, positions in millimetres or NO_POSITION.
    """

    labels: Sequence[tuple[Region, str]]
    other_ids: Sequence[str]
    streets: NDArray[np.uint32]
    houses: NDArray[np.uint32]
    boxes: NDArray[np.uint32]
    parts: NDArray[np.uint16]
    standings: NDArray[np.uint8]
    postal_codes: NDArray[np.uint16]
    objects: NDArray[np.int64]
    xs: NDArray[np.int32]
    ys: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All that an index is made of; `streets` in the order that addresses number them by."""

    seq: int
    register: str
    municipalities: Sequence[NamedRow]
    parts: Sequence[NamedRow]
    postal_infos: Sequence[NamedRow]
    streets: Sequence[StreetRow]
    addresses: AddressRows
    successions: Sequence[tuple[str, str]] = field(default=())


def fetch_fingerprint(connection: Connection[Any]) -> Fingerprint:
    """Return what changes whenever the register does."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(compose(read_statement("fingerprint"))).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has one row
    return Fingerprint(**row)


def read_rows(
    connection: Connection[Any], name_register: Callable[[Fingerprint], str], progress: Progress
) -> Rows:
    """Read the register in one snapshot; the connection must not be in a transaction."""
    with connection.transaction():
        connection.execute(_SNAPSHOT)
        fingerprint = fetch_fingerprint(connection)
        progress("Search index: reading names")
        parts = _read_named(connection, "parts_of_municipalities")
        streets, hashes = _read_streets(connection)
        return Rows(
            seq=fingerprint.seq,
            register=name_register(fingerprint),
            municipalities=_read_named(connection, "municipalities"),
            parts=parts,
            postal_infos=_read_named(connection, "postal_infos"),
            streets=streets,
            successions=_select(connection, "successions"),
            addresses=_AddressReader(connection, hashes, parts, progress).read(),
        )


def _select(connection: Connection[Any], name: str) -> list[Any]:
    statement = sql.SQL((_SQL / f"{name}.sql").read_text())
    return connection.execute(statement).fetchall()


def make_names(texts: Iterable[str | None]) -> dict[str, str]:
    """Return names by language from columns in the order nl, fr, de, en."""
    return {language: text for language, text in zip(LANGUAGES, texts, strict=False) if text}


def _read_named(connection: Connection[Any], name: str) -> list[NamedRow]:
    return [
        NamedRow(region=Region(region), object_id=object_id, names=make_names(texts))
        for region, object_id, *texts in _select(connection, name)
    ]


def read_standing(status: str, *, is_gone: bool) -> Standing:
    """Return how an object of this status stands."""
    return Standing.GONE if is_gone else _STANDINGS.get(normalize_status(status), Standing.OTHER)


def _read_streets(connection: Connection[Any]) -> tuple[list[StreetRow], list[int]]:
    """Return the street names, and the hash by which addresses know each."""
    streets, hashes = [], []
    for (region, object_id), versions in groupby(
        _select(connection, "street_names"), key=lambda row: row[:2]
    ):
        *before, last = versions
        *texts, homonym, municipality_id, status, is_gone, hashed = last[2:]
        streets.append(
            StreetRow(
                region=Region(region),
                object_id=object_id,
                names=make_names(texts),
                homonym=homonym,
                municipality_id=municipality_id,
                standing=read_standing(status or "", is_gone=is_gone),
                formers=[make_names(row[2:5]) for row in before],
            )
        )
        hashes.append(hashed)
    return streets, hashes


class _Hashes:
    """Numbers of things by the hash that a statement gave them."""

    def __init__(self, hashes: Sequence[int]) -> None:
        given = np.array(hashes, np.int64)
        self._order = np.argsort(given).astype(np.uint32)
        self._hashes = given[self._order]
        if np.any(self._hashes[1:] == self._hashes[:-1]):
            raise RegistryError("Two texts of the register have one hash: it cannot be indexed.")

    def find(self, hashes: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
        """Return the number of each, and whether it has one."""
        if not len(self._hashes):
            return np.zeros(len(hashes), np.uint32), np.zeros(len(hashes), np.bool_)
        places = np.searchsorted(self._hashes, hashes)
        np.minimum(places, len(self._hashes) - 1, out=places)
        return self._order[places], self._hashes[places] == hashes


class _AddressReader:
    """Reads addresses a block of rows at a time, so that no block is in memory twice."""

    def __init__(
        self,
        connection: Connection[Any],
        hashes: list[int],
        parts: list[NamedRow],
        progress: Progress,
    ) -> None:
        self._connection, self._progress = connection, progress
        self._streets = _Hashes(hashes)
        progress("Search index: reading numbers")
        rows = _select(connection, "labels")
        self._label_hashes = _Hashes([hashed for _, hashed, _ in rows])
        self._labels = [(Region(region), label) for region, _, label in rows]
        numbers = {
            (part.region, part.object_id): n for n, part in enumerate(parts[:_MOST_PARTS], 1)
        }
        self._parts = np.array([numbers.get(label, 0) for label in self._labels], np.uint16)
        texts = [text for _, text in self._labels]
        self._statuses = np.array([read_standing(t, is_gone=False) for t in texts], np.uint8)
        self._postal_codes = np.array([read_postal_code(t) for t in texts], np.uint16)

    def read(self) -> AddressRows:
        """Read them all. Those of a street name that was never there are left out, and told."""
        blocks: list[dict[str, NDArray[Any]]] = []
        count = 0
        for rows in self._copy():
            blocks.append(self._shrink(rows))
            if count // 1_000_000 < (count := count + len(rows)) // 1_000_000:
                self._progress(f"Search index: {count:,} addresses read")
        columns = {
            name: np.concatenate([block.pop(name) for block in blocks]) for name in list(blocks[0])
        }
        if left_out := count - len(columns["streets"]):
            self._progress(f"Search index: {left_out:,} addresses have no street name: left out")
        other_ids = self._number_other_ids(columns["objects"])
        return AddressRows(labels=self._labels, other_ids=other_ids, **columns)

    def _copy(self) -> Iterator[NDArray[Any]]:
        statement = sql.SQL((_SQL / "addresses.sql").read_text())
        with self._connection.cursor().copy(statement) as copy:
            pieces, skipped = iter(copy), _HEADER_BYTES
            while block := b"".join(islice(pieces, _ROWS_AT_ONCE)):
                # A piece is a row, the first with the header before it; the trailer is shorter.
                count = (len(block) - skipped) // _ROW.itemsize
                yield np.frombuffer(block, _ROW, count=count, offset=skipped)
                skipped = 0

    def _shrink(self, rows: NDArray[Any]) -> dict[str, NDArray[Any]]:
        streets, has_street = self._streets.find(rows["street"].astype(np.int64))
        rows = rows[has_street]
        return {
            "streets": streets[has_street],
            "houses": self._find_labels(rows["house"]),
            "boxes": self._find_labels(rows["box"]),
            "parts": self._parts[self._find_labels(rows["part"])],
            "standings": np.where(
                rows["gone"], Standing.GONE, self._statuses[self._find_labels(rows["status"])]
            ).astype(np.uint8),
            "postal_codes": self._postal_codes[self._find_labels(rows["postal"])],
            "objects": rows["object"].astype(np.int64),
            "xs": _to_millimetres(rows["x"]),
            "ys": _to_millimetres(rows["y"]),
        }

    def _find_labels(self, hashes: NDArray[Any]) -> NDArray[np.uint32]:
        return self._label_hashes.find(hashes.astype(np.int64))[0]

    def _number_other_ids(self, objects: NDArray[np.int64]) -> list[str]:
        """Number in place what is no plain number, from -1 down in the order of their text."""
        places = np.flatnonzero(objects < 0)
        if not len(places):
            return []
        rows = _select(self._connection, "other_ids")
        found, _ = _Hashes([hashed for _, hashed in rows]).find(objects[places])
        objects[places] = -1 - found.astype(np.int64)
        return [text for text, _ in rows]


def read_postal_code(text: str) -> int:
    """Return a postal code as a number, 0 for what is none."""
    return int(normalize_post_code(text) or 0)


def _to_millimetres(metres: NDArray[Any]) -> NDArray[np.int32]:
    """Return whole millimetres; NO_POSITION for what is nowhere near Belgium."""
    is_near = (metres >= 0) & (metres < _FARTHEST_METRES)
    millimetres = np.where(is_near, np.rint(metres * 1000), NO_POSITION)
    return millimetres.astype(np.int32)
