"""The objects that documents refer to, whole, keyed by their links."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.exchange import Exchange
from api.v1.collections import make_view
from api.v1.representations import (
    MUNICIPALITY,
    PART_OF_MUNICIPALITY,
    POSTAL_INFO,
    STREET_NAME,
    Document,
    Reference,
    make_named_document,
)
from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.store.reading.named_objects import fetch_named_objects
from registry.store.reading.pool import Connection

REFERENCES: Mapping[str, Reference] = {
    "streetName": STREET_NAME,
    "municipality": MUNICIPALITY,
    "partOfMunicipality": PART_OF_MUNICIPALITY,
    "postalInfo": POSTAL_INFO,
}


async def embed(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    names: Iterable[str],
    exchange: Exchange,
) -> Document:
    """Return the documents that rows refer to; references that lead nowhere are passed over."""
    view = make_view(exchange)
    embedded: Document = {}
    for name in sorted(set(names)):
        reference = REFERENCES[name]
        keys = _list_keys(rows, reference)
        if not keys:
            continue
        found = await fetch_named_objects(
            connection, reference.resource, keys, seq=exchange.seq, valid_on=exchange.valid_on
        )
        documents = (make_named_document(row, reference.resource, view) for row in found)
        embedded |= {document["href"]: document for document in documents}
    return embedded


def _list_keys(rows: Sequence[Mapping[str, Any]], reference: Reference) -> set[ObjectKey]:
    return {
        ObjectKey(region=Region(row["region"]), object_id=row[reference.object_id])
        for row in rows
        if row.get(reference.found) is not None
    }
