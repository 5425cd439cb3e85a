"""What officers do to deliberations: what they decide is signed, and checked by the database.

Every function takes a connection as links_govern and leaves committing to its caller. To stop
something a signature is not needed, only the key: it can be undone by a new version alone.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

from links.domain.deliberation import (
    Content,
    SignedDeliberation,
    State,
    find_hindrance,
    read_signed,
    to_json,
)
from links.domain.narrowing import is_narrower
from links.domain.reasons import Reason
from links.domain.signatures import is_signed, make_approval, make_proposal, sign
from links.govern.failures import in_words
from links.govern.officers import Officer
from registry.domain.errors import InputRefused

Connection = psycopg.Connection[Any]


def propose(connection: Connection, content: Content, officer: Officer) -> int:
    """Propose a deliberation or its next version; return the version's number."""
    return _write(connection, "propose", content, officer)


def narrow(connection: Connection, content: Content, officer: Officer) -> int:
    """Replace what is in force by something narrower, at once; return the version's number."""
    current = find_current(connection, content.id)
    if current is None:
        raise InputRefused(f"Nothing of {content.id} was approved: there is nothing to narrow.")
    _, moment = fetch_version(connection, content.id, current.deliberation.version)
    hindrance = find_hindrance(current.deliberation, moment)
    if hindrance not in {None, Reason.NOT_YET_VALID}:
        raise InputRefused(
            f"Version {current.deliberation.version} of {content.id} is not in force"
            f" ({hindrance}): only what is in force can be narrowed."
        )
    if not is_narrower(current.deliberation, content):
        raise InputRefused("This allows more than what is in force: propose it as a new version.")
    return _write(connection, "narrow", content, officer)


def advise(
    connection: Connection, deliberation: str, version: int, officer: Officer, advice_sha256: str
) -> None:
    """Attach the data protection officer's advice to a proposal."""
    _check_key(connection, officer)
    with in_words():
        connection.execute(
            "select links.advise_deliberation(%s, %s, %s, %s)",
            (deliberation, version, officer.id, advice_sha256),
        )


def approve(
    connection: Connection,
    deliberation: str,
    version: int,
    officer: Officer,
    show: Callable[[bytes], None] = lambda _: None,
) -> datetime:
    """Approve another officer's proposal; return the end of the standstill.

    `show` is given what is signed, RFC 8785 JSON, before it is.
    """
    _check_key(connection, officer)
    proposal, moment = fetch_version(connection, deliberation, version)
    one = proposal.deliberation
    message = make_proposal(one, one.proposed_by)
    if not is_signed(message, one.signature_proposer, proposer := proposal.proposer):
        raise InputRefused("The proposer's signature does not match: it was altered since.")
    if proposer.public_key == officer.public_key:
        raise InputRefused("Whoever proposed it cannot approve it, from whatever account.")
    approval = make_approval(one, officer.id, moment, one.dpo_advice_sha256)
    show(approval)
    with in_words():
        row = connection.execute(
            "select links.approve_deliberation(%s, %s, %s, %s, %s)",
            (deliberation, version, officer.id, moment, sign(approval, officer.key)),
        ).fetchone()
    assert row is not None  # noqa: S101 - a function returns one row
    starts: datetime = row[0]
    return starts


def stop(connection: Connection, deliberation: str, state: State, officer: Officer) -> int:
    """Suspend or withdraw every version, at once and for good; return how many."""
    _check_key(connection, officer)
    with in_words():
        row = connection.execute(
            "select links.stop_deliberation(%s, %s, %s)", (deliberation, state, officer.id)
        ).fetchone()
    return int(row[0]) if row else 0


def find_current(connection: Connection, deliberation: str) -> SignedDeliberation | None:
    """The version that counts now, whatever its state."""
    row = connection.execute(
        "select * from links.find_deliberation(%s)", (deliberation,)
    ).fetchone()
    return read_signed(row[0]) if row else None


def list_published(connection: Connection) -> list[SignedDeliberation]:
    """Every version that was ever approved."""
    rows = connection.execute("select * from links.list_published_deliberations()").fetchall()
    return [read_signed(row[0]) for row in rows]


def list_proposals(connection: Connection) -> list[SignedDeliberation]:
    """Every version that waits for advice or approval."""
    rows = connection.execute("select * from links.list_proposals()").fetchall()
    return [read_signed(row[0]) for row in rows]


def _write(
    connection: Connection, act: Literal["propose", "narrow"], content: Content, officer: Officer
) -> int:
    _check_key(connection, officer)
    row = connection.execute("select links.find_next_version(%s)", (content.id,)).fetchone()
    numbered = replace(content, version=row[0] if row else 1)
    signature = sign(make_proposal(numbered, officer.id), officer.key)
    statement = {
        "propose": "select links.propose_deliberation(%s, %s, %s)",
        "narrow": "select links.narrow_deliberation(%s, %s, %s)",
    }[act]
    with in_words():
        connection.execute(statement, (Jsonb(_make_row(numbered)), officer.id, signature))
    return numbered.version


def _make_row(content: Content) -> dict[str, Any]:
    row = {f.name: to_json(getattr(content, f.name)) for f in fields(Content)}
    return row | {"valid": f"[{row.pop('valid_from')},{row.pop('valid_to') or ''})"}


def _check_key(connection: Connection, officer: Officer) -> None:
    row = connection.execute("select * from links.find_officer(%s)", (officer.id,)).fetchone()
    if row is None or row[0] != officer.public_key:
        raise InputRefused(f"This is not the key of an active officer {officer.id}.")


def fetch_version(
    connection: Connection, deliberation: str, version: int
) -> tuple[SignedDeliberation, datetime]:
    """One version, a proposal too, and the present moment by the database's clock."""
    row = connection.execute(
        "select * from links.find_version(%s, %s)", (deliberation, version)
    ).fetchone()
    if row is None:
        raise InputRefused(f"There is no version {version} of {deliberation}.")
    return read_signed(row[0]), datetime.fromisoformat(row[0]["moment"])
