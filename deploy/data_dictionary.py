"""docs/data-dictionary.md: every column and every field of the API, from the code itself.

    python -m deploy.data_dictionary           writes the page
    python -m deploy.data_dictionary --check   exit code 1 when the page differs

Meanings come from the comments in registry/store/*tables.py and the descriptions in
api/v1/schemas.py; docs/data-dictionary.toml adds where values come from and what differs per
region.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql.base import PGDialect

from deploy.api_fields import ApiField, ApiObject, list_api_objects
from registry.domain.resource import Resource
from registry.store.delivery_tables import DELIVERIES
from registry.store.tables import SCHEMA, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import sqlalchemy as sa

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "data-dictionary.md"
NOTES = DOCS / "data-dictionary.toml"

_ESCAPED_BAR = r"\|"
_DIALECT = PGDialect()  # type: ignore[no-untyped-call]
_BOOKKEEPING = (
    "release",
    "source",
    "finding",
    "total",
    "pruning",
    "proof",
    "proof_street",
    "succession",
    "finding_mark",
    "quality_score",
    "municipality_outline",
)

_INTRODUCTION = """\
# Data dictionary

Every column of the tables and every field of the API: its meaning and its source.

This page is written by `python -m deploy.data_dictionary` from the comments in
`registry/store/tables.py`, the models in `api/v1/schemas.py` and `docs/data-dictionary.toml`.
Change those, not this page; a test fails when they differ.

How the tables hang together is in [ARCHITECTURE.md](ARCHITECTURE.md), the words are in
[glossary.md](glossary.md), the views for direct use in
[howto/use-the-views.md](howto/use-the-views.md).
"""
_REGIONS = """\
## What each region publishes

The three regions fill one format differently. What is said here was seen in their files, in the
software that writes or reads them, or in their own descriptions; the importer reports what it
meets beyond it.
"""
_TABLES = """\
## Tables

Schema `registry`. Nobody reads it but the owner and the importer; the open API and people who
use the database read the views in schema `best`, which have the same columns under the same
names. "From" names the element of BeSt XML, or says `computed` (derived from what was
published) or `register` (made when the row was published).
"""
_DELIVERY_TABLES = """\
## Tables of the agencies' door

Schema `deliveries`. Only the owner, the door and its worker read it; of `report`, everybody reads
the view `best.report`, which leaves out what people wrote. The worker's queue, in schema `jobs`,
has the tables of [procrastinate](https://procrastinate.readthedocs.io), unaltered.
"""
_FIELDS = """\
## Fields of the API

JSON names are those of the documents under `/v1`. A field without a value is left out. Where a
field shows a column, the column is named: what each region publishes in it stands above.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The hand-written half; keys are a bare name, or `table.column` and `Object.field`."""

    origins: dict[str, str]
    meanings: dict[str, str]
    regions: list[dict[str, str]]
    fields: dict[str, str]
    columns: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Notes:
        """Read the TOML file; TypeError when a part is missing or unknown."""
        return cls(**tomllib.loads(path.read_text(encoding="utf-8")))


class UnknownKey(ValueError):
    """A note on a column or field that does not exist."""


class MissingNote(ValueError):
    """A column or field without a meaning or an origin."""


def make_page(notes: Notes) -> str:
    """Return the whole page; UnknownKey or MissingNote when notes and code do not fit."""
    check_keys(notes)
    parts = [
        _INTRODUCTION,
        _REGIONS,
        _describe_regions(notes),
        _TABLES,
        *(_describe_table(table, notes) for table in _list_tables()),
        _DELIVERY_TABLES,
        *(_describe_table(table, notes) for table in _list_delivery_tables()),
        _FIELDS,
        *(_describe_object(each, notes) for each in list_api_objects()),
    ]
    return "\n".join(parts)


def _describe_regions(notes: Notes) -> str:
    head = ("Column", "Flanders", "Brussels", "Wallonia")
    keys = ("field", "flanders", "brussels", "wallonia")
    return _table(head, ([note[key] for key in keys] for note in notes.regions))


def _list_tables() -> Iterator[sa.Table]:
    """Yield the tables as people look for them: addresses first, bookkeeping last."""
    for resource in reversed(Resource):
        yield metadata.tables[f"{SCHEMA}.{resource}"]
        yield metadata.tables[f"{SCHEMA}.{resource}_version"]
    for name in _BOOKKEEPING:
        yield metadata.tables[f"{SCHEMA}.{name}"]


def _list_delivery_tables() -> list[sa.Table]:
    return [table for table in metadata.tables.values() if table.schema == DELIVERIES]


def _describe_table(table: sa.Table, notes: Notes) -> str:
    heading = f"### `{table.name}`\n\n{_sentence(table.comment or '')}\n\n"
    rows = [_describe_column(table, column, notes) for column in table.columns]
    if table.schema == DELIVERIES or table.name in _BOOKKEEPING:
        return heading + _table(("Column", "Type", "Meaning"), rows)
    origins = [_require(notes.origins, table.name, c.name) for c in table.columns]
    described = ((*row, origin) for row, origin in zip(rows, origins, strict=True))
    return heading + _table(("Column", "Type", "Meaning", "From"), described)


def _describe_column(table: sa.Table, column: sa.Column[Any], notes: Notes) -> tuple[str, str, str]:
    meaning = column.comment or _require(notes.meanings, table.name, column.name)
    meaning = _find(notes.meanings, table.name, column.name) or meaning
    kind = column.type.compile(dialect=_DIALECT).partition(" COLLATE")[0].lower()
    return f"`{column.name}`", kind if column.nullable else f"{kind}, not null", meaning


def _describe_object(each: ApiObject, notes: Notes) -> str:
    heading = f"### `{each.name}`\n\n{each.meaning}\n"
    if each.extends:
        bases = " and ".join(f"`{name}`" for name in each.extends)
        heading += f"\nHas the fields of {bases}{' as well' if each.fields else ''}.\n"
    if not each.fields:
        return heading
    rows = [_describe_field(each.name, field, notes) for field in each.fields]
    return heading + "\n" + _table(("Field", "Type", "Meaning", "Column"), rows)


def _describe_field(owner: str, field: ApiField, notes: Notes) -> tuple[str, str, str, str]:
    meaning = _find(notes.fields, owner, field.name) or field.meaning
    if meaning is None:
        meaning = _require(notes.fields, owner, field.name)
    column = _find(notes.columns, owner, field.name)
    return f"`{field.name}`", field.type, meaning, f"`{column}`" if column else ""


def _find(notes: dict[str, str], owner: str, name: str) -> str | None:
    return notes.get(f"{owner}.{name}") or notes.get(name)


def _require(notes: dict[str, str], owner: str, name: str) -> str:
    found = _find(notes, owner, name)
    if found is None:
        raise MissingNote(f"{owner}.{name} is not explained: add it to docs/{NOTES.name}")
    return found


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', _ESCAPED_BAR) for cell in cells)} |"


def check_keys(notes: Notes) -> None:
    """Raise UnknownKey when a note is on a column or field that does not exist."""
    columns = {name for t in metadata.tables.values() for name in _spell(t.name, t.columns.keys())}
    fields = {
        name for o in list_api_objects() for name in _spell(o.name, [f.name for f in o.fields])
    }
    used_columns = {*notes.origins, *notes.meanings, *notes.columns.values()}
    unknown = sorted((used_columns - columns) | ({*notes.fields, *notes.columns} - fields))
    if unknown:
        raise UnknownKey(f"docs/{NOTES.name} explains what there is not: {', '.join(unknown)}")


def _spell(owner: str, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield name
        yield f"{owner}.{name}"


def main(argv: Sequence[str]) -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(prog="python -m deploy.data_dictionary")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when it differs")
    page = make_page(Notes.read(NOTES))
    if not parser.parse_args(argv).check:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page:
        return 0
    print(f"{PAGE.name} is not up to date: python -m deploy.data_dictionary", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
