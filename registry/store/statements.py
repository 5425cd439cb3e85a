"""The statements of the store: one per file in `sql/`, composed only from identifiers."""

from functools import cache
from pathlib import Path

from psycopg import sql

from registry.domain.resource import Resource
from registry.store.tables import metadata

_FOLDER = Path(__file__).parent / "sql"
_RECORDED_BY_US = frozenset(
    {
        *("region", "seq_from", "seq_to", "removed_at"),
        *("change", "valid_from", "valid_from_assumed"),
    }
)


@cache
def read_statement(name: str) -> sql.SQL:
    """Return the statement of `sql/{name}.sql`."""
    return sql.SQL((_FOLDER / f"{name}.sql").read_text())


@cache
def list_staged_columns(resource: Resource) -> tuple[str, ...]:
    """Return the columns that a source file fills, in the order of the table."""
    table = metadata.tables[f"registry.{resource}_version"]
    return tuple(c.name for c in table.columns if c.name not in _RECORDED_BY_US)


def _columns(names: tuple[str, ...], prefix: str | None = None) -> sql.Composed:
    parts = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(parts)


def staged_table(resource: Resource) -> sql.Identifier:
    """Return the temporary table that holds a file's rows of one kind."""
    return sql.Identifier(f"staged_{resource}")


@cache
def compose(name: str, resource: Resource) -> sql.Composed:
    """Return a statement for one kind of object.

    Files name `{identity}`, `{version}`, `{staged}`, `{delta}`, `{unseen}`, `{repeated}`, and the
    staged columns bare (`{columns}`) or of alias n (`{new_columns}`).
    """
    columns = list_staged_columns(resource)
    return read_statement(name).format(
        identity=sql.Identifier("registry", resource),
        version=sql.Identifier("registry", f"{resource}_version"),
        staged=staged_table(resource),
        delta=sql.Identifier(f"delta_{resource}"),
        unseen=sql.Identifier(f"unseen_{resource}"),
        repeated=sql.Identifier(f"repeated_{resource}"),
        columns=_columns(columns),
        new_columns=_columns(columns, "n"),
    )


def name_first_load(region: str, release_number: int) -> sql.Identifier:
    """Return the table of versions that a region's first load of addresses fills."""
    return sql.Identifier("registry", f"address_version_{region}_r{release_number}")


@cache
def compose_first_load(name: str, region: str, release_number: int) -> sql.Composed:
    """Return a statement on the tables that a region's first load of addresses fills."""
    columns = list_staged_columns(Resource.ADDRESS)
    return read_statement(name).format(
        identity=sql.Identifier("registry", f"address_{region}_r{release_number}"),
        version=name_first_load(region, release_number),
        staged=staged_table(Resource.ADDRESS),
        columns=_columns(columns),
        new_columns=_columns(columns, "n"),
    )
