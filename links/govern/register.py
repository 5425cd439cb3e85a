"""Organisations, clients and officers: registered and stopped, on record each time.

Every function takes a connection as links_govern and leaves committing to its caller.
"""

from typing import Any, Literal

from psycopg.types.json import Jsonb

from links.govern.acts import Connection


def register_organisation(
    connection: Connection, number: str, name: str, category: str, contact: str
) -> None:
    """Register an organisation; `contact` reaches its data protection officer."""
    connection.execute(
        "select links.register_organisation(%s, %s, %s, %s)", (number, name, category, contact)
    )


def change_organisation(
    connection: Connection, number: str, name: str | None, contact: str | None
) -> None:
    """Change what citizens are told of an organisation; None leaves it as it is."""
    connection.execute("select links.change_organisation(%s, %s, %s)", (number, name, contact))


def register_client(
    connection: Connection, client: str, organisation: str, keys: list[dict[str, Any]]
) -> str | None:
    """Register a client or replace its keys: public JWKs, each with a kid.

    Returns the kids that were replaced, None for a new client.
    """
    row = connection.execute(
        "select links.register_client(%s, %s, %s)", (client, organisation, Jsonb(keys))
    ).fetchone()
    return row[0] if row else None


def register_officer(
    connection: Connection, officer: str, organisation: str, person_ref: bytes, public_key: bytes
) -> None:
    """Register an officer; `person_ref` is the human, keyed by the pseudonymiser."""
    connection.execute(
        "select links.register_officer(%s, %s, %s, %s)",
        (officer, organisation, person_ref, public_key),
    )


def list_registered(
    connection: Connection, what: Literal["organisation", "client", "officer"]
) -> list[str]:
    """A line for each: name, organisation, status and what else was registered."""
    rows = connection.execute("select * from links.list_registered(%s)", (what,))
    return [f"{of}  {number}  {status}  {says}" for of, number, status, says in rows]


def set_status(
    connection: Connection, what: Literal["organisation", "client", "officer"], of: str, status: str
) -> None:
    """Suspend, restore or end; a revoked client and a retired officer stay so."""
    connection.execute("select links.set_status(%s, %s, %s)", (what, of, status))
