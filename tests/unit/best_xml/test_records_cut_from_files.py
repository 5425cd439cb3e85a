"""Files are cut into records wherever the stream breaks; what is no whole BeSt XML is refused."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from importers.best_xml.reader import BestXmlFile
from importers.region_files import list_region_files
from importers.unknowns import Unknowns
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.editions import Address, Edition, wrap
from tests.unit.best_xml.reading import read_rows

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [Address(id=str(n), number=f"{n}é", box="b<1>" if n % 3 else None) for n in range(5)]
XML = next(iter(Edition(region=Region.FLANDERS, addresses=ROWS).write_files().values())).encode()


def put_between(first: str) -> bytes:
    return XML.replace(b"</tns:address>\n", b"</tns:address>" + first.encode(), 2)


def wrap_addresses(rows: str) -> str:
    return wrap(Resource.ADDRESS, Region.FLANDERS, "2026-11-02", rows)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 333, 1000, 4096, 1 << 20])
def test_records_are_the_same_whatever_the_size_of_the_pieces_read(size: int) -> None:
    assert read_rows(XML, size=size) == read_rows(XML)
    assert [row.provenance.object_id for row in read_rows(XML, size=size)] == list("01234")


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_an_offset_points_at_the_first_byte_of_its_record(bom: bytes, size: int) -> None:
    content = bom + XML

    for row in read_rows(content, size=size):
        record = content[row.provenance.offset :]
        assert record.startswith(b"<tns:address ")
        identifier = re.search(rb"objectIdentifier>(\d+)<", record)
        assert identifier is not None
        assert identifier[1].decode() == row.provenance.object_id


@pytest.mark.parametrize(
    "between",
    [
        "<!-- a comment -->",
        "<!-- an address: <tns:address> -->",
        "<?php echo 1 ?>",
        "\r\n\t \n",
        "\n<!-- one --><!-- two --><?pi?>\n",
    ],
)
def test_comments_and_instructions_between_records_are_passed_over(between: str) -> None:
    rows = read_rows(put_between(between))

    assert [row.provenance.object_id for row in rows] == list("01234")


@pytest.mark.parametrize("text", ["<![CDATA[5 & 6]]>", "<![CDATA[5]]> &amp; 6", "5 &#38; 6"])
def test_cdata_and_entities_are_the_text_they_stand_for(text: str) -> None:
    rows = read_rows(XML.replace("0é".encode(), text.encode(), 1))

    assert [row.house_number for row in rows] == ["5 & 6", "1é", "2é", "3é", "4é"]


def test_a_quoted_record_in_cdata_is_text() -> None:
    quoted = "<![CDATA[<tns:address >]]>"

    rows = read_rows(XML.replace("1é".encode(), quoted.encode(), 1))

    assert rows[1].house_number == "<tns:address >"
    assert len(rows) == 5


def test_a_record_in_a_comment_is_refused_and_never_half_read() -> None:
    commented = put_between("<!-- <tns:address>old</tns:address> -->")

    with pytest.raises(InputRefused, match=r"file\.xml, byte [\d,]+: "):
        read_rows(commented)


@pytest.mark.parametrize("cut", range(0, len(XML.rstrip()), 41))
def test_a_file_that_ends_early_is_refused_with_the_place(cut: int) -> None:
    with pytest.raises(InputRefused, match=r"file\.xml, byte [\d,]+: ") as refusal:
        read_rows(XML[:cut])

    place = int(re.search(r"byte ([\d,]+)", str(refusal.value))[1].replace(",", ""))  # type: ignore[index]
    assert 0 <= place <= cut


def test_missing_white_space_at_the_end_is_no_fault() -> None:
    assert len(read_rows(XML.rstrip())) == 5


@pytest.mark.parametrize(
    ("place", "broken"),
    [
        ("3é", "<b>3</i>"),
        ("3é", "&undefined;"),
        ("4é", "\x01"),
        ("4é", "\x024"),
        ("4é", "4\x00"),
        ("4é", "4\x03x"),
        ("4é", "4\ufffe"),
    ],
)
def test_broken_xml_is_refused_near_the_byte_where_it_breaks(place: str, broken: str) -> None:
    content = XML.replace(place.encode(), broken.encode(), 1)
    at = XML.index(place.encode())

    with pytest.raises(InputRefused, match="broken XML") as refusal:
        read_rows(content)

    told = int(re.search(r"byte ([\d,]+)", str(refusal.value))[1].replace(",", ""))  # type: ignore[index]
    assert abs(told - at) < 60


def test_bytes_that_are_not_in_the_declared_encoding_are_refused() -> None:
    with pytest.raises(InputRefused, match="broken XML"):
        read_rows(XML.replace("3é".encode(), b"3\xe9"))


def test_latin_1_is_read_when_it_is_declared() -> None:
    content = XML.decode().replace('encoding="utf-8"', "encoding='ISO-8859-1'").encode("latin-1")

    assert [row.house_number for row in read_rows(content, size=50)] == [f"{n}é" for n in range(5)]


def test_an_unknown_encoding_is_refused_by_its_name() -> None:
    with pytest.raises(InputRefused, match="klingon"):
        read_rows(XML.replace(b'encoding="utf-8"', b'encoding="klingon"'))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused(encoding: str) -> None:
    with pytest.raises(InputRefused, match="not UTF-8"):
        read_rows(XML.decode().replace("utf-8", "utf-16").encode(encoding))


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY lol "lol">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE tns:addressResponseBySource PUBLIC "-//X" "http://example.org/x.dtd">',
    ],
)
def test_document_types_and_entities_are_refused(declaration: str) -> None:
    content = XML.replace(
        b"<tns:addressResponse", declaration.encode() + b"<tns:addressResponse", 1
    )

    with pytest.raises(InputRefused, match="document type or entity is not accepted"):
        read_rows(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"   ", b"not XML", b"PK\x03\x04", b"{}", b"<html><body>503</body></html>", b"<a"],
)
def test_what_is_not_best_xml_is_refused_by_its_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "download.xml"
    path.write_bytes(content)

    with pytest.raises(InputRefused, match=r"download\.xml"):
        list_region_files([path])


def test_a_megabyte_without_a_record_is_refused() -> None:
    content = XML.replace(b"<tns:source>", b"<!--" + b" " * (2 << 20) + b"--><tns:source>")

    with pytest.raises(InputRefused, match="first megabyte"):
        read_rows(content)


def test_blanks_and_a_letter_after_the_end_are_refused_at_once() -> None:
    with pytest.raises(InputRefused, match="cut off"):  # once tried in 2 to the 10,000 ways
        read_rows(XML + b" " * 10_000 + b"x")


def test_text_between_records_is_refused_at_its_place() -> None:
    rows = "<tns:address></tns:address>Error 500<tns:address></tns:address>"
    content = wrap_addresses(rows)

    with pytest.raises(InputRefused, match=f"byte {content.index('Error'):,}: something that"):
        read_rows(content)


def test_a_record_without_end_is_refused_before_memory_is_full() -> None:
    content = wrap_addresses("<tns:address>" + " " * (17 << 20))

    with pytest.raises(InputRefused, match="1 MB"):
        read_rows(content)


@pytest.mark.parametrize(
    "rows",
    [
        "<tns:address><com:houseNumber>1</com:houseNumber></tns:address >",
        '<tns:address beginLifeSpanVersion="2014-04-04"/>',
        "<tns:address></tns:address><tns:address/>",
        "<tns:address></tns:address><tns:streetName></tns:streetName>",
        "<tns:address></tns:address><tns:streetName></tns:streetName><tns:address></tns:address>",
    ],
)
def test_elements_that_would_be_lost_are_refused(rows: str) -> None:
    # Whatever the cutter does not recognise as a record must never disappear in silence.
    with pytest.raises(InputRefused):
        read_rows(wrap_addresses(rows))


def test_an_empty_element_in_the_place_of_the_first_record_is_told() -> None:
    unknowns = Unknowns()

    read_rows(wrap_addresses("<tns:address/>"), unknowns=unknowns)

    assert unknowns.to_json() == [
        {"kind": "element", "where": "header", "what": "address", "count": 1}
    ]


def test_a_file_without_records_has_a_header_and_no_rows() -> None:
    content = wrap_addresses("").encode()

    file = BestXmlFile(io.BytesIO(content), "file.xml")

    assert file.header.region is Region.FLANDERS
    assert file.header.resource is Resource.ADDRESS
    assert read_rows(content) == []


def test_a_comment_before_the_root_is_not_taken_for_the_root() -> None:
    content = XML.replace(
        b"<tns:addressResponse", b"<!-- <made by=me> -->\n<tns:addressResponse", 1
    )

    assert len(read_rows(content)) == 5


def test_a_comment_after_the_root_is_no_fault() -> None:
    assert len(read_rows(XML + b"<!-- end -->\n")) == 5


def test_the_header_says_region_kind_and_moment() -> None:
    header = BestXmlFile(io.BytesIO(XML), "file.xml").header

    assert header.region is Region.FLANDERS
    assert header.resource is Resource.ADDRESS
    assert header.extracted_at is not None
    assert header.extracted_at.isoformat() == "2026-11-02T00:00:00+00:00"


def test_an_unreadable_timestamp_is_refused() -> None:
    with pytest.raises(InputRefused, match="timestamp: 'yesterday' is no date"):
        read_rows(XML.replace(b"2026-11-02T01:00:00+01:00", b"yesterday"))


def test_a_source_nobody_knows_leaves_the_region_to_the_file_name() -> None:
    content = XML.replace(b"<tns:source>flanders", b"<tns:source>BOSA")

    assert BestXmlFile(io.BytesIO(content), "file.xml").header.region is None


def test_the_same_bytes_in_another_encoding_are_another_reading() -> None:
    readings = set()
    for encoding in (b"utf-8", b"iso-8859-1", b"iso-8859-15", b"windows-1252"):
        file = BestXmlFile(io.BytesIO(XML.replace(b"utf-8", encoding)), "file.xml")
        readings.add(file.make_reader(Region.FLANDERS, Resource.ADDRESS).reading)

    assert len(readings) == 4
    assert max(map(len, readings)) <= 16
