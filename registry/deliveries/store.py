"""Deliveries in the database: what was announced, what became of it, what its checks found.

Every change of state is one statement that changes the row and adds its event, on condition that
the row is still as the caller saw it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from secrets import token_bytes
from typing import Any, TypedDict, Unpack

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from registry.deliveries.statements import fetch_rows, read_statement
from registry.deliveries.states import State, may_change
from registry.domain.region import Region
from registry.unguessable_ids import Draw, make_unguessable_id

MOST_UNFINISHED = 20
"""Deliveries of one agency that have not ended; more are refused."""
_LONGEST = 10_000
"""Characters of the detail of an event; the table takes no more."""
_APPROVED = frozenset({State.AWAITING, State.PUBLISHING, State.PUBLISHED, State.FAILED})
"""States that keep who asked for publication; elsewhere it must be asked for anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery as its owner announces it; sizes in bytes, `declared_*` None when not told."""

    region: Region
    complete: bool
    extracted_at: datetime
    file_name: str
    declared_size: int | None = None
    declared_sha256: str | None = None
    declared_counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(NewDelivery):
    """A delivery's row; the comments of its columns are in registry/store/delivery_tables.py."""

    id: str
    number: int
    agency_id: str
    size: int | None
    received: int
    sha256: str | None
    state: State
    version: int
    state_at: datetime
    created_at: datetime
    created_by: str
    publisher: str | None
    second_publisher: str | None
    failed_doing: State | None
    attempts: int
    checks: int
    basis: int | None
    release_number: int | None
    undoing: bool
    undone_by: int | None


class DeliveryFields(TypedDict, total=False):
    """What may change together with the state."""

    size: int | None
    received: int
    sha256: str | None
    publisher: str | None
    second_publisher: str | None
    failed_doing: State | None
    attempts: int
    checks: int
    basis: int | None
    release_number: int | None
    undoing: bool
    undone_by: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a delivery; `version` is the delivery's, by this event."""

    version: int
    state: State
    at: datetime
    actor: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check found; `preview` None: nothing can be published."""

    delivery_id: str
    number: int
    made_at: datetime
    report: dict[str, Any]
    preview: dict[str, Any] | None
    shape: dict[str, Any] | None


class StateConflict(Exception):
    """The delivery is no longer as the caller saw it, or may not change so from there."""

    def __init__(self, found: State) -> None:
        super().__init__(f"The delivery is {found}.")
        self.found = found


class TooManyDeliveries(Exception):
    """The agency has as many unfinished deliveries as it may have."""


def create_delivery(
    connection: Connection,
    agency_id: str,
    new: NewDelivery,
    actor: str,
    now: datetime,
    *,
    most: int = MOST_UNFINISHED,
    draw: Draw = token_bytes,
) -> Delivery:
    """Keep what a client announces; TooManyDeliveries when the agency has `most` unfinished."""
    parameters = _make_parameters(new) | {
        "id": make_unguessable_id(draw),
        "agency_id": agency_id,
        "actor": actor,
        "now": now,
        "most": most,
    }
    with connection.transaction():
        connection.execute(read_statement("lock_agency"), parameters)
        delivery = _fetch_delivery(connection, "create_delivery", parameters)
    if delivery is None:
        raise TooManyDeliveries
    return delivery


def find_delivery(
    connection: Connection, delivery_id: str, agency_id: str | None = None
) -> Delivery | None:
    """Return a delivery; with `agency_id`, None also when it is another agency's."""
    parameters = {"id": delivery_id, "agency_id": agency_id}
    return _fetch_delivery(connection, "find_delivery", parameters)


def lock_delivery(connection: Connection, delivery_id: str) -> Delivery | None:
    """Return a delivery that nobody else can change until the transaction ends."""
    return _fetch_delivery(connection, "lock_delivery", {"id": delivery_id})


def list_deliveries(
    connection: Connection,
    agency_id: str,
    *,
    state: State | None = None,
    region: Region | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Delivery]:
    """Return an agency's deliveries of a greater number than `after`, oldest first."""
    wanted = {"agency_id": agency_id, "state": state, "region": region}
    parameters = {**wanted, "after": after, "limit": limit}
    return list(_list_deliveries(connection, "list_deliveries", parameters))


def lock_unfinished(connection: Connection, region: Region) -> list[Delivery]:
    """Return a region's deliveries that have not ended, oldest first.

    Nobody else can change them until the transaction ends: whoever is changing one is waited for.
    """
    return list(_list_deliveries(connection, "lock_unfinished", {"region": region}))


def list_due(connection: Connection, now: datetime, *, most_attempts: int) -> list[Delivery]:
    """Return deliveries the worker has something to do for, in their order, and that have no job.

    They are received, checking, publishing or being undone; or failed less than `most_attempts`
    times, with a pause of 1, 2, 4, ... minutes behind them.
    """
    parameters = {"now": now, "most_attempts": most_attempts}
    return list(_list_deliveries(connection, "list_due", parameters))


def list_events(connection: Connection, delivery_id: str) -> list[Event]:
    """Return all that happened to a delivery, oldest first."""
    rows = fetch_rows(connection, "list_events", {"id": delivery_id})
    return [Event(**{**row, "state": State(row["state"])}) for row in rows]


def note_received(
    connection: Connection, delivery: Delivery, received: int, size: int | None
) -> Delivery:
    """Note how many bytes are on the disk, and the whole size when it is told.

    No event, but a new version: it is what the owner sees. StateConflict when another request
    changed the delivery meanwhile.
    """
    seen = {"id": delivery.id, "version": delivery.version}
    parameters = {**seen, "received": received, "size": size}
    changed = _fetch_delivery(connection, "note_received", parameters)
    return changed or _raise_conflict(connection, delivery)


def change_state(
    connection: Connection,
    delivery: Delivery,
    to: State,
    actor: str,
    now: datetime,
    detail: str = "",
    **changed: Unpack[DeliveryFields],
) -> Delivery:
    """Bring a delivery from the state and version in which the caller saw it into another.

    StateConflict, with the state that was found, when it is no longer so, or when `actor` (a
    client, or WORKER) may not do it from there.
    """
    if not may_change(delivery.state, to, actor):
        raise StateConflict(delivery.state)
    if to not in _APPROVED:
        changed.update({"publisher": None, "second_publisher": None})
    # Only what changes: the door may not write what the worker finds, nor the worker the file.
    columns = sql.SQL("").join(
        sql.SQL(", {} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changed
    )
    statement = read_statement("change_state").format(changed=columns)
    seen = {"id": delivery.id, "version": delivery.version, "found": delivery.state}
    event = {"to": to, "actor": actor, "at": now, "detail": detail[:_LONGEST]}
    found = _fetch_delivery(connection, statement, {**changed, **seen, **event})
    return found or _raise_conflict(connection, delivery)


def write_check(connection: Connection, check: Check) -> None:
    """Keep what a check found; it is never changed afterwards."""
    connection.execute(read_statement("write_check"), _make_parameters(check))


def find_check(connection: Connection, delivery_id: str, number: int | None = None) -> Check | None:
    """Return a check of a delivery, the last when no number is given."""
    parameters = {"id": delivery_id, "number": number}
    rows = fetch_rows(connection, "find_check", parameters)
    return Check(**rows[0]) if rows else None


def find_last_shape(
    connection: Connection, delivery: Delivery
) -> tuple[str, dict[str, Any]] | None:
    """Return id and shape of the last published delivery of the region of the same kind.

    A full file and a file of mutations differ by nature; what was refused or undone is no measure.
    """
    wanted = {"region": delivery.region, "complete": delivery.complete}
    parameters = {**wanted, "number": delivery.number}
    row = connection.execute(read_statement("find_last_shape"), parameters).fetchone()
    return (str(row[0]), row[1]) if row else None


def find_newest_release(connection: Connection, region: Region) -> int:
    """Return the number of a region's newest release, 0 when there is none."""
    row = connection.execute(read_statement("find_newest_release"), {"region": region}).fetchone()
    return int(row[0]) if row else 0


def _raise_conflict(connection: Connection, delivery: Delivery) -> Delivery:
    found = find_delivery(connection, delivery.id)
    raise StateConflict(found.state if found else delivery.state)


def _make_parameters(record: NewDelivery | Check) -> dict[str, Any]:
    told = {field.name: getattr(record, field.name) for field in fields(record)}
    return {
        name: Jsonb(value) if isinstance(value, Mapping) else value for name, value in told.items()
    }


def _list_deliveries(
    connection: Connection, statement: str | sql.Composed, parameters: Mapping[str, Any]
) -> Iterator[Delivery]:
    for row in fetch_rows(connection, statement, parameters):
        doing = row["failed_doing"]
        row |= {"region": Region(row["region"]), "state": State(row["state"])}
        yield Delivery(**row | {"failed_doing": State(doing) if doing else None})


def _fetch_delivery(
    connection: Connection, statement: str | sql.Composed, parameters: Mapping[str, Any]
) -> Delivery | None:
    return next(_list_deliveries(connection, statement, parameters), None)
