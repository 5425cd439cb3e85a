"""The two lists of a file of mutations, however they come; what we write, we read."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from importers.best_xml.reader import BestXmlFile
from registry.domain.errors import InputRefused
from registry.domain.records import AddressRecord, Provenance, Rejection, StreetNameRecord
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.exports.best_xml import write_mutation_xml
from tests.unit.best_xml.examples import ADDRESS, in_file
from tests.unit.best_xml.reading import Trickle, read_file

MOMENT = datetime(2026, 11, 9, tzinfo=UTC)
RECORD = {
    "boxNumber": "b\r <&> ]]>",
    "houseNumber": "1",
    "lifeSpanBegin": "2014-04-04T16:44:32+00:00",
    "municipality": "11002",
    "namespace": "urn:one-of-its-own",
    "objectIdentifier": "7",
    "officiallyAssigned": False,
    "partOfMunicipality": "3",
    "position": "1.50 2.0",
    "positionCrs": "31370",
    "postalInfo": "2060",
    "region": "vlg",
    "resource": "addresses",
    "status": "current",
    "streetName": "57007",
    "validFrom": "2024-04-04T16:44:37.25+00:00",
    "versionIdentifier": "2",
}
Deletion = Provenance | Rejection


def write(adds: int, deletes: int, resource: Resource = Resource.ADDRESS) -> bytes:
    records = [{**RECORD, "objectIdentifier": str(n)} for n in range(adds)]
    identifiers = [{"objectIdentifier": str(n)} for n in range(deletes)]
    return b"".join(write_mutation_xml(Region.FLANDERS, resource, records, identifiers, MOMENT))


def read_deletions(xml: bytes, size: int = 1 << 20) -> list[Deletion]:
    file = BestXmlFile(Trickle(xml, size), "file.xml")  # type: ignore[arg-type]
    reader = file.make_reader(Region.FLANDERS, Resource.ADDRESS)
    pieces = (piece for block in file.cut_deletions() for piece in reader.split(block))
    return [reader.read_deletion(*piece) for piece in pieces]


def read_adds(xml: bytes, size: int = 1 << 20) -> list[object]:
    file = BestXmlFile(Trickle(xml, size), "file.xml")  # type: ignore[arg-type]
    return list(read_file(file, Region.FLANDERS, Resource.ADDRESS, None))


@pytest.mark.parametrize("size", [11, 1 << 20])
@pytest.mark.parametrize("counts", [(0, 0), (3, 0), (0, 3), (40, 50)])
def test_each_list_is_read_from_where_it_stands(counts: tuple[int, int], size: int) -> None:
    xml = write(*counts)

    for rows, begins in (
        (read_adds(xml, size), b"<tns:address "),
        (read_deletions(xml, size), b"<com:code>"),
    ):
        for row in rows:
            provenance = row.provenance if isinstance(row, AddressRecord) else row
            assert isinstance(provenance, Provenance)
            assert xml[provenance.offset :].startswith(begins)
            assert f">{provenance.object_id}<".encode() in xml[provenance.offset :][:300]
    assert (len(read_adds(xml, size)), len(read_deletions(xml, size))) == counts


def test_the_header_says_what_it_is() -> None:
    for xml, complete in ((write(1, 1), False), (write(0, 0), False), (in_file(ADDRESS), True)):
        content = xml if isinstance(xml, bytes) else xml.encode()
        header = BestXmlFile(io.BytesIO(content), "file.xml").header
        assert (header.complete, header.resource) == (complete, Resource.ADDRESS)
    assert BestXmlFile(io.BytesIO(write(0, 1)), "file.xml").header.extracted_at == MOMENT


def test_lists_in_the_other_order_empty_or_in_other_letters() -> None:
    adds, deletes = write(2, 0), write(0, 3)
    root = adds[: adds.index(b"  <tns:Add")]
    list_of_adds = adds[len(root) : adds.index(b"  <tns:Delete")]
    list_of_deletes = deletes[deletes.index(b"  <tns:Delete") :]
    swapped = root + list_of_deletes.replace(
        b"</tns:addressM", list_of_adds + b"</tns:addressM"
    ).replace(b"Deleteobjectversion", b"deleteObjectVersion")
    empty = root + b"<tns:Addobjectversion/>" + list_of_deletes

    assert (len(read_adds(swapped)), len(read_deletions(swapped))) == (2, 3)
    assert (len(read_adds(empty)), len(read_deletions(empty))) == (0, 3)


def test_a_whole_object_may_stand_for_its_identifier() -> None:
    xml = write(0, 0).replace(
        b"<tns:Deleteobjectversion>", b"<tns:Deleteobjectversion>" + ADDRESS.encode()
    )
    (deletion,) = read_deletions(xml)
    assert isinstance(deletion, Provenance)
    assert deletion.object_id == "30328681"


def test_what_is_no_identifier_is_rejected_where_it_stands() -> None:
    identifier = b"<com:objectIdentifier>1</com:objectIdentifier>"
    foreign = b"<com:namespace>https://data.vlaanderen.be/id/adres</com:namespace>"
    brussels = b"<com:namespace>https://databrussels.be/id/address</com:namespace>"
    xml = write(0, 3).replace(identifier, b"").replace(foreign, brussels)

    rejected = read_deletions(xml)

    assert [row.object_id for row in rejected] == ["0", None, "2"]
    assert all(isinstance(row, Rejection) for row in rejected)


@pytest.mark.parametrize(
    ("what", "instead", "reason"),
    [
        (b"</tns:Deleteobjectversion>", b"", "cut off"),
        (b"</tns:addressMutationsBySource>", b"", "cut off"),
        (b"<tns:Deleteobjectversion>", b"<tns:Deleteobjectversion>no", "stands between records"),
        (b"</tns:Addobjectversion>", b"</tns:Addobjectversion>no", "no record stands between"),
        (b"</com:code>\n  </tns:Delete", b"</com:code><com:x/></tns:Delete", "between records"),
        (b"<tns:Deleteobjectversion>", b"<tns:Deleteobjectversion>" + b" " * 3_000_000, "1 MB"),
    ],
)
def test_what_is_broken_is_refused(what: bytes, instead: bytes, reason: str) -> None:
    xml = write(2, 2)
    assert what in xml
    broken = xml.replace(what, instead)
    with pytest.raises(InputRefused, match=reason):
        read_adds(broken) and read_deletions(broken)


def test_an_address_comes_back_as_it_was() -> None:
    xml = b"".join(write_mutation_xml(Region.FLANDERS, Resource.ADDRESS, [RECORD], [], MOMENT))

    (address,) = read_adds(xml)

    assert isinstance(address, AddressRecord)
    assert address.box_number == RECORD["boxNumber"]
    assert (address.part_id, address.postal_code) == ("3", "2060")
    assert address.officially_assigned is False
    assert (address.position.text, address.position.crs) == ("1.50 2.0", 31370)
    assert address.status.valid_from == datetime.fromisoformat(str(RECORD["validFrom"]))
    assert address.provenance.namespace == "urn:one-of-its-own"


def test_a_street_name_comes_back_with_its_names() -> None:
    names = {"nameNl": "Kerkstraat", "nameDe": "Kirchstraße"}
    others = {"homonymAddition": "HO", "streetNameType": "hamlet", "municipality": "11002"}
    record = {"objectIdentifier": "5", **names, **others}
    chunks = write_mutation_xml(Region.FLANDERS, Resource.STREET_NAME, [record], [], MOMENT)
    file = BestXmlFile(io.BytesIO(b"".join(chunks)), "file.xml")

    (street,) = read_file(file, Region.FLANDERS, Resource.STREET_NAME, None)

    assert isinstance(street, StreetNameRecord)
    assert street.names == {"nl": "Kerkstraat", "de": "Kirchstraße"}
    assert (street.homonym_addition, street.street_name_type) == ("HO", "hamlet")
    assert street.municipality_id == "11002"
