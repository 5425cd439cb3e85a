"""A preview says what the publication after it then makes, number by number."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.rows import dict_row

from registry.domain.canonical import MEMBERS
from registry.domain.edition import Permissions
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.database.conftest import dumps  # noqa: F401 - a fixture
from tests.database.editions import Address, Edition, Named, StreetName, import_path
from tests.database.querying import fetch, hash_tables
from tests.deliveries.checks import check, write_zip
from tests.deliveries.country import cut

if TYPE_CHECKING:
    from pathlib import Path

    from importers.checking.check import Check
    from registry.settings import Settings

Row = dict[str, Any]


STREETS = (
    StreetName(id="10", names={"nl": "Wetstraat", "fr": "Rue de la Loi"}),
    StreetName(id="11", names={"nl": "Kerkstraat"}),
    StreetName(id="12", names={"nl": "Molenstraat"}),
)
FIRST = Edition(
    region=Region.FLANDERS,
    street_names=STREETS,
    postal_infos=(Named(id="1000"), Named(id="1020")),
    addresses=[
        *(Address(id=f"{n}", number=f"{n}") for n in range(1, 31)),
        *(Address(id=f"{n}", number=f"{n}", street="11") for n in range(31, 36)),
        Address(id="36", street="12", postal_code="1020"),
    ],
)


def make_second() -> Edition:
    """Street 10 is renamed, 11 emptied, 12 gone with post code 1020; address 1 moves 30 m."""
    kept = [replace(a, version="2") for a in list(FIRST.addresses or ())[:30]]
    kept[0] = replace(kept[0], position="149873.5 170639.5")
    kept[1] = replace(kept[1], position="149843.5 170644.5")
    renamed = replace(STREETS[0], version="2", names={"nl": "Wetstraat", "fr": "Rue des Lois"})
    streets = (renamed, STREETS[1])
    return replace(FIRST, day="2026-11-09", addresses=kept, street_names=streets)


FIRST_WALLOON = replace(FIRST, region=Region.WALLONIA)
SECOND_WALLOON = replace(make_second(), region=Region.WALLONIA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A check of a delivery, its GeoJSON, and what the release of the same file then holds."""

    region: Region
    check: Check
    features: dict[str, Any]
    first_seq: int
    last_seq: int
    counts: dict[str, Any]


@pytest.fixture(scope="module")
def published(
    module_register: Settings,
    dumps: dict[int, Path],  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Publication]:
    """A real region's two editions, and a small one's that loses much and has it back."""
    folder = tmp_path_factory.mktemp("deliveries")
    real = [
        cut(dump / "best-full-latest.zip", Region.BRUSSELS, folder / f"bru-{edition}.zip")
        for edition, dump in sorted(dumps.items())[:2]
    ]
    editions = (FIRST, make_second(), replace(FIRST, day="2026-11-16"))
    small = [write_zip(folder / f"vlg-{e.day}.zip", e) for e in editions]
    return [
        *(publish(module_register, path, Region.BRUSSELS) for path in real),
        *(publish(module_register, path, Region.FLANDERS) for path in small),
    ]


def publish(settings: Settings, path: Path, region: Region) -> Publication:
    geojson = path.with_suffix(".geojson")
    made = check(settings, path, region, geojson_path=geojson)
    assert not import_path(settings, path, Permissions(accept_totals=True)).failed
    (newest,) = fetch(
        settings,
        "select first_seq, last_seq, counts from best.release order by number desc limit 1",
    )
    return Publication(
        region=region,
        check=made,
        features=json.loads(geojson.read_text()),
        first_seq=newest[0],
        last_seq=newest[1],
        counts=newest[2],
    )


def list_changes(
    settings: Settings, publication: Publication, kind: Resource
) -> list[tuple[str, Row | None, Row | None]]:
    """Return word, version before and version after of each object, from the versions alone."""
    first, last = publication.first_seq, publication.last_seq
    with connect(settings, Role.READER) as connection:
        rows = (
            connection.cursor(row_factory=dict_row)
            .execute(
                f"select * from best.{kind}_version where region = %s"  # type: ignore[arg-type]
                " order by object_id, seq_from",
                [publication.region],
            )
            .fetchall()
        )
    ended = {(row["object_id"], row["seq_to"]): row for row in rows if row["seq_to"]}
    begun = [row for row in rows if first <= row["seq_from"] <= last]
    changes: list[tuple[str, Row | None, Row | None]] = [
        (row["change"], ended.pop((row["object_id"], row["seq_from"]), None), row) for row in begun
    ]
    gone = [row for (_, seq), row in ended.items() if first <= seq <= last]
    return changes + [("removed", row, None) for row in gone]


def test_the_counts_are_those_of_the_release(published: list[Publication]) -> None:
    assert len(published) == 5
    for publication in published:
        assert publication.check.preview is not None
        assert publication.check.preview["counts"] == publication.counts
        assert publication.check.verdict == "publishable"
    assert [each.check.basis for each in published] == [0, 1, 0, 3, 4]


def test_fields_are_those_that_differ_between_the_versions(
    module_register: Settings, published: list[Publication]
) -> None:
    told = Counter[str]()
    for publication in published:
        assert publication.check.preview is not None
        for kind in Resource:
            expected = Counter[str]()
            for _, old, new in list_changes(module_register, publication, kind):
                if old is not None and new is not None:
                    expected.update(
                        member
                        for member, column in MEMBERS[kind].items()
                        if old[column] != new[column]
                    )
            assert publication.check.preview["fields"].get(kind.plural, {}) == expected
            told += expected
    assert {"position", "houseNumber", "status", "versionIdentifier", "nameFr"} <= told.keys()


def test_municipalities_add_up_from_the_versions(
    module_register: Settings, published: list[Publication]
) -> None:
    words = Counter[str]()
    for publication in published:
        expected: dict[str, dict[str, Counter[str]]] = {}
        for kind in (Resource.STREET_NAME, Resource.ADDRESS):
            for word, old, new in list_changes(module_register, publication, kind):
                code = (new or old or {})["municipality_id"]
                expected.setdefault(code, {}).setdefault(kind.plural, Counter())[word] += 1
                words[word] += 1
        assert publication.check.preview is not None
        told = {
            str(each["municipalityCode"]): {
                plural: counts
                for plural, counts in each["counts"].items()
                if plural != "municipalities"
            }
            for each in publication.check.preview["municipalities"]
        }
        for code, kind in product(told, (Resource.STREET_NAME, Resource.ADDRESS)):
            ((there,),) = fetch(
                module_register,
                f"select count(*) from best.{kind}_version where region = %s"
                " and municipality_id = %s and seq_from <= %s and (seq_to is null or seq_to > %s)",
                *(publication.region, code, publication.last_seq, publication.last_seq),
            )
            new = expected.setdefault(code, {}).setdefault(kind.plural, Counter())
            new["unchanged"] = there - sum(n for word, n in new.items() if word != "removed")
            assert Counter(told[code].get(kind.plural, {})) == new
        assert told.keys() == expected.keys()  # or only the municipality itself is new
        assert all(each["name"] for each in publication.check.preview["municipalities"])
    assert {"added", "altered", "retired", "removed", "restored"} <= words.keys()


def test_features_are_the_changed_addresses_where_they_are_and_were(
    module_register: Settings, published: list[Publication]
) -> None:
    moved = 0
    for publication in published:
        changes = list_changes(module_register, publication, Resource.ADDRESS)
        features = {each["id"]: each for each in publication.features["features"]}
        expected = {
            (new or old or {})["object_id"]: (word, old, new)
            for word, old, new in changes
            if word != "reversioned"
        }
        assert features.keys() == expected.keys()
        assert publication.check.preview is not None
        count = len(expected)
        assert publication.check.preview["geoJson"] == {"features": count, "of": count}
        for object_id, (word, old, new) in expected.items():
            feature, at = features[object_id], new or old or {}
            assert feature["properties"]["change"] == word
            assert feature["properties"]["houseNumber"] == at["house_number"]
            if at["longitude"] is None:
                assert feature["geometry"] is None
                continue
            assert feature["geometry"]["coordinates"] == place(at)
            if old and new and old["longitude"] is not None and place(old) != place(new):
                assert feature["properties"]["oldPosition"] == place(old)
                moved += 1
    assert moved > 5


def place(row: Row) -> list[float]:
    return [round(row["longitude"], 7), round(row["latitude"], 7)]


@pytest.fixture(scope="module")
def weekly(module_register: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small region again, under the name of Wallonia, with its first edition only."""
    path = write_zip(tmp_path_factory.mktemp("first") / "first.zip", FIRST_WALLOON)
    assert not import_path(module_register, path).failed
    return module_register


def test_the_largest_changes_and_what_vanishes(weekly: Settings, tmp_path: Path) -> None:
    before = hash_tables(weekly)
    path = write_zip(tmp_path / "second.zip", SECOND_WALLOON)
    made = check(weekly, path, Region.WALLONIA)
    assert hash_tables(weekly) == before
    assert made.preview is not None

    largest = {(each["change"], each["objectId"]): each for each in made.preview["largest"]}
    renamed = largest["renamed", "10"]
    assert renamed["addresses"] == 30
    assert renamed["old"] == {"nl": "Wetstraat", "fr": "Rue de la Loi"}
    assert renamed["new"] == {"nl": "Wetstraat", "fr": "Rue des Lois"}
    assert largest["emptied", "11"]["addresses"] == 5
    assert ("emptied", "12") not in largest
    assert largest["removed", "12"]["addresses"] == 1
    assert largest["removed", "12"]["old"] == {"nl": "Molenstraat"}
    moves = [each for each in made.preview["largest"] if each["change"] == "moved"]
    assert [each["objectId"] for each in moves] == ["1", "2"]
    assert moves[0]["address"] == {
        "nl": "Wetstraat 1, 1000 Brussel",
        "fr": "Rue des Lois 1, 1000 Brussel",
    }
    assert [each["metres"] for each in moves] == [pytest.approx(30, 0.01), pytest.approx(5, 0.01)]
    assert made.preview["vanishing"] == {
        "postCodes": ["1020"],
        "streetNames": [
            {
                "objectId": "12",
                "name": {"nl": "Molenstraat"},
                "municipalityCode": 21004,
                "addresses": 1,
            }
        ],
        "of": {"postCodes": 1, "streetNames": 1},
    }


def test_guards_see_what_the_preview_counts(weekly: Settings, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "second.zip", SECOND_WALLOON)
    guards = {g["guard"]: g for g in check(weekly, path, Region.WALLONIA).report["guards"]}
    assert guards["massRetirement"]["value"] == pytest.approx(6 / 36)
    assert guards["moves"]["value"] == pytest.approx(1 / 36)  # the other one stays within 20 m
    assert guards["renames"]["value"] == pytest.approx(1 / 3)
    assert not any(guard["rings"] for guard in guards.values())  # fewer than ten objects each

    few = replace(SECOND_WALLOON, addresses=list(FIRST.addresses or ())[:20])
    made = check(weekly, write_zip(tmp_path / "few.zip", few), Region.WALLONIA)
    assert made.verdict == "secondPersonNeeded"
    ringing = [guard["guard"] for guard in made.report["guards"] if guard["rings"]]
    assert ringing == ["massRetirement", "totals"]
    raised = dict.fromkeys(ringing, 0.9)
    again = check(weekly, tmp_path / "few.zip", Region.WALLONIA, thresholds=raised)
    assert again.verdict == "publishable"
