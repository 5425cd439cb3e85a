"""A poorer or older file never erases what a richer one knew, and ends only what it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importers.formats.column_file import read_format
from importers.region_import import ImportOptions
from importers.run import run_import
from registry.domain.edition import Permissions
from registry.domain.region import Region
from registry.domain.resource import Resource
from tests.database.editions import Address, Edition, StreetName, import_editions, import_path
from tests.database.querying import assert_sound, fetch, fetch_changes, fetch_open_findings

if TYPE_CHECKING:
    from pathlib import Path

    from importers.summary import ImportSummary
    from registry.settings import Settings

BEST_CSV = (
    "EPSG:31370_x,EPSG:31370_y,EPSG:4326_lat,EPSG:4326_lon,address_id,box_number,house_number,"
    "municipality_id,municipality_name_de,municipality_name_fr,municipality_name_nl,postcode,"
    "postname_fr,postname_nl,street_id,streetname_de,streetname_fr,streetname_nl,region_code,status"
)
MAP = """
region = "vlg"
rank = {rank}
extracted_at = {day}
complete = [{complete}]
crs = 31370
[columns]
address_id = "id"
house_number = "number"
street_name_id = "street"
municipality_id = "nis"
postal_code = "code"
{more}
[constants]
address_namespace = "https://data.vlaanderen.be/id/adres"
"""


def write_csv(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([BEST_CSV, *rows, ""]), encoding="utf-8")
    return path


def row(number: str, house: str = "1", street: str = "Kerkstraat") -> str:
    return f"152000.00000,212000.00000,0,0,{number},,{house},11002,,,Antwerpen,2000,,,7,,,{street},BE-VLG,current"  # noqa: E501


class Tables:
    """Imports tables by a column map, each with the columns that its map names."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder

    def load(
        self,
        *rows: str,
        rank: int,
        day: str = "2026-11-02",
        complete: bool = True,
        allow_older: bool = False,
        **more: str,
    ) -> ImportSummary:
        column_map = MAP.format(
            rank=rank,
            day=day,
            complete='"address"' if complete else "",
            more="\n".join(f'{field} = "{field}"' for field in more.values()),
        )
        header = ",".join(["id", "number", "street", "nis", "code", *more.values()])
        path = self.folder / "table.csv"
        path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        options = ImportOptions(
            permissions=Permissions(accept_totals=True, allow_older=allow_older),
            column_file=read_format(column_map, "map.toml"),
        )
        return run_import(self.settings, [str(path)], options, lambda _: None)


@pytest.fixture
def tables(register: Settings, tmp_path: Path) -> Tables:
    return Tables(register, tmp_path)


def counts(summary: ImportSummary, kind: Resource = Resource.ADDRESS) -> dict[str, Any]:
    assert summary.failure is None
    told = summary.outcomes[0].counts[kind].to_json()
    return {word: count for word, count in told.items() if count}


def fetch_streets(register: Settings) -> list[tuple[Any, ...]]:
    return fetch(
        register,
        "select object_id, name_nl, name_fr from best.street_name_version"
        " where seq_to is null order by object_id",
    )


def test_a_poorer_list_changes_nothing_that_a_richer_one_told(
    register: Settings, tmp_path: Path
) -> None:
    import_editions(
        register,
        Edition(
            region=Region.FLANDERS,
            addresses=[Address(id="1"), Address(id="2")],
            street_names=[StreetName(id="7", names={"nl": "Dorpsstraat"})],
        ),
    )
    before = fetch_changes(register)

    summary = import_path(register, write_csv(tmp_path / "b.csv", row("1", "99"), row("3")))

    assert counts(summary) == {"seen": 2, "outranked": 2}
    assert fetch_changes(register) == before
    assert ("nameDiffersBetweenLists", "street_name", "7") in {
        finding[:3] for finding in fetch_open_findings(register)
    }
    assert_sound(register)


def test_a_richer_list_takes_over_and_ends_what_it_does_not_have(
    register: Settings, tmp_path: Path
) -> None:
    import_path(register, write_csv(tmp_path / "b.csv", row("1"), row("3")))

    summary = import_editions(
        register,
        Edition(
            region=Region.FLANDERS,
            day="2100-01-01",
            addresses=[Address(id="1"), Address(id="2")],
        ),
        accept_totals=True,
    )

    assert counts(summary) == {"seen": 2, "altered": 1, "added": 1, "removed": 1}
    assert fetch_changes(register)["3"] == ["added", "removed"]
    assert_sound(register)


def test_what_a_format_cannot_know_stays(register: Settings, tables: Tables) -> None:
    tables.load(
        "1,5,7,11002,2000,Kerkstraat,Rue de l'Eglise,152000.5,212000.5",
        rank=20,
        nl="street_name_nl",
        fr="street_name_fr",
        x="x",
        y="y",
    )

    summary = tables.load("1,5,7,11002,2000,Kerklaan", rank=40, nl="street_name_nl")

    assert counts(summary) == {"seen": 1, "reversioned": 1}
    assert fetch_streets(register) == [("7", "Kerklaan", "Rue de l'Eglise")]
    assert counts(summary, Resource.STREET_NAME) == {"seen": 1, "altered": 1}
    again = tables.load("1,6,7,11002,2000,Kerklaan", rank=40, day="2026-11-03", nl="street_name_nl")
    assert counts(again) == {"seen": 1, "altered": 1}
    assert counts(again, Resource.STREET_NAME) == {"seen": 1, "unchanged": 1}
    assert fetch(
        register,
        "select house_number, published_position, published_crs, round(st_x(position))"
        " from best.address_version where seq_to is null",
    ) == [("6", "152000.5 212000.5", 31370, 651995)]
    assert_sound(register)


def test_what_a_format_knows_to_be_empty_does_not_stay(register: Settings, tables: Tables) -> None:
    more = {"nl": "street_name_nl", "fr": "street_name_fr"}
    tables.load("1,5,7,11002,2000,Kerkstraat,Rue de l'Eglise", rank=20, **more)

    tables.load("1,5,7,11002,2000,Kerkstraat,", rank=40, **more)

    assert fetch_streets(register) == [("7", "Kerkstraat", None)]


def test_a_list_of_some_ends_nothing(register: Settings, tables: Tables) -> None:
    more = {"nl": "street_name_nl"}
    tables.load("1,5,7,11002,2000,Kerkstraat", "2,6,7,11002,2000,Kerkstraat", rank=20, **more)

    some = tables.load("2,7,7,11002,2000,Kerkstraat", rank=20, complete=False, **more)

    assert counts(some) == {"seen": 1, "altered": 1}
    assert fetch_changes(register)["1"] == ["added"]
    everything = tables.load("2,7,7,11002,2000,Kerkstraat", rank=20, **more)
    assert counts(everything) == {"seen": 1, "unchanged": 1, "removed": 1}


def test_a_poorer_list_ends_only_what_its_like_told(register: Settings, tables: Tables) -> None:
    more = {"nl": "street_name_nl"}
    tables.load("1,5,7,11002,2000,Kerkstraat", rank=40, complete=False, **more)
    tables.load("2,6,7,11002,2000,Kerkstraat", rank=20, **more)

    summary = tables.load("3,8,7,11002,2000,Kerkstraat", rank=20, **more)

    assert counts(summary) == {"seen": 1, "added": 1, "removed": 1}
    assert fetch_changes(register)["1"] == ["added"]
    assert_sound(register)


def test_age_is_compared_within_a_family(register: Settings, tables: Tables) -> None:
    more = {"nl": "street_name_nl"}
    tables.load("1,5,7,11002,2000,Kerkstraat", rank=20, day="2026-11-02", **more)

    refused = tables.load("1,6,7,11002,2000,Kerkstraat", rank=20, day="2014-06-01", **more)

    assert refused.failure is not None
    assert "--allow-older" in refused.failure
    richer = Edition(region=Region.FLANDERS, day="2020-01-01", addresses=[Address(id="1")])
    assert counts(import_editions(register, richer)) == {"seen": 1, "altered": 1}


def test_who_says_the_same_but_knows_more_owns_it_from_then_on(
    register: Settings, tables: Tables
) -> None:
    more = {"nl": "street_name_nl"}
    both = ("1,5,7,11002,2000,Kerkstraat", "2,6,7,11002,2000,Kerkstraat")
    tables.load(*both, rank=20, **more)

    same = tables.load(*both, rank=40, **more)

    assert counts(same) == {"seen": 2, "reversioned": 2}
    poorer = tables.load("1,9,7,11002,2000,Kerkstraat", rank=20, **more)
    assert counts(poorer) == {"seen": 1, "outranked": 1}
    assert poorer.outcomes[0].warnings
    assert_sound(register)


def test_a_full_list_of_another_format_is_guarded_too(
    register: Settings, tables: Tables, tmp_path: Path
) -> None:
    import_path(register, write_csv(tmp_path / "b.csv", *(row(str(n)) for n in range(10))))

    summary = import_editions(
        register, Edition(region=Region.FLANDERS, addresses=[Address(id="1")])
    )

    assert summary.failure is not None
    assert "--accept-totals" in summary.failure


def test_a_new_status_does_not_inherit_the_dates_of_the_old_one(
    register: Settings, tables: Tables
) -> None:
    dates = {"nl": "street_name_nl", "s": "status", "f": "valid_from", "v": "address_version"}
    tables.load("1,5,7,11002,2000,Kerkstraat,proposed,2014-01-01,5", rank=20, **dates)

    tables.load("1,5,7,11002,2000,Kerkstraat,current", rank=40, nl="street_name_nl", s="status")

    assert fetch(
        register,
        "select status, published_valid_from, version_id from best.address_version"
        " where seq_to is null",
    ) == [("current", None, None)]
    assert_sound(register)


def test_a_finding_on_a_file_is_repaired_by_a_file_of_its_family_only(
    register: Settings, tmp_path: Path
) -> None:
    richer = Edition(
        region=Region.FLANDERS,
        addresses=[Address(id="1"), Address(id=None)],
        street_names=[StreetName(id="7", names={"nl": "Dorpsstraat"})],
    )
    import_editions(register, richer)
    import_path(register, write_csv(tmp_path / "b.csv", row("1")))
    rules = {"rejectedRow", "nameDiffersBetweenLists"}

    assert {finding[0] for finding in fetch_open_findings(register)} >= rules
    import_path(register, write_csv(tmp_path / "b.csv", row("1", street="Dorpsstraat")))

    found = {finding[0] for finding in fetch_open_findings(register)}
    assert found & rules == {"rejectedRow"}
