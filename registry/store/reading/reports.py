"""What the public reported and what its owners answered; never what was written."""

from collections import Counter

from registry.domain.identifiers import ObjectKey
from registry.store.reading.addresses import AddressFilter, Circle, list_addresses_near
from registry.store.reading.outlines import find_municipality_at
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import compose, read_statement


async def find_report(connection: Connection, report_id: str) -> Row | None:
    """Return the report of an id."""
    statement = compose(read_statement("report"))
    return await (await connection.execute(statement, {"id": report_id})).fetchone()


async def list_reports(connection: Connection, municipality_id: str, *, limit: int) -> list[Row]:
    """Return the newest reports of a municipality, the newest first."""
    statement = compose(read_statement("reports_of_municipality"))
    parameters = {"municipality_id": municipality_id, "limit": limit}
    return await (await connection.execute(statement, parameters)).fetchall()


async def count_reports(connection: Connection, municipality_id: str) -> Counter[str]:
    """Return how many reports of a municipality there are in each state."""
    statement = compose(read_statement("report_counts"))
    parameters = {"municipality_id": municipality_id}
    rows = await (await connection.execute(statement, parameters)).fetchall()
    return Counter({row["state"]: row["count"] for row in rows})


async def find_owner_of_address(connection: Connection, key: ObjectKey, *, seq: int) -> Row | None:
    """Return region and municipality of an address as last known; None: there never was one."""
    statement = compose(read_statement("municipality_of_address"))
    parameters = {"region": key.region.value, "object_id": key.object_id, "seq": seq}
    return await (await connection.execute(statement, parameters)).fetchone()


async def find_owner_at(connection: Connection, circle: Circle, *, seq: int) -> Row | None:
    """Return region and municipality around the middle of a circle.

    By outline, else those of the nearest address in it; None where there is neither.
    """
    if found := await find_municipality_at(connection, circle, seq=seq):
        return found
    near = await list_addresses_near(connection, circle, AddressFilter(), seq=seq, limit=1)
    return near[0] if near else None
