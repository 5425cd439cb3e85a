"""Which columns of a table say what of an address: told by the caller, or known by their names."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path

from registry.domain.errors import InputRefused

FIELDS = (
    "text",
    "street_name",
    "house_number",
    "box_number",
    "postal_code",
    "municipality",
    "country",
)
"""Of registry.search.answers.Question, in its order."""

TOLD_AS = {
    "text": "text",
    "street": "street_name",
    "number": "house_number",
    "box": "box_number",
    "postCode": "postal_code",
    "municipality": "municipality",
    "country": "country",
}
"""How callers name the fields when they tell columns."""

ADDED = (
    "best_id",
    "best_verdict",
    "best_category",
    "best_match_level",
    "best_score",
    "best_address",
    "best_lat",
    "best_lon",
    "best_reason",
)
"""The columns that are added to a table, in this order."""

Key = tuple[str, ...]
"""What one row asks: a text for each of FIELDS, "" for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the caller says of a table, None where it is to be recognised.

    `columns` are names or numbers (from 1) of columns by field.
    """

    separator: str | None = None
    encoding: str | None = None
    has_header: bool | None = None
    columns: Mapping[str, tuple[str, ...]] | None = None


def read_told_columns(text: str) -> dict[str, tuple[str, ...]]:
    """Read `street=Straat,number=3`; a field that is said twice has two columns."""
    told: dict[str, tuple[str, ...]] = {}
    for part in filter(None, text.split(",")):
        name, _, column = (piece.strip() for piece in part.partition("="))
        if name not in TOLD_AS or not column:
            raise InputRefused(
                f"columns: {part.strip()!r} is not FIELD=COLUMN with one of the fields"
                f" {', '.join(TOLD_AS)}; COLUMN is a name in the header or a number from 1"
            )
        field = TOLD_AS[name]
        told[field] = (*told.get(field, ()), column)
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where in a row the fields are: per field of FIELDS the places of its columns."""

    places: tuple[tuple[int, ...], ...]

    def make_keys(self, rows: Sequence[Sequence[str]]) -> list[Key]:
        """Return what each row asks; of a field's columns the first that says something counts.

        Rows are at least as wide as the header, with one "" more at their end.
        """
        places = [found[0] if found else -1 for found in self.places]
        keys: list[Key] = [*map(itemgetter(*places), rows)]
        further = [(field, found[1:]) for field, found in enumerate(self.places) if found[1:]]
        if not further:
            return keys
        return [self._fill(key, row, further) for key, row in zip(keys, rows, strict=True)]

    @staticmethod
    def _fill(key: Key, row: Sequence[str], further: Sequence[tuple[int, tuple[int, ...]]]) -> Key:
        if all(key[field] for field, _ in further):
            return key
        filled = [*key]
        for field, places in further:
            filled[field] = key[field] or next(filter(None, (row[place] for place in places)), "")
        return tuple(filled)

    def describe(self, columns: Sequence[str]) -> str:
        """Return which columns are read as what."""
        names = {field: name for name, field in TOLD_AS.items()}
        return ", ".join(
            f"{names[field]}: {' or '.join(columns[place] for place in places)}"
            for field, places in zip(FIELDS, self.places, strict=True)
            if places
        )


def make_layout(
    columns: Sequence[str], told: Mapping[str, tuple[str, ...]] | None, label: str
) -> Layout:
    """Return where the fields are; InputRefused when no column can be asked with."""
    if told:
        places = {
            field: tuple(_find_told(columns, name, label) for name in told.get(field, ()))
            for field in FIELDS
        }
    else:
        places = recognise(columns)
    if not any(places[field] for field in FIELDS if field != "country"):
        raise InputRefused(
            f"{label}: no column is known by its name as one of an address"
            f" (there are: {_list(columns)}). Say which they are, by"
            " name or number, as in columns street=Straat,number=3; or text=2, if all of the"
            " address is in column 2"
        )
    return Layout(places=tuple(places[field] for field in FIELDS))


def recognise(columns: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the places of the columns of each field, by their names."""
    known = _read_names()
    fields = [known.get(simplify(name)) for name in columns]
    return {
        field: tuple(place for place, found in enumerate(fields) if found == field)
        for field in FIELDS
    }


def _find_told(columns: Sequence[str], name: str, label: str) -> int:
    if name in columns:
        return columns.index(name)
    alike = [place for place, column in enumerate(columns) if simplify(column) == simplify(name)]
    if len(alike) == 1:
        return alike[0]
    if name.isdecimal() and 1 <= int(name) <= len(columns):
        return int(name) - 1
    raise InputRefused(f"{label}: there is no column {name!r}. There are: {_list(columns)}")


def _list(columns: Sequence[str]) -> str:
    shown = [re.sub(r"[^\x20-\uffff]|[\x7f-\x9f\ud800-\udfff]", "?", name) for name in columns[:20]]
    return ", ".join(name[:40] for name in shown) + (", ..." if len(columns) > 20 else "")


def simplify(name: str) -> str:
    """Return the name of a column as it is compared."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("°", "o"))
    return re.sub(r"[^a-z0-9]", "", plain)


@cache
def _read_names() -> dict[str, str]:
    content = (Path(__file__).parent / "columns.toml").read_text(encoding="utf-8")
    return {name: field for field, names in tomllib.loads(content).items() for name in names}


def name_added(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the added columns: with a number where the table has them already."""
    taken, names = set(columns), []
    for name in ADDED:
        free, number = name, 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        names.append(free)
    return tuple(names)
