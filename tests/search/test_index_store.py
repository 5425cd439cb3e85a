"""Indexes of registers in a database: what is read, when one is made, and what is kept."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.search_index import make_search_index
from registry.domain.region import Region
from registry.search.index import Standing
from registry.search.store import (
    IndexDamaged,
    ensure_index,
    find_folder,
    load_index,
    open_index,
)
from tests.database.editions import Address, Edition, Named, StreetName, import_editions
from tests.search.registers import list_lines

if TYPE_CHECKING:
    from pathlib import Path

    from registry.search.index import SearchIndex
    from registry.settings import Settings

STREETS = (
    StreetName(id="10", names={"nl": "Wetstraat", "fr": "Rue de la Loi"}),
    StreetName(id="11", names={"nl": "Kaai"}, status="retired"),
    StreetName(id="12", names={"nl": "Laan"}, municipality="99999"),
)
BEFORE = Edition(
    street_names=(*STREETS, StreetName(id="13", names={"nl": "Oude Weg"})),
    addresses=(
        Address(id="1", number="16", box="b001"),
        Address(id="2", number="18"),
        Address(id="007", number="20", status="proposed", position=None),
        Address(id="A7", number="20", postal_code=None),
        Address(id="3", number="1", street="11", status="retired"),
        Address(id="4", number="5", street="12"),
        Address(id="5", number="1", street="404"),
        Address(id="6", number="1", street="13"),
    ),
)
AFTER = Edition(
    day="2026-11-09",
    street_names=(
        StreetName(id="10", version="2", names={"nl": "Nieuwe Wetstraat", "fr": "Rue de la Loi"}),
        *STREETS[1:],
    ),
    addresses=[row for row in BEFORE.addresses or () if row.id not in ("2", "6")],
)


def ensure(settings: Settings) -> tuple[SearchIndex, list[str]]:
    """Return the index, and what was told while it was made: nothing when it was there."""
    told: list[str] = []
    return ensure_index(settings, told.append), told


def list_finished(settings: Settings) -> list[Path]:
    return [p for p in find_folder(settings).iterdir() if not p.name.startswith(".")]


def find_standing(index: SearchIndex, public_id: str) -> Standing:
    ids = [index.make_address_id(a) for a in range(len(index.addresses.streets))]
    return Standing(index.addresses.standings[ids.index(public_id)])


def test_an_index_holds_what_the_register_does(register: Settings) -> None:
    import_editions(register, BEFORE)
    index, told = ensure(register)

    assert sorted(list_lines(index)) == [
        "bru-007 Wetstraat 20 1000",
        "bru-1 Wetstraat 16~b001 1000",
        "bru-2 Wetstraat 18 1000",
        "bru-3 Kaai 1 1000",
        "bru-4 Laan 5 1000",
        "bru-6 Oude Weg 1 1000",
        "bru-A7 Wetstraat 20 0",
    ]
    assert "Search index: 1 addresses have no street name: left out" in told
    assert find_standing(index, "bru-007") is Standing.PROPOSED
    assert find_standing(index, "bru-3") is Standing.RETIRED
    assert index.get_region(0) is Region.BRUSSELS
    # The grid's shift and the other one differ by less than a metre.
    assert {x // 1000 for x in index.addresses.xs} == {-1, 649_843}
    assert index.numbers.box_keys == ["", "1"]


def test_what_went_is_there_as_it_was_last(register: Settings) -> None:
    import_editions(register, BEFORE)
    import_editions(register, AFTER, accept_totals=True)
    index, _ = ensure(register)

    gone = [s for s, standing in enumerate(index.streets.standings) if standing == Standing.GONE]
    assert [index.streets.names_nl[s] for s in gone] == ["Oude Weg"]
    assert find_standing(index, "bru-2") is find_standing(index, "bru-6") is Standing.GONE
    assert find_standing(index, "bru-1") is Standing.CURRENT
    k = index.names.key_numbers["wetstr"]
    assert index.names.formers[index.names.first_entries[k]] == 1
    assert "nieuwe wetstr" in index.names.key_numbers


def test_an_index_is_made_once_for_each_state_and_two_are_kept(register: Settings) -> None:
    assert open_index(register) is None
    empty, _ = ensure(register)
    import_editions(register, BEFORE)
    older = open_index(register)
    assert older is not None
    assert older.version == empty.version
    first, told = ensure(register)
    assert told
    again, told = ensure(register)
    assert (again.version, told) == (first.version, [])
    import_editions(register, AFTER, accept_totals=True)
    newest, _ = ensure(register)

    kept = {load_index(folder).version for folder in list_finished(register)}
    assert kept == {first.version, newest.version}
    assert len(first.addresses.streets) == 7  # still mapped
    opened = open_index(register)
    assert opened is not None
    assert opened.version == newest.version


@pytest.mark.parametrize("name", ["texts.json", "addresses.houses.npy", "names.streets.npy"])
@pytest.mark.parametrize("left", [0, 60, None])
def test_a_damaged_index_is_made_anew(
    module_register: Settings, name: str, left: int | None
) -> None:
    ensure(module_register)
    (folder,) = list_finished(module_register)
    if left is None:
        (folder / name).unlink()
    else:
        os.truncate(folder / name, left)

    with pytest.raises(IndexDamaged, match=str(folder)):
        load_index(folder)
    assert open_index(module_register) is None
    _, told = ensure(module_register)
    assert told
    assert open_index(module_register) is not None


def test_what_was_half_written_is_never_read_and_goes(register: Settings) -> None:
    unfinished = find_folder(register) / ".unfinished-x"
    unfinished.mkdir(parents=True)

    assert open_index(register) is None
    ensure(register)
    assert not unfinished.exists()
    assert len(list_finished(register)) == 1


def test_registers_of_one_home_have_their_own(
    register: Settings, module_register: Settings
) -> None:
    import_editions(register, BEFORE)
    mine, _ = ensure(register)
    theirs, _ = ensure(module_register)

    assert register.home == module_register.home
    assert mine.version != theirs.version
    opened = open_index(register)
    assert opened is not None
    assert opened.version == mine.version


def test_municipalities_have_the_names_of_the_register_or_else_the_known_ones(
    register: Settings,
) -> None:
    named = Edition(
        municipalities=[Named(id="21004", names={"nl": "Brussel!"}), Named(id="21015")],
        addresses=[Address(id="1")],
    )
    import_editions(register, named)
    index, _ = ensure(register)

    assert [dict(place.names) for place in index.municipalities] == [
        {"nl": "Brussel!"},
        {"nl": "Schaarbeek", "fr": "Schaerbeek"},
    ]


def test_commands_make_it_at_once_and_say_when_they_cannot(register: Settings) -> None:
    told: list[str] = []
    make_search_index(register, told.append)
    assert told[-1].startswith("Search index: 0 addresses")

    nowhere = replace(register, home=register.home / "cluster" / "PG_VERSION")
    make_search_index(nowhere, told.append)
    assert told[-1].startswith("No search index was made: ")


def test_of_two_at_once_one_makes_it_and_the_other_waits(register: Settings) -> None:
    import_editions(register, BEFORE)
    with ThreadPoolExecutor() as pool:
        (one, first), (other, second) = pool.map(ensure, [register, register])

    assert one.version == other.version
    assert sorted(map(bool, (first, second))) == [False, True]
