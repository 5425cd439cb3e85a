"""What a publication changes, read off its own rows before anybody decides whether they stay.

The caller owns the transaction, which holds the publication and will be rolled back. Old and new
are the versions before and after it, so nothing here can say anything else than the release.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, product, zip_longest
from typing import Any, LiteralString

from psycopg import Connection, sql

from registry.deliveries.guards import FAR_METRES, Measures
from registry.domain.canonical import MEMBERS
from registry.domain.change import ENDED_STATUSES, Change
from registry.domain.edition import Counts, Outcome
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.labels import make_address, make_code, make_name
from registry.store.statements import read_statement

_MOST_LARGEST = 100
_MOST_LISTED = 1_000
_NAMES = ("name_nl", "name_fr", "name_de")
_REFERENCES: Mapping[Resource, LiteralString] = {
    Resource.MUNICIPALITY: "municipality_id",
    Resource.PART_OF_MUNICIPALITY: "part_id",
    Resource.POSTAL_INFO: "postal_code",
    Resource.STREET_NAME: "street_name_id",
}
"""Kinds that addresses hang on, and by which column."""
_MUNICIPALITIES: Mapping[Resource, LiteralString] = {
    Resource.MUNICIPALITY: "v.object_id",
    Resource.STREET_NAME: "v.municipality_id",
    Resource.ADDRESS: "v.municipality_id",
}

Totals = Mapping[tuple[str, str, str], tuple[int, int]]
"""Objects, and those of them in use, by kind, dimension and code."""
_NO_TOTAL = (0, 0)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A region as it is before a publication: its newest release (0: none) and its totals."""

    basis: int
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a publication changes, and what of it the guards look at."""

    document: Json
    measures: Measures


def look_before(connection: Connection, region: Region) -> Before:
    """Note what a publication is compared with; a sample, which it withdraws, is nothing."""
    row = connection.execute(read_statement("preview_fetch_basis"), {"region": region}).fetchone()
    basis = row[0] if row else 0
    return Before(basis=basis, totals=_fetch_totals(connection, region) if basis else {})


def make_preview(connection: Connection, outcome: Outcome, before: Before) -> Preview:
    """Return what the publication of this outcome, made in this transaction, changes."""
    return _Previewing(connection, outcome, before).run()


def _fetch_totals(connection: Connection, region: Region) -> Totals:
    parameters = {"region": region, "ended": list(ENDED_STATUSES)}
    rows = connection.execute(read_statement("preview_list_totals"), parameters).fetchall()
    return {tuple(key): (count, in_use) for *key, count, in_use in rows}


def compose_preview(name: str, resource: Resource) -> sql.Composed:
    """Return a statement of the preview for one kind of object."""
    return read_statement(name).format(
        changed=sql.Identifier(f"changed_{resource}"),
        version=sql.Identifier("registry", f"{resource}_version"),
        municipality=sql.SQL(_MUNICIPALITIES.get(resource, "null::text")),
        reference=sql.Identifier(_REFERENCES.get(resource, "object_id")),
        old_names=_join("p", _NAMES),
        new_names=_join("v", _NAMES),
        counts=sql.SQL(", ").join(
            sql.SQL("count(*) filter (where v.{0} is distinct from p.{0})").format(
                sql.Identifier(column)
            )
            for column in MEMBERS[resource].values()
        ),
    )


def _join(alias: str, columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, column) for column in columns)


class _Previewing:
    """One preview: the tables of what changed, and what is read off them."""

    def __init__(self, connection: Connection, outcome: Outcome, before: Before) -> None:
        release = outcome.release
        self._connection = connection
        self._outcome = outcome
        self._before = before
        self._parameters: dict[str, Any] = {
            "region": outcome.region,
            "first_seq": release.first_seq if release else 0,
            "last_seq": release.last_seq if release else -1,
            "ended": list(ENDED_STATUSES),
            "limit": _MOST_LARGEST,
            "metres": FAR_METRES,
        }

    def run(self) -> Preview:
        for resource in Resource:
            self._execute("preview_make_changed", resource)
            changed = sql.Identifier(f"changed_{resource}")
            self._connection.execute(sql.SQL("analyze {}").format(changed))
        after = _fetch_totals(self._connection, self._outcome.region)
        gone = {kind: self._list_gone(kind) for kind in _REFERENCES}
        release = self._outcome.release
        document = {
            "release": None
            if release is None
            else {"firstSeq": release.first_seq, "lastSeq": release.last_seq},
            "basis": self._before.basis,
            "counts": {k.plural: c.to_json() for k, c in self._outcome.counts.items()},
            "fields": self._count_fields(),
            **self._count_municipalities(after),
            "largest": self._list_largest(gone),
            "vanishing": self._list_vanishing(after),
            "geoJson": {"features": 0, "of": self._fetch_one("preview_count_features")[0]},
        }
        return Preview(document=document, measures=self._measure(after))

    def _execute(self, name: str, resource: Resource, **given: Any) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(compose_preview(name, resource), self._parameters | given)
        return cursor.fetchall() if cursor.description else []

    def _fetch_one(self, name: str, resource: Resource = Resource.ADDRESS) -> tuple[Any, ...]:
        return self._execute(name, resource)[0]

    def _count_fields(self) -> Json:
        """Count, per kind and canonical member, the objects whose value differs."""
        counted = {}
        for kind in self._outcome.counts:
            counts = self._fetch_one("preview_count_fields", kind)
            told = zip(MEMBERS[kind], counts, strict=True)
            counted[kind.plural] = {member: count for member, count in told if count}
        return counted

    def _count_municipalities(self, after: Totals) -> Json:
        """Count changes per municipality that has some, and what is as it was beside them."""
        counts: dict[str, dict[str, dict[str, int]]] = {}
        for kind in _MUNICIPALITIES:
            for code, change, count in self._execute("preview_count_changes", kind):
                counts.setdefault(code, {}).setdefault(kind.plural, {})[change] = count
        for code, kind in product(counts, (Resource.STREET_NAME, Resource.ADDRESS)):
            if there := after.get((kind, "municipality", code), _NO_TOTAL)[0]:
                changes = counts[code].setdefault(kind.plural, {})
                told = sum(changes.values()) - changes.get(Change.REMOVED, 0)
                changes["unchanged"] = there - told
        rows = self._connection.execute(
            read_statement("preview_list_names"), self._parameters
        ).fetchall()
        names = {code: make_name(*spelt) for code, *spelt in rows}
        listed = [
            {"municipalityCode": make_code(c), "name": names.get(c, {}), "counts": counts[c]}
            for c in sorted(counts)[:_MOST_LISTED]
        ]
        return {"municipalities": listed, "of": {"municipalities": len(counts)}}

    def _list_largest(self, gone: Mapping[Resource, list[Json]]) -> list[Json]:
        """Return the largest of each sort in turn, so that none crowds out another."""
        renamed = [each for kind in _REFERENCES for each in self._list_renamed(kind)]
        ended = list(chain.from_iterable(gone.values()))
        for several in (renamed, ended):
            several.sort(key=lambda each: -each["addresses"])
        sorts = (renamed, self._list_emptied(), self._list_moved(), ended)
        in_turn = chain.from_iterable(zip_longest(*sorts))
        return [each for each in in_turn if each is not None][:_MOST_LARGEST]

    def _list_moved(self) -> list[Json]:
        return [
            {
                "change": "moved",
                "resource": Resource.ADDRESS.plural,
                "objectId": object_id,
                "metres": round(metres, 2),
                "old": [round(x, 7), round(y, 7)],
                "new": [round(v, 7), round(w, 7)],
                "address": make_address(*of),
            }
            for object_id, metres, x, y, v, w, *of in self._execute(
                "preview_list_moved", Resource.ADDRESS
            )
        ]

    def _list_renamed(self, kind: Resource) -> list[Json]:
        return [
            {
                "change": "renamed",
                "resource": kind.plural,
                "objectId": object_id,
                "municipalityCode": make_code(code),
                "addresses": addresses,
                "old": make_name(*names[:3]),
                "new": make_name(*names[3:]),
            }
            for object_id, code, *names, addresses in self._execute("preview_list_renamed", kind)
        ]

    def _list_gone(self, kind: Resource) -> list[Json]:
        return [
            _make_ended(change, kind, object_id, code, addresses, names)
            for object_id, code, *names, change, addresses, _ in self._execute(
                "preview_list_gone", kind
            )
        ]

    def _list_emptied(self) -> list[Json]:
        return [
            _make_ended("emptied", Resource.STREET_NAME, object_id, code, addresses, names)
            for object_id, code, *names, addresses in self._execute(
                "preview_list_emptied", Resource.ADDRESS
            )
        ]

    def _list_vanishing(self, after: Totals) -> Json:
        """Return post codes without an address any more, and street names no longer in use."""
        codes = [
            code
            for (resource, dimension, code), (_, in_use) in self._before.totals.items()
            if dimension == "postalCode"
            and in_use
            and not after.get((resource, dimension, code), _NO_TOTAL)[1]
        ]
        rows = self._execute("preview_list_gone", Resource.STREET_NAME, limit=_MOST_LISTED)
        streets = [
            {
                "objectId": object_id,
                "name": make_name(*names),
                "municipalityCode": make_code(code),
                "addresses": addresses,
            }
            for object_id, code, *names, _, addresses, _ in rows
        ]
        return {
            "postCodes": sorted(codes)[:_MOST_LISTED],
            "streetNames": streets,
            "of": {"postCodes": len(codes), "streetNames": rows[0][-1] if rows else 0},
        }

    def _measure(self, after: Totals) -> Measures:
        counts, before = self._outcome.counts.get(Resource.ADDRESS, Counts()), self._before.totals
        far, unplaced = self._fetch_one("preview_measure_moves")
        (renamed,) = self._fetch_one("preview_count_renamed", Resource.STREET_NAME)
        totals = {
            kind: (
                before.get((kind, "region", ""), _NO_TOTAL)[1],
                after.get((kind, "region", ""), _NO_TOTAL)[1],
            )
            for kind in Resource
        }
        return Measures(
            addresses=totals[Resource.ADDRESS][0],
            street_names=totals[Resource.STREET_NAME][0],
            ended=counts.by_change[Change.RETIRED] + counts.by_change[Change.REMOVED],
            moved=far,
            renamed=renamed,
            unplaced=unplaced,
            totals={kind.plural: counted for kind, counted in totals.items()},
        )


def _make_ended(
    change: str, kind: Resource, object_id: str, code: str | None, addresses: int, names: list[str]
) -> Json:
    return {
        "change": change,
        "resource": kind.plural,
        "objectId": object_id,
        "municipalityCode": make_code(code),
        "addresses": addresses,
        "old": make_name(*names),
    }
