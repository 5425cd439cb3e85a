"""Releases as they are listed, and the digests that prove what was current after one."""

from registry.store.reading.pool import Connection, Row
from registry.store.reading.statements import compose, read_statement


async def list_releases(connection: Connection, *, after: int, seq: int, limit: int) -> list[Row]:
    """Return at most `limit` releases up to number `seq`, in order, those above `after`."""
    statement = compose(read_statement("releases"))
    parameters = {"after": after, "seq": seq, "limit": limit}
    return await (await connection.execute(statement, parameters)).fetchall()


async def find_release(connection: Connection, number: int, *, seq: int) -> Row | None:
    """Return one release; None when there is none of this number, or it was withdrawn."""
    found = await list_releases(connection, after=number - 1, seq=seq, limit=1)
    return found[0] if found and found[0]["number"] == number else None


async def list_proofs(connection: Connection, number: int) -> list[Row]:
    """Return the digest of each municipality, of all regions, as of a release."""
    statement = compose(read_statement("proof"))
    return await (await connection.execute(statement, {"number": number})).fetchall()


async def find_proof(
    connection: Connection, region: str, municipality_id: str, number: int
) -> Row | None:
    """Return the digest of one municipality as of a release, None when nothing was in it."""
    statement = compose(read_statement("proof_of_municipality"))
    parameters = {"region": region, "municipality_id": municipality_id, "number": number}
    row = await (await connection.execute(statement, parameters)).fetchone()
    return row if row is not None and row["digest"] is not None else None
