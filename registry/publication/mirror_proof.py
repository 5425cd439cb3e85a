"""What a mirror holds, proven from its rows alone, and the records it holds of a municipality."""

from collections.abc import Iterator, Mapping
from typing import LiteralString

from psycopg import Connection, sql

from registry.domain.edition import ReleaseNote
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.proof import fetch_root, prove_release
from registry.store.canonical_text import compose_record
from registry.store.statements import read_statement

_NONE: LiteralString = "''::text"
_PLACES: Mapping[Resource, tuple[LiteralString, LiteralString]] = {
    Resource.MUNICIPALITY: ("v.object_id", _NONE),
    Resource.PART_OF_MUNICIPALITY: (_NONE, _NONE),
    Resource.POSTAL_INFO: (_NONE, _NONE),
    Resource.STREET_NAME: ("v.municipality_id", "v.object_id"),
    Resource.ADDRESS: ("v.municipality_id", "v.street_name_id"),
}
"""Per kind, the municipality and the street name that an object is proven with."""


def list_records(
    connection: Connection, region: Region, municipality_id: str
) -> Iterator[tuple[Resource, str, str, str]]:
    """Yield (kind, street name, id, canonical text) of what is current in a municipality.

    In the order of the tree but for street names, which all come before the addresses.
    """
    parameters = {"region": region, "municipality_id": municipality_id}
    for resource, (municipality, street) in _PLACES.items():
        statement = read_statement("mirror_list_records").format(
            version=sql.Identifier("registry", f"{resource}_version"),
            record=compose_record(resource),
            municipality=sql.SQL(municipality),
            street=sql.SQL(street),
        )
        with connection.cursor() as cursor:
            for row in cursor.stream(statement, parameters):
                yield resource, *row


def prove_again(connection: Connection) -> tuple[bytes, dict[tuple[Region, str], bytes]]:
    """Prove everything from the rows alone; return root, and digest by region and municipality.

    Within a transaction that the caller, the owner of the tables, rolls back.
    """
    connection.execute(read_statement("lock_publishing"))
    connection.execute(read_statement("mirror_forget_proofs"))
    newest = connection.execute(read_statement("mirror_find_newest")).fetchone()
    if newest is None:
        raise InputRefused("This register holds nothing yet.")
    number, region, first_seq, last_seq = newest
    # One call is enough: it proves every region that is not proven.
    prove_release(
        connection,
        ReleaseNote(number=number, region=Region(region), first_seq=first_seq, last_seq=last_seq),
    )
    rows = connection.execute(read_statement("mirror_list_proofs")).fetchall()
    digests = {(Region(region), code): bytes(digest) for region, code, digest, _ in rows if digest}
    return fetch_root(connection), digests
