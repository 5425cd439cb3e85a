"""Files that would harm whoever reads them are rejected, in bounded time and space."""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.database.editions import Address, Edition, StreetName, import_path
from tests.database.querying import fetch
from tests.deliveries.checks import assert_told, check, list_rejections, write_zip
from tests.hostile import xml_forgery, zip_forgery
from tests.hostile.senders import ADDRESSES, make_brussels, make_zip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registry.settings import Settings

FIRST = Edition(
    street_names=(StreetName(id="10"),),
    addresses=[Address(id=f"{n}", number=f"{n}", valid_from=None) for n in range(1, 14)],
)
EXTRACTED = datetime(2026, 11, 2, tzinfo=UTC)
TABLE = """\
EPSG:31370_x,EPSG:31370_y,address_id,box_number,house_number,municipality_id,postcode,street_id,\
streetname_nl,region_code,status
149843.5,170639.5,1,,1,21004,1000,10,Wetstraat,BE-BRU,current
149843.5,170639.5,2,,,21004,1000,10,Wetstraat,BE-BRU,current
149843.5,170639.5,3,,3,21004,1000,10,Wetstraat,BE-BRU,current
"""


@pytest.fixture(scope="module")
def filled(module_register: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = write_zip(tmp_path_factory.mktemp("first") / "first.zip", FIRST)
    assert not import_path(module_register, path).failed
    return module_register


def spoil(forged: Callable[[], bytes]) -> Callable[[], bytes]:
    return lambda: make_zip({**make_brussels(), ADDRESSES: forged()})


def quadratic_entities() -> bytes:
    return xml_forgery.with_type(f'<!DOCTYPE x [<!ENTITY a "{"a" * 10_000}">]>', "&a;" * 10_000)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(zip_forgery.bomb_of_blanks, id="bomb"),
        pytest.param(lambda: zip_forgery.bomb_of_zips(5, 1), id="bomb of zips"),
        pytest.param(lambda: zip_forgery.named("../../etc/x.xml"), id="traversal"),
        pytest.param(lambda: zip_forgery.link_to("/etc/passwd"), id="link"),
        pytest.param(zip_forgery.overlapping, id="overlapping"),
        pytest.param(spoil(xml_forgery.external_entity), id="external entity"),
        pytest.param(spoil(xml_forgery.billion_laughs), id="billion laughs"),
        pytest.param(spoil(xml_forgery.deep_nesting), id="deep nesting"),
        pytest.param(spoil(xml_forgery.undeclared_entity), id="undeclared entity"),
        pytest.param(spoil(quadratic_entities), id="quadratic entities"),
        pytest.param(spoil(xml_forgery.inclusion), id="inclusion"),
        pytest.param(spoil(xml_forgery.only_zeros), id="zeros"),
        pytest.param(lambda: zip_forgery.named("/etc/x.xml"), id="absolute"),
        pytest.param(zip_forgery.duplicated, id="two of one name"),
        pytest.param(lambda: zip_forgery.many_entries(10_001), id="many entries"),
        pytest.param(zip_forgery.directory_in_a_few_bytes, id="entries in a few bytes"),
        pytest.param(spoil(xml_forgery.another_region), id="name and content differ"),
        pytest.param(lambda: b"", id="empty"),
        pytest.param(lambda: b"PK", id="cut off"),
    ],
)
def test_what_harms_becomes_a_rejected_report(
    filled: Settings, tmp_path: Path, make: Callable[[], bytes]
) -> None:
    before = fetch(filled, "select max(last_seq), count(*) from best.release")
    path = tmp_path / "delivery.zip"
    path.write_bytes(make())
    made = check(filled, path, geojson_path=tmp_path / "geojson")
    assert list_rejections(made) == ["unreadableFile"]
    assert "delivery.zip" in made.report["rejections"][0]["detail"]
    assert (made.preview, made.shape) == (None, None)
    assert not (tmp_path / "geojson").exists()
    assert fetch(filled, "select max(last_seq), count(*) from best.release") == before


@pytest.mark.parametrize(
    ("name", "begin"),
    [("list.csv.gz", TABLE.encode()), ("list.gpkg.gz", b"SQLite format 3\0")],
)
def test_a_gzip_unpacks_to_so_much_and_no_more(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, begin: bytes
) -> None:
    monkeypatch.setattr("importers.zips._ALWAYS_ALLOWED", 1 << 20)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = tmp_path / "delivery" / name
    path.parent.mkdir()
    with gzip.open(path, "wb") as file:
        file.write(begin)
        file.writelines(b"\n" * (1 << 20) for _ in range(20))
    made = check(filled, path, extracted_at=EXTRACTED)
    assert_told(made, "unreadableFile", name, "more than 150 times its size, as bombs do")
    assert [each.name for each in tmp_path.iterdir()] == ["delivery"]


def test_what_takes_too_long_is_rejected(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importers.checking.check._MOST_HOURS", 0.0)
    made = check(filled, write_zip(tmp_path / "first.zip", FIRST))
    assert_told(made, "unreadableFile", "more than 0 hours")


def test_identifiers_that_only_look_alike_are_others_and_a_zero_byte_is_none(
    filled: Settings, tmp_path: Path
) -> None:
    alike = [*(FIRST.addresses or ()), Address(id="\uff11"), Address(id="1\u200b")]
    later = replace(FIRST, day="2026-11-09", addresses=alike)
    made = check(filled, write_zip(tmp_path / "alike.zip", later))
    assert made.preview is not None
    counts = made.preview["counts"]["addresses"]
    assert (counts["unchanged"], counts["altered"], counts["removed"]) == (13, 0, 0)
    assert counts["added"] + counts["rejected"] == 2
    path = tmp_path / "zero.csv"
    path.write_text(TABLE.replace("5,3,,3", "5,3\0,,3"))
    made = check(filled, path, extracted_at=EXTRACTED)
    assert "3\0" not in str(made.report)


def test_lists_in_a_report_have_an_end_and_say_what_they_lack(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.publication.preview._MOST_LISTED", 0)
    later = replace(FIRST, day="2026-11-09", addresses=[Address(id="1", postal_code="1020")])
    path = write_zip(tmp_path / "later.zip", later)
    with zipfile.ZipFile(path, "a") as archive:
        for n in range(103):
            archive.writestr(f"{n}.csv", "a,b\n1,2\n")
    made = check(filled, path)
    assert made.preview is not None
    assert made.preview["municipalities"] == made.preview["vanishing"]["postCodes"] == []
    assert made.preview["of"] == {"municipalities": 1}
    assert made.preview["vanishing"]["of"]["postCodes"] == 1
    passed_over = made.report["file"]["passedOver"]
    assert (len(passed_over), passed_over[-1]) == (101, "and 3 more")
