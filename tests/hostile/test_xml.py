"""XML that is broken or meant to harm: refused at its byte, without a trace in the register."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.hostile import xml_forgery as forge
from tests.hostile.register import MOST_MEGABYTES
from tests.hostile.senders import ADDRESSES, make_brussels, make_country, write_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hostile.register import Register

soak = pytest.mark.soak
TYPE = "a document type or entity is not accepted"
BROKEN = "broken XML"
NOT_UTF_8 = "the file is not UTF-8"
FORGERIES: list[tuple[Callable[[], bytes], tuple[str, ...]]] = [
    (forge.billion_laughs, (", byte ", TYPE)),
    (forge.external_entity, (", byte ", TYPE)),
    (forge.external_type, (", byte ", TYPE)),
    (forge.type_between_records, (", byte ", BROKEN)),
    (forge.undeclared_entity, (", byte ", BROKEN)),
    (forge.inclusion, (", byte ", "elements where one record was expected")),
    (forge.wrong_root, (", byte 0: ", "neither a record nor the root")),
    (forge.root_of_another_kind, ("the name says Brussels addresses, the content says",)),
    (forge.another_region, ("the content says Wallonia addresses",)),
    (forge.utf_16, (NOT_UTF_8,)),
    (forge.utf_16_undeclared, (NOT_UTF_8,)),
    (forge.utf_7, (", byte ", BROKEN)),
    (forge.latin_1_called_utf_8, (", byte ", BROKEN)),
    (forge.unknown_encoding, ("the encoding klingon is unknown",)),
    (forge.zeros, (", byte ", BROKEN)),
    (forge.only_zeros, (", byte ", NOT_UTF_8)),
    (forge.zeros_at_the_end, (", byte ", "cut off")),
    (forge.control_character, (", byte ", BROKEN)),
    (forge.referred_zero, (", byte ", BROKEN)),
    (forge.endless_head, (", byte ", "in the first megabyte")),
    (forge.million_attributes, (", byte ", "a record longer than 1 MB")),
    (forge.million_elements, (", byte ", "a record longer than 1 MB")),
    (forge.many_attributes, ("names of elements that this format does not have",)),
    (forge.many_elements, ("names of elements that this format does not have",)),
    (forge.deep_nesting, (", byte ", BROKEN)),
    (forge.unclosed_tag, (", byte ", BROKEN)),
    (forge.unclosed_record, (", byte ",)),
    (forge.element_between_records, (", byte ", "elements where one record was expected")),
    (forge.text_between_records, (", byte ", "stands between records")),
    (forge.blanks_after_the_end, (", byte ", "cut off")),
    (forge.attribute_of_a_megabyte, (", byte ", "a record longer than 1 MB")),
    (forge.after_the_end, (", byte ", "cut off")),
    (forge.timestamp_of_no_time, ("timestamp",)),
]
QUICK = {forge.billion_laughs, forge.another_region, forge.latin_1_called_utf_8}


@pytest.mark.parametrize(
    ("forger", "words"),
    [
        pytest.param(forger, words, id=forger.__name__, marks=() if forger in QUICK else soak)
        for forger, words in FORGERIES
    ],
)
def test_forged_xml_is_refused_at_its_place(
    filled: Register, folder: Path, forger: Callable[[], bytes], words: tuple[str, ...]
) -> None:
    write_files(folder, make_brussels() | {ADDRESSES: forger()})

    filled.demand_refusal(folder, str(folder / ADDRESSES), *words)


@soak
@pytest.mark.parametrize("tenth", range(10))
def test_a_file_that_breaks_off_is_refused_where_it_ends(
    filled: Register, folder: Path, tenth: int
) -> None:
    content = forge.XML.encode()[: len(forge.XML) * tenth // 10]
    write_files(folder, make_brussels() | {ADDRESSES: content})

    filled.demand_refusal(
        folder, str(folder / ADDRESSES), f"byte {len(content):,}:" if tenth else ""
    )


def test_a_text_of_100_megabytes_is_refused_in_bounded_memory(
    filled: Register, folder: Path
) -> None:
    path = folder / "best.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(ADDRESSES, "w") as stream,
    ):
        stream.writelines(forge.endless_text())

    ended = filled.demand_refusal(path, f"{path} > {ADDRESSES}, byte ", "a record longer than")

    assert ended.megabytes < 250


@soak
@pytest.mark.parametrize("forger", [forge.long_attribute, forge.many_blanks])
def test_what_only_a_record_of_great_length_can_hold_is_read_in_bounded_time(
    filled: Register, folder: Path, forger: Callable[[], bytes]
) -> None:
    write_files(folder, make_brussels() | {ADDRESSES: forger()})

    with filled.demanding_nothing_changed():
        ended = filled.run("--dry-run", folder)

    assert "Traceback" not in ended.err
    assert ended.code in {0, 1}
    assert ended.seconds < 20
    assert ended.megabytes < MOST_MEGABYTES


@soak
@pytest.mark.parametrize("length", [3_000, 100_000, 900_000])
@pytest.mark.parametrize("forger", [forge.long_house_number, forge.long_identifier])
def test_a_value_that_no_index_can_hold_is_no_surprise_to_the_database(
    filled: Register, folder: Path, length: int, forger: Callable[[int], bytes]
) -> None:
    write_files(folder, make_brussels() | {ADDRESSES: forger(length)})

    with filled.demanding_nothing_changed():
        ended = filled.run("--dry-run", folder)

    filled.demand_words(ended, 0)
    assert "1 rejected" in ended.out


@soak
@pytest.mark.parametrize("encoding", ["utf-8-sig", "windows-1252", "iso-8859-15"])
def test_a_declared_encoding_is_read(filled: Register, folder: Path, encoding: str) -> None:
    text = forge.put("é", forge.HOUSE_NUMBER).decode()
    content = text.replace('"utf-8"', f'"{encoding.removesuffix("-sig")}"').encode(encoding)
    write_files(folder, make_brussels() | {ADDRESSES: content})

    with filled.demanding_nothing_changed():
        ended = filled.run("--dry-run", folder)

    filled.demand_words(ended, 0)
    assert "120 seen  0 added  120 altered" in ended.out


class TestRegionsMixed:
    @soak
    def test_the_files_name_says_another_region(self, filled: Register, folder: Path) -> None:
        renamed = {name.replace("Brussels", "Flanders"): x for name, x in make_brussels().items()}
        write_files(folder, renamed)

        filled.demand_refusal(folder, "the name says Flanders", "the content says Brussels")

    @soak
    def test_rows_of_another_region_in_a_file(self, filled: Register, folder: Path) -> None:
        country = make_country("2026-11-09")
        walloon = country["WalloniaAddress20261109L72.xml"]
        rows = walloon.split("<tns:address ")[1:11]
        mixed = forge.put("".join(f"<tns:address {row}" for row in rows), forge.MIDDLE)
        write_files(folder, make_brussels() | {ADDRESSES: mixed})

        with filled.demanding_nothing_changed():
            ended = filled.run("--dry-run", folder)

        filled.demand_words(ended, 0)
        assert "130 seen  0 added  120 altered" in ended.out
        assert "10 rejected" in ended.out

    @soak
    def test_only_rows_of_another_region_in_a_file(self, filled: Register, folder: Path) -> None:
        walloon = make_country("2026-11-09")["WalloniaAddress20261109L72.xml"]
        write_files(folder, {ADDRESSES: walloon.replace(">wallonia<", ">brussels<")})

        filled.demand_refusal(folder, "Brussels", "no row that can be read")

    def test_the_same_kind_twice(self, filled: Register, folder: Path) -> None:
        again = ADDRESSES.replace("L72", "L08")
        write_files(folder, make_brussels() | {again: forge.XML})

        filled.demand_refusal(folder, "Two files hold the addresses of Brussels", again, ADDRESSES)

    @soak
    def test_one_file_of_two_editions(self, filled: Register, folder: Path) -> None:
        old = {n: x for n, x in make_country("2026-10-05").items() if "BrusselsStreet" in n}
        files = make_brussels()
        del files["BrusselsStreetName20261109L72.xml"]
        write_files(folder, files | old)

        filled.demand_refusal(folder, "2026-10-0")
