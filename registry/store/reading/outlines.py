"""In which municipality a point lies, by the outlines that the operator imported."""

from registry.store.reading.addresses import Circle
from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import fill, read_statement

_MUNICIPALITY_AT = fill(read_statement("municipality_at"), believed=False).as_bytes(None)


async def find_municipality_at(connection: Connection, circle: Circle, *, seq: int) -> Row | None:
    """Return the municipality around the middle of a circle; None without outlines."""
    parameters = {"point": circle.point, "seq": seq}
    return await (await connection.execute(_MUNICIPALITY_AT, parameters)).fetchone()
