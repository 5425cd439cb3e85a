"""A check tells everything at once, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from importers.checking.delivered import list_found
from importers.checking.findings import describe_findings
from importers.sample.write import write_sample
from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.quality.rules import list_rules
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, Named, StreetName, import_path
from tests.database.querying import fetch, hash_tables
from tests.deliveries.checks import assert_told, check, find_rule, list_rejections, write_zip

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings

FIRST = Edition(
    street_names=(StreetName(id="10"),),
    addresses=[
        *(Address(id=f"{n}", number=f"{n}", valid_from=None) for n in range(1, 13)),
        Address(id="99", number="99", position=None),
    ],
)
EXTRACTED = datetime(2026, 11, 2, tzinfo=UTC)
TABLE = """\
EPSG:31370_x,EPSG:31370_y,address_id,box_number,house_number,municipality_id,postcode,street_id,\
streetname_nl,region_code,status
149843.5,170639.5,1,,1,21004,1000,10,Wetstraat,BE-BRU,current
149843.5,170639.5,2,,,21004,1000,10,Wetstraat,BE-BRU,current
149843.5,170639.5,3,,3,21004,1000,10,Wetstraat,BE-VLG,current
"""


@pytest.fixture(scope="module")
def filled(module_register: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = write_zip(tmp_path_factory.mktemp("first") / "first.zip", FIRST)
    assert not import_path(module_register, path).failed
    return module_register


@pytest.fixture
def second(tmp_path: Path) -> Edition:
    """A later edition: 99 has its position, 12 lost it, and 13 has no number."""
    addresses = list(FIRST.addresses or ())
    addresses[11] = replace(addresses[11], version="2", position=None)
    addresses[12] = replace(addresses[12], version="2", position="149900.5 170639.5")
    return replace(FIRST, day="2026-11-09", addresses=[*addresses, Address(id="13", number=None)])


def test_findings_come_with_texts_lines_and_what_is_new(
    filled: Settings, second: Edition, tmp_path: Path
) -> None:
    before = hash_tables(filled)
    made = check(filled, write_zip(tmp_path / "second.zip", second))
    assert hash_tables(filled) == before
    assert list(tmp_path.iterdir()) == [tmp_path / "second.zip"]

    missing = find_rule(made, "positionMissing")
    assert (missing["count"], missing["new"], missing["repaired"]) == (1, 1, 1)
    rejected = find_rule(made, "rejectedRow")
    assert set(rejected["title"]) == set(rejected["mending"]) == {"nl", "fr", "de", "en"}
    (place,) = rejected["places"]
    name = "BrusselsAddress20261109L72.xml"
    lines = second.write_files()[name].splitlines()
    line = next(n for n, text in enumerate(lines, 1) if ">13<" in text)
    assert place == {
        "file": name,
        "line": line,
        "offset": place["offset"],
        "resource": "addresses",
        "objectId": "13",
        "detail": "houseNumber is missing",
        "inThisFile": True,
        "new": True,
    }
    severities = {rule.id: f"{rule.severity}s" for rule in list_rules()}
    for severity in ("errors", "warnings", "remarks"):
        rules = [r for r in made.report["rules"] if severities[r["ruleId"]] == severity]
        assert made.report[severity] == sum(rule["count"] for rule in rules)
        assert made.report["new"][severity] == sum(rule["new"] for rule in rules)


def test_a_hundred_places_new_ones_first_and_old_ones_without_a_line(
    register: Settings, tmp_path: Path
) -> None:
    many = [Address(id=f"{n}", number=f"{n}", position=None) for n in range(1, 121)]
    first = write_zip(tmp_path / "first.zip", replace(FIRST, addresses=many))
    assert not import_path(register, first).failed
    late = replace(many[100], version="2", number="A101")
    second = replace(FIRST, day="2026-11-09", addresses=[*many[:100], late, *many[101:]])
    more = replace(second, addresses=[*(second.addresses or ()), Address(id="0", position=None)])
    missing = find_rule(
        check(register, write_zip(tmp_path / "second.zip", more)), "positionMissing"
    )
    assert (missing["count"], missing["new"], missing["repaired"]) == (121, 1, 0)
    assert len(missing["places"]) == 100
    new, *old = missing["places"]
    assert (new["objectId"], new["inThisFile"], new["new"]) == ("0", True, True)
    assert not any(each["new"] for each in old)
    assert new["address"] == {"nl": "Wetstraat 1, 1000 Brussel"}
    assert new["line"] > 100
    assert all(each["line"] is None and not each["inThisFile"] for each in old)
    assert old[0]["file"] == "first.zip > BrusselsAddress20261102L72.xml"


def test_the_inspection_is_part_of_it_also_in_a_first_load(
    register: Settings, tmp_path: Path
) -> None:
    empty = hash_tables(register)
    odd = [Address(id=f"{n}", number=f"{n}", status="odd") for n in range(1, 4)]
    made = check(register, write_zip(tmp_path / "odd.zip", replace(FIRST, addresses=odd)))
    assert find_rule(made, "unknownStatus")["new"] == 3
    assert made.basis == 0
    assert made.verdict == "publishable"
    assert made.preview is not None
    assert made.preview["counts"]["addresses"]["added"] == 3
    assert hash_tables(register) == empty


@pytest.mark.parametrize("holds_sample", [False, True])
def test_readers_go_on_reading_addresses_while_a_first_load_is_tried_out(
    register: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds_sample: bool
) -> None:
    """The new rows come in without the lock on their tables that a publication takes."""
    if holds_sample:
        write_sample(tmp_path / "sample.zip")
        import_path(register, tmp_path / "sample.zip", dataset=Dataset.SAMPLE)
    tables = hash_tables(register)
    asked, before = [], fetch(register, "select count(*) from best.address")

    def look(*given: Any) -> Any:
        with connect(register, Role.READER) as reader:
            reader.execute("set lock_timeout = '50ms'")
            asked.extend(reader.execute("select count(*) from best.address").fetchall())
        return describe_findings(*given)

    monkeypatch.setattr("importers.checking.check.describe_findings", look)
    made = check(register, write_zip(tmp_path / "first.zip", FIRST))
    assert asked == before
    assert hash_tables(register) == tables
    assert (made.basis, made.verdict) == (0, "publishable")
    assert made.preview is not None
    assert made.preview["counts"]["addresses"]["added"] == 13
    assert made.preview["vanishing"]["of"] == {"postCodes": 0, "streetNames": 0}
    assert find_rule(made, "positionMissing")["count"] == 1


@pytest.mark.parametrize(
    ("declared", "rejection", "detail"),
    [
        ({"complete": False}, "completenessDiffers", "declared of mutations, its files are full"),
        ({"counts": {"addresses": 12}}, "countsDiffer", "addresses: declared 12, found 13"),
        ({"counts": {"postalInfos": 1, "addresses": 13}}, "", ""),
        ({"extracted_at": datetime(2026, 11, 4, tzinfo=UTC)}, "extractionTimeDiffers", "it says"),
        ({"extracted_at": datetime(2026, 11, 2, 17, tzinfo=UTC)}, "", ""),
        ({"kinds": frozenset({Resource.STREET_NAME})}, "kindNotAuthorised", "addresses"),
        ({"kinds": frozenset(Resource)}, "", ""),
        ({"declared_sha256": "ab", "sha256": "cd"}, "checksumDiffers", "declared ab, received cd"),
        ({"region": Region.WALLONIA}, "otherRegion", "of Brussels, and delivered for Wallonia"),
    ],
)
def test_what_differs_from_what_was_declared(
    filled: Settings, tmp_path: Path, declared: dict[str, Any], rejection: str, detail: str
) -> None:
    made = check(filled, write_zip(tmp_path / "first.zip", FIRST), **declared)
    if not rejection:
        assert list_rejections(made) == []
        return
    assert_told(made, rejection, detail)
    unread = rejection in {"checksumDiffers", "otherRegion"}
    assert (made.preview is None) == unread
    assert bool(made.report["rules"]) != unread


def test_an_older_file_is_rejected_with_a_whole_report(filled: Settings, tmp_path: Path) -> None:
    older = replace(FIRST, day="2026-10-26", addresses=list(FIRST.addresses or ())[:12])
    made = check(filled, write_zip(tmp_path / "older.zip", older))
    assert_told(made, "olderThanRegister", "Brussels")
    assert "--allow-older" not in made.report["rejections"][0]["detail"]
    assert made.preview is not None
    assert made.preview["counts"]["addresses"]["removed"] == 1


def test_files_and_identifiers_of_another_region(filled: Settings, tmp_path: Path) -> None:
    both = (FIRST, replace(FIRST, region=Region.FLANDERS))
    made = check(filled, write_zip(tmp_path / "both.zip", *both))
    assert_told(made, "otherRegion", "it also holds files of Flanders")
    assert made.preview is not None
    allowed = check(filled, tmp_path / "both.zip", others_allowed=True)
    assert list_rejections(allowed) == []

    flemish = "https://data.vlaanderen.be/id/adres"
    strange = [*(FIRST.addresses or ()), Address(id="77", namespace=flemish)]
    made = check(filled, write_zip(tmp_path / "s.zip", replace(FIRST, addresses=strange)))
    assert_told(made, "otherRegion", "is one of Flanders")
    (place,) = made.report["rejections"][0]["places"]
    assert place["objectId"] == "77"
    assert place["line"] > 10


def test_a_table_has_lines_the_declared_time_and_no_rows_of_others(
    filled: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(TABLE)
    made = check(filled, path, extracted_at=EXTRACTED)
    assert_told(made, "otherRegion", "rows of Brussels and Flanders")
    path.write_text(TABLE.replace("BE-VLG", "BE-BRU"))
    made = check(filled, path, extracted_at=EXTRACTED)
    assert list_rejections(made) == []
    assert made.report["file"]["extractedAt"] == EXTRACTED.isoformat()
    (place,) = find_rule(made, "rejectedRow")["places"]
    assert (place["file"], place["line"], place["objectId"]) == ("list.csv", 3, "2")
    (found,), _ = list_found(path, EXTRACTED, None)
    assert [table.origin.extracted_at for table in found.tables] == [EXTRACTED]


def test_a_kind_that_the_file_lacks_stays_and_that_is_said(
    filled: Settings, tmp_path: Path
) -> None:
    fewer = replace(FIRST, day="2026-11-09", street_names=None)
    made = check(filled, write_zip(tmp_path / "fewer.zip", fewer))
    told = "The file has no streetNames: the 1 of before stay as they are."
    assert told in made.report["notes"]
    assert not any("no addresses" in note for note in made.report["notes"])


def test_rows_of_which_a_richer_format_told_are_said_to_do_nothing(
    filled: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(TABLE.replace("BE-VLG", "BE-BRU"))
    made = check(filled, path, extracted_at=datetime(2026, 11, 9, tzinfo=UTC))
    assert any("a richer format has told of them" in note for note in made.report["notes"])


def test_a_file_that_is_of_no_format(filled: Settings, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Geachte,\nhierbij de adressen.\n")
    assert_told(check(filled, path), "unreadableFile", "letter.txt")


def test_nothing_changed_is_no_error(filled: Settings, tmp_path: Path) -> None:
    made = check(filled, write_zip(tmp_path / "same.zip", FIRST), geojson_path=tmp_path / "g")
    assert made.verdict == "publishable"
    assert made.preview is not None
    assert made.preview["release"] is None
    assert made.preview["municipalities"] == made.preview["largest"] == []
    assert made.preview["geoJson"] == {"features": 0, "of": 0}
    assert made.basis == 1


def test_unknown_municipalities_need_no_name(register: Settings, tmp_path: Path) -> None:
    alone = replace(FIRST, municipalities=None, postal_infos=(Named(id="1000"),))
    made = check(register, write_zip(tmp_path / "alone.zip", alone))
    assert made.preview is not None
    assert made.preview["municipalities"][0]["name"] == {}
