"""What a format cannot know stays as a file that knew it told."""

from typing import LiteralString

from psycopg import Connection, sql

from registry.domain.canonical import MEMBERS
from registry.domain.edition import Edition
from registry.domain.resource import Resource
from registry.store.staged_rows import CONTENT, hash_columns
from registry.store.statements import read_statement, staged_table

_DERIVED = {
    "published_position": ("position", "longitude", "latitude", "datum_shift"),
    "name_nl": ("key_nl",),
    "name_fr": ("key_fr",),
    "name_de": ("key_de",),
    "name_en": ("key_en",),
}
_VERSION = frozenset({"version_id"})
"""It names a state, so it stays only where nothing else changes."""
_NEVER = frozenset({"region", "object_id"}) | _VERSION
_OF_STATUS = frozenset({"published_valid_from", "valid_to", "life_end"})
"""What is true of a status, and of no other."""
_IF_SAME_STATUS: LiteralString = (
    "case when c.status is not distinct from coalesce(n.status, c.status) then c.{0} end as {0}"
)
_PAGE = 20_000


def carry_over(
    connection: Connection, edition: Edition, resource: Resource, knows: frozenset[str]
) -> None:
    """Give staged rows the values of columns that their format cannot fill, where there are some.

    Only from versions that the edition may replace: its rank is not below theirs.
    """
    unknown = [c for c in MEMBERS[resource].values() if c not in knows | _NEVER]
    if not unknown:
        return
    names = _compose_names(resource, unknown, [*unknown, *(_VERSION - knows)])
    parameters = {"region": edition.region, "rank": edition.family.rank}
    made = connection.execute(read_statement("make_carried").format(**names), parameters)
    if not made.rowcount:
        return
    connection.execute(read_statement("make_carried_hash").format(**names))
    with connection.cursor(name="carried") as rows:
        rows.execute(read_statement("list_carried").format(**names))
        while page := rows.fetchmany(_PAGE):
            hashes = {row[0]: hash_columns(row[1:]) for row in page}
            connection.execute(
                read_statement("insert_carried_hash").format(**names),
                {"ids": list(hashes), "hashes": list(hashes.values())},
            )
    connection.execute(read_statement("update_carried").format(**names))


def _compose_names(
    resource: Resource, unknown: list[str], lacking: list[str]
) -> dict[str, sql.Composable]:
    def join(parts: list[sql.Composed], by: LiteralString = ", ") -> sql.Composed:
        return sql.SQL(by).join(parts)

    def fill(template: LiteralString, name: str) -> sql.Composed:
        return sql.SQL(template).format(sql.Identifier(name))

    filled = [*unknown, *(name for column in unknown for name in _DERIVED.get(column, ()))]
    return {
        "staged": staged_table(resource),
        "version": sql.Identifier("registry", f"{resource}_version"),
        "carried": sql.Identifier(f"carried_{resource}"),
        "hashes": sql.Identifier(f"carried_hash_{resource}"),
        "values": join(
            [fill(_IF_SAME_STATUS if name in _OF_STATUS else "c.{0}", name) for name in filled]
        ),
        "there": join([fill("(c.{0} is not null and n.{0} is null)", n) for n in lacking], " or "),
        "content": join(
            [
                fill("coalesce(n.{0}, k.{0})" if name in unknown else "n.{0}", name)
                for name in CONTENT[resource]
            ]
        ),
        "assignments": join([fill("{0} = coalesce(n.{0}, k.{0})", name) for name in filled]),
    }
