"""The statements of the read side: one `.sql` file each, read once, composed from constants.

What an alias stands for is known as of a number or, with a moment of the world, believed of that
moment at that number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from psycopg import sql

from registry.domain.region import Region
from registry.domain.resource import Resource

_FOLDER = Path(__file__).parent.parent / "sql" / "reading"
_KINDS = {
    "a": Resource.ADDRESS,
    "s": Resource.STREET_NAME,
    "m": Resource.MUNICIPALITY,
    "t": Resource.PART_OF_MUNICIPALITY,
    "p": Resource.POSTAL_INFO,
}
_KNOWN = sql.SQL("{v}.seq_from <= %(seq)s and ({v}.seq_to is null or {v}.seq_to > %(seq)s)")

# Later knowledge takes the place of earlier from its valid_from on. A version that was not ended
# by then has no later one: most are, and are not searched for it.
_BELIEVED = sql.SQL(
    "{v}.seq_from <= %(seq)s and coalesce({v}.valid_from <= %(valid_on)s, true)"
    " and coalesce({v}.valid_to > %(valid_on)s, true)"
    " and ({v}.seq_to is null or {v}.seq_to > %(seq)s or not exists ("
    "select from {versions} later"
    " where later.region = {v}.region and later.object_id = {v}.object_id"
    " and later.seq_from >= {v}.seq_from"
    " and ((later.seq_from > {v}.seq_from and later.seq_from <= %(seq)s"
    " and coalesce(later.valid_from <= %(valid_on)s, true))"
    " or (later.removed_at <= %(valid_on)s and later.seq_to <= %(seq)s))))"
)
_DATED = sql.SQL(
    "({v}.region <> all(%(undated)s::text[]) or coalesce(least({v}.published_valid_from,"
    " (select f.extracted_at from best.source f where f.id = {v}.source_id))"
    " <= %(valid_on)s, false))"
)
_LANGUAGES = ("nl", "fr", "de", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidOn:
    """A moment in the world.

    `undated` are the regions of which the register has no file as old as that: there a name is
    given only where its source dated it.
    """

    moment: datetime
    undated: tuple[Region, ...] = ()

    def make_parameters(self) -> dict[str, Any]:
        """Return the parameters of what is believed of this moment."""
        return {"valid_on": self.moment, "undated": [region.value for region in self.undated]}


def make_moment(seq: int, valid_on: ValidOn | None) -> dict[str, Any]:
    """Return the parameters that say when: as of which number, of which moment."""
    return {"seq": seq} if valid_on is None else {"seq": seq, **valid_on.make_parameters()}


@cache
def read_statement(name: str) -> sql.SQL:
    """Return the statement of `registry/store/sql/reading/<name>.sql`."""
    # The files are part of the program, as constant as a literal in it.
    return sql.SQL((_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))


def compose(statement: sql.SQL, **parts: sql.Composable) -> bytes:
    """Fill the placeholders of a statement and return it as it is sent."""
    return statement.format(**parts).as_bytes(None)


def fill(
    statement: sql.SQL, *, believed: bool, kind: Resource | None = None, **parts: sql.Composable
) -> sql.Composed:
    """Fill a statement's parts, and what makes each of its aliases count; `kind` is that of v."""
    kinds = _KINDS if kind is None else _KINDS | {"v": kind}
    known = {f"known_{alias}": _make_known(alias, kinds[alias], believed) for alias in kinds}
    return statement.format(**known, **parts)


def _make_known(alias: str, kind: Resource, believed: bool) -> sql.Composable:
    condition = _BELIEVED if believed else _KNOWN
    return condition.format(v=sql.Identifier(alias), versions=name_versions(kind))


def name_versions(resource: Resource) -> sql.Identifier:
    """Return the view of all versions of a kind."""
    return sql.Identifier("best", f"{resource}_version")


def make_dated(alias: str) -> sql.Composable:
    """Return the condition that a name may be given for the moment asked for."""
    return _DATED.format(v=sql.Identifier(alias))


def select_dated(*aliases: str) -> sql.Composable:
    """Return more columns, `s_dated` for the alias s: what `drop_undated_names` goes by."""
    column = sql.SQL(", {condition} as {name}")
    return sql.Composed(
        [
            column.format(condition=make_dated(alias), name=sql.Identifier(f"{alias}_dated"))
            for alias in aliases
        ]
    )


def drop_undated_names(rows: Iterable[dict[str, Any]], prefixes: dict[str, str]) -> None:
    """Take away names that no source dated that far back; `prefixes` by alias: street, name."""
    for row in rows:
        for alias, prefix in prefixes.items():
            if not row.pop(f"{alias}_dated"):
                names = {f"{prefix}_{language}" for language in _LANGUAGES} & row.keys()
                row.update(dict.fromkeys(names))
                if prefix in {"street", "name"} and "homonym_addition" in row:
                    row["homonym_addition"] = None


def all_of(fragments: tuple[sql.Composable, ...]) -> sql.Composable:
    """Return the conjunction of conditions; none at all holds for every row."""
    return sql.SQL("\n  and ").join(fragments) if fragments else sql.SQL("true")
