"""What may be given: zips of zips, folders, bundles, plain XML; and what is wrong with the rest."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from importers.containers import list_source_files
from importers.region_files import list_region_files
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.editions import Address, Edition, Named

FLANDERS = Edition(
    region=Region.FLANDERS, addresses=[Address(id=str(n)) for n in range(200)]
).write_files()
WALLONIA = Edition(
    region=Region.WALLONIA, addresses=[Address(id="1", part="9")], parts=[Named(id="9")]
).write_files()
FOUR_KINDS = {
    Resource.ADDRESS,
    Resource.STREET_NAME,
    Resource.MUNICIPALITY,
    Resource.POSTAL_INFO,
}


def make_zip(files: dict[str, str] | dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def make_inner_zips(files: dict[str, str]) -> dict[str, bytes]:
    return {f"{Path(name).stem}.zip": make_zip({name: xml}) for name, xml in files.items()}


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def read_everything(path: Path) -> list[bytes]:
    contents = []
    for file in list_source_files(path):
        with file.open() as stream:
            contents.append(stream.read())
    return contents


def test_a_zip_of_zips_gives_every_region_its_kinds(tmp_path: Path) -> None:
    outer = make_inner_zips(FLANDERS) | make_inner_zips(WALLONIA) | {"Licence.txt": b"CC BY"}

    path = write(tmp_path / "best-full-latest.zip", make_zip(outer))
    by_region = list_region_files([path]).by_region

    assert [region_files.region for region_files in by_region] == [Region.FLANDERS, Region.WALLONIA]
    assert set(by_region[0].files) == FOUR_KINDS
    assert set(by_region[1].files) == FOUR_KINDS | {Resource.PART_OF_MUNICIPALITY}


def test_a_file_knows_its_container_digest_and_the_way_inside(tmp_path: Path) -> None:
    import hashlib

    path = write(tmp_path / "best-full-latest.zip", make_zip(make_inner_zips(WALLONIA)))

    (region_files,) = list_region_files([path]).by_region
    origin = region_files.files[Resource.ADDRESS].origin

    assert origin.container == "best-full-latest.zip"
    assert origin.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert origin.path == "WalloniaAddress20261102L72.zip/WalloniaAddress20261102L72.xml"
    assert origin.extracted_at.isoformat() == "2026-11-02T00:00:00+00:00"


def test_a_folder_may_hold_xml_and_zips_in_subfolders(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    names = sorted(FLANDERS)
    for name in names[:2]:
        (tmp_path / "deep" / name).write_text(FLANDERS[name])
    for name in names[2:]:
        write(tmp_path / "deep" / "er" / f"{name}.zip", make_zip({name: FLANDERS[name]}))
    (tmp_path / "readme.txt").write_text("not read")

    (region_files,) = list_region_files([tmp_path]).by_region

    assert set(region_files.files) == FOUR_KINDS


def test_one_regions_bundle_is_that_region(tmp_path: Path) -> None:
    path = write(tmp_path / "Flanders_FD_20261102_L72.zip", make_zip(FLANDERS))

    (region_files,) = list_region_files([path]).by_region

    assert region_files.region is Region.FLANDERS


def test_a_plain_file_is_one_kind(tmp_path: Path) -> None:
    name = next(name for name in FLANDERS if "StreetName" in name)

    (region_files,) = list_region_files([write(tmp_path / name, FLANDERS[name].encode())]).by_region

    assert set(region_files.files) == {Resource.STREET_NAME}


@pytest.mark.parametrize(
    "name",
    ["BRUSSELSMUNICIPALITY.XML", "brusselsmunicipality20220131.xml", "Brussels_Municipality.xml"],
)
def test_names_are_matched_by_their_beginning_in_any_case(tmp_path: Path, name: str) -> None:
    xml = next(xml for n, xml in FLANDERS.items() if "Municipality" in n)
    nameless = xml.replace("<tns:source>flanders</tns:source>", "")

    (region_files,) = list_region_files([write(tmp_path / name, nameless.encode())]).by_region

    assert region_files.region is Region.BRUSSELS


def test_several_sources_make_one_delivery(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, xml.encode()) for name, xml in FLANDERS.items()]

    (region_files,) = list_region_files(paths).by_region

    assert set(region_files.files) == FOUR_KINDS


def test_two_files_of_one_kind_are_refused_with_both_names(tmp_path: Path) -> None:
    name, xml = next(iter(FLANDERS.items()))
    write(tmp_path / name, xml.encode())
    write(tmp_path / name.replace("L72", "L08"), xml.encode())

    with pytest.raises(InputRefused, match=r"L08\.xml and .*L72\.xml. Give one"):
        list_region_files([tmp_path])


def test_a_name_and_a_content_that_disagree_are_refused(tmp_path: Path) -> None:
    name, xml = next(iter(FLANDERS.items()))

    with pytest.raises(InputRefused, match="the name says Brussels addresses, the content says"):
        list_region_files([write(tmp_path / name.replace("Flanders", "Brussels"), xml.encode())])


def test_a_file_that_says_nothing_of_its_region_is_refused(tmp_path: Path) -> None:
    _, xml = next(iter(FLANDERS.items()))
    nameless = xml.replace("<tns:source>flanders</tns:source>", "")

    with pytest.raises(InputRefused, match="cannot tell region and kind"):
        list_region_files([write(tmp_path / "addresses.xml", nameless.encode())])


def test_nothing_to_import_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputRefused, match="no file of a known format in there"):
        list_region_files([tmp_path / "empty"])
    with pytest.raises(InputRefused, match="no such file or directory"):
        list_region_files([tmp_path / "absent.zip"])


def test_zips_nested_without_end_are_refused(tmp_path: Path) -> None:
    content = make_zip(FLANDERS)
    for depth in range(5):
        content = make_zip({f"level{depth}.zip": content})

    with pytest.raises(InputRefused, match="nested deeper than"):
        list_region_files([write(tmp_path / "deep.zip", content)])


@pytest.mark.parametrize("content", [b"", b"not a zip", make_zip(FLANDERS)[:-30]])
def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(
        InputRefused,
        match=r"best\.zip: (the file is empty|not a zip file|the zip is cut off or damaged)",
    ):
        list_region_files([write(tmp_path / "best.zip", content)])


def test_a_damaged_inner_zip_is_refused_by_its_name(tmp_path: Path) -> None:
    inner = make_inner_zips(FLANDERS)
    name = next(iter(inner))
    inner[name] = inner[name][: len(inner[name]) // 2]

    with pytest.raises(InputRefused, match=rf"best\.zip > {name}: the zip is cut off or damaged"):
        list_region_files([write(tmp_path / "best.zip", make_zip(inner))])


@pytest.mark.parametrize("flipped", [b"\x00" * 40, b"\xff" * 40])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_damage_inside_the_packed_bytes_is_refused(
    tmp_path: Path, flipped: bytes, method: int
) -> None:
    name = next(name for name in FLANDERS if "Address" in name)
    content = bytearray(make_zip({name: FLANDERS[name]}, method))
    content[len(content) // 2 : len(content) // 2 + 40] = flipped
    path = write(tmp_path / "best.zip", bytes(content))

    with pytest.raises(InputRefused, match="zip is cut off or damaged"):
        read_everything(path)


def test_a_broken_stream_of_packed_bytes_is_refused(tmp_path: Path) -> None:
    name = next(name for name in FLANDERS if "Address" in name)
    content = bytearray(make_zip({name: FLANDERS[name]}))
    content[30 + len(name)] = 0xFF  # no such block type

    with pytest.raises(InputRefused, match="zip is cut off or damaged"):
        list_region_files([write(tmp_path / "best.zip", bytes(content))])


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(make_zip(FLANDERS))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := content.find(signature, place + 1)) >= 0:
            content[place + at] |= 1

    with pytest.raises(InputRefused, match="encrypted"):
        list_region_files([write(tmp_path / "best.zip", bytes(content))])


def test_a_packing_method_python_does_not_know_is_refused(tmp_path: Path) -> None:
    # Windows packs files over 2 GB with Deflate64, number 9.
    content = bytearray(make_zip(FLANDERS))
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = -1
        while (place := content.find(signature, place + 1)) >= 0:
            content[place + at : place + at + 2] = struct.pack("<H", 9)

    with pytest.raises(InputRefused, match="method"):
        list_region_files([write(tmp_path / "best.zip", bytes(content))])


def test_a_zip_without_dates_is_read(tmp_path: Path) -> None:
    # Streaming writers leave the date at zero: month 0, day 0.
    content = bytearray(make_zip(FLANDERS))
    for signature, at in ((b"PK\x03\x04", 10), (b"PK\x01\x02", 12)):
        place = -1
        while (place := content.find(signature, place + 1)) >= 0:
            content[place + at : place + at + 4] = b"\x00" * 4

    (region_files,) = list_region_files([write(tmp_path / "best.zip", bytes(content))]).by_region

    assert set(region_files.files) == FOUR_KINDS


def test_a_file_without_timestamp_has_the_date_of_its_zip(tmp_path: Path) -> None:
    name, xml = next(iter(FLANDERS.items()))
    before, _, rest = xml.partition("<tns:timestamp>")
    dateless = before + rest.partition("</tns:timestamp>")[2]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 10, 5, 3, 0, 0)), dateless)

    (region_files,) = list_region_files([write(tmp_path / "best.zip", buffer.getvalue())]).by_region

    (file,) = region_files.files.values()
    assert file.origin.extracted_at.isoformat() == "2026-10-05T03:00:00+00:00"


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("more", [0, 100, 5000])
def test_a_download_that_broke_off_is_never_taken_for_a_zip_inside_it(
    tmp_path: Path, tenth: int, more: int
) -> None:
    # Stored, each inner zip is there byte for byte, with its own directory at its end.
    content = make_zip(make_inner_zips(FLANDERS | WALLONIA), zipfile.ZIP_STORED)
    end = min(len(content) * tenth // 10 + more, len(content) - 1)
    path = write(tmp_path / "best.zip", content[:end])

    with pytest.raises(InputRefused, match=r"best\.zip: the (file is empty|zip is cut off)"):
        list_region_files([path])


def test_a_stored_zip_in_a_zip_is_read_at_its_place(tmp_path: Path) -> None:
    inner = make_zip(FLANDERS, zipfile.ZIP_STORED)
    outer = make_zip({"a.pdf": b"1" * 999, "inner.zip": inner}, zipfile.ZIP_STORED)
    path = write(tmp_path / "best.zip", make_zip({"outer.zip": outer, "b.pdf": b"2"}))

    contents = {content.decode() for content in read_everything(path)}

    assert contents == set(FLANDERS.values())


@pytest.mark.parametrize("name", ["Brussels/x.xml", "Brussels\\x.xml", "sub folder/ü.xml"])
def test_folders_and_accents_in_a_zip_are_no_harm(tmp_path: Path, name: str) -> None:
    xml = next(iter(FLANDERS.values()))

    assert read_everything(write(tmp_path / "best.zip", make_zip({name: xml}))) == [xml.encode()]


def test_a_zip_in_the_large_format_is_read(tmp_path: Path) -> None:
    """Some writers end every zip as those over 4 GB must end."""
    content = make_zip(FLANDERS)
    end = content.index(b"PK\x05\x06")
    _, _, _, count, _, size, start, _ = struct.unpack("<4s4H2IH", content[end:])
    large = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    most = b"\xff" * 12
    path = write(
        tmp_path / "best.zip", content[:end] + large + locator + content[end:][:8] + most + b"\0\0"
    )

    assert len(read_everything(path)) == len(FLANDERS)
