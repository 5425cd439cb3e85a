"""Canonical records (registry.domain.canonical) as BeSt XML: the objects of the full download.

    for chunk in write_mutation_xml(region, resource, adds, deletes, timestamp): ...

writes a file of mutations of one kind of one region: docs/howto/mutation-files.md. `adds` are the
records to have from now on. `deletes` are records too, or any mapping with `objectIdentifier` and,
if they have them, `namespace` and `versionIdentifier`: the states not to have any more. So an
object that was added is in the first, one that was removed in the second, one that was altered in
both. Both are read once, the adds first; nothing is held but the chunk that is being written.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from registry.domain.identifiers import NAMESPACES
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.exports.elements import (
    ROOT_NAMESPACES,
    TAGS,
    Identifier,
    Lines,
    write_identifier,
    write_leaf,
    write_name,
    write_object,
    write_position,
    write_status,
)

CanonicalRecord = Mapping[str, Any]

ADD_LIST: Final = "Addobjectversion"
DELETE_LIST: Final = "Deleteobjectversion"
_CHUNK_LINES = 1_000
_LANGUAGES = ("Nl", "Fr", "De", "En")
_POSITION = ("position", "positionCrs", "positionMethod", "positionSpecification")


def write_mutation_xml(
    region: Region,
    resource: Resource,
    adds: Iterable[CanonicalRecord],
    deletes: Iterable[CanonicalRecord],
    timestamp: datetime,
) -> Iterator[bytes]:
    """Yield a file of mutations; `timestamp` (aware) is the moment that its data is of."""
    root = f"tns:{TAGS[resource]}MutationsBySource"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f"<{root} {ROOT_NAMESPACES}>",
        f"  <tns:source>{region.label.lower()}</tns:source>",
        f"  <tns:timestamp>{timestamp.isoformat()}</tns:timestamp>",
    ]
    objects = (write_record(region, resource, record) for record in adds)
    codes = (write_identifier("code", make_code(region, resource, record)) for record in deletes)
    for tag, elements in ((ADD_LIST, objects), (DELETE_LIST, codes)):
        lines.append(f"  <tns:{tag}>")
        for element in elements:
            lines += [f"    {line}" for line in element]
            if len(lines) > _CHUNK_LINES:
                yield _encode(lines)
                lines = []
        lines.append(f"  </tns:{tag}>")
    yield _encode([*lines, f"</{root}>"])


def write_record(region: Region, resource: Resource, record: CanonicalRecord) -> Lines:
    """Return the object of one canonical record, its elements in the order of the producers."""
    children = [write_identifier("code", make_code(region, resource, record))]
    if resource is Resource.ADDRESS:
        children += _write_address(region, record)
    else:
        children += _write_names(record)
    if resource is Resource.STREET_NAME:
        children += _write_street_name(region, record)
    begin, end = (_write_moment(record, f"lifeSpan{edge}") for edge in ("Begin", "End"))
    return write_object(TAGS[resource], children, begin, end)


def make_code(region: Region, resource: Resource, record: CanonicalRecord) -> Identifier:
    """Return the identifier of a record; a namespace that it leaves out is the region's own."""
    return Identifier(
        namespace=record.get("namespace") or NAMESPACES.get((region, resource), ""),
        object_id=record["objectIdentifier"],
        version=record.get("versionIdentifier") or "",
    )


def _write_address(region: Region, record: CanonicalRecord) -> Iterator[Lines]:
    if any(member in record for member in _POSITION):
        yield write_position(*(record.get(member) or "" for member in _POSITION))
    yield _write_status("addressStatus", record)
    yield write_leaf("boxNumber", record.get("boxNumber") or "")
    yield write_leaf("houseNumber", record["houseNumber"])
    assigned = record.get("officiallyAssigned")
    yield write_leaf("officiallyAssigned", "" if assigned is None else str(assigned).lower())
    for tag, resource, member in (
        ("hasStreetName", Resource.STREET_NAME, "streetName"),
        ("hasMunicipality", Resource.MUNICIPALITY, "municipality"),
        ("hasPartOfMunicipality", Resource.PART_OF_MUNICIPALITY, "partOfMunicipality"),
        ("hasPostalInfo", Resource.POSTAL_INFO, "postalInfo"),
    ):
        yield _write_reference(tag, region, resource, record.get(member))


def _write_street_name(region: Region, record: CanonicalRecord) -> Iterator[Lines]:
    yield _write_status("streetNameStatus", record)
    yield write_leaf("type", record.get("streetNameType") or "")
    yield write_leaf("homonymAddition", record.get("homonymAddition") or "")
    municipality = record["municipality"]
    yield _write_reference("isAssignedByMunicipality", region, Resource.MUNICIPALITY, municipality)


def _write_names(record: CanonicalRecord) -> Iterator[Lines]:
    for language in _LANGUAGES:
        if spelling := record.get(f"name{language}"):
            yield write_name(language.lower(), write_leaf("spelling", spelling))


def _write_status(tag: str, record: CanonicalRecord) -> Lines:
    edges = (_write_moment(record, member) for member in ("validFrom", "validTo"))
    return write_status(tag, record.get("status") or "", *edges)


def _write_reference(tag: str, region: Region, resource: Resource, object_id: str | None) -> Lines:
    """Return a reference without version: which one a source meant is not kept."""
    if object_id is None:
        return []
    namespace = NAMESPACES.get((region, resource), "")
    return write_identifier(tag, Identifier(namespace=namespace, object_id=object_id))


def _write_moment(record: CanonicalRecord, member: str) -> str:
    return (record.get(member) or "").replace("+00:00", "Z")


def _encode(lines: Lines) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
