"""A weekly edition repeats nearly all of the last one: what it repeats is passed over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from importers.best_xml.reader import BestXmlReader
from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect
from tests.conftest import cloned
from tests.database.editions import Address, Edition, import_editions, import_path
from tests.database.querying import assert_sound, fetch_changes, fetch_current, fetch_open_findings
from tests.database.small_country import counts_of, many

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importers.summary import ImportSummary
    from registry.settings import Settings

SECOND_DAY = "2026-11-09"


def import_second(register: Settings, addresses: list[Address]) -> ImportSummary:
    return import_editions(
        register, Edition(day=SECOND_DAY, addresses=addresses), accept_totals=True
    )


@pytest.fixture
def register_too(migrated_template: Settings) -> Iterator[Settings]:
    with cloned(migrated_template) as settings:
        yield settings


@pytest.fixture
def records_read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    read: list[bytes] = []
    read_one = BestXmlReader.read

    def reading(self: BestXmlReader, record: bytes, *where: int) -> object:
        read.append(record)
        return read_one(self, record, *where)

    monkeypatch.setattr(BestXmlReader, "read", reading)
    return read


def test_only_what_changed_is_read(register: Settings, records_read: list[bytes]) -> None:
    import_editions(register, Edition(addresses=many(20)))
    first = len(records_read)
    changed = [*many(18), Address(id="18", number="18", version="2", box="b")]

    told = counts_of(import_second(register, changed))

    assert (told["seen"], told["altered"]) == (19, 1)
    assert (told["removed"], told["unchanged"]) == (1, 18)
    assert len(records_read) - first <= 2  # its own, and one more that now ends the file
    assert_sound(register)


def test_the_same_records_in_another_order_change_nothing(register: Settings) -> None:
    import_editions(register, Edition(addresses=many(20)))

    told = import_second(register, many(20)[::-1])

    assert counts_of(told)["unchanged"] == 20
    assert not told.outcomes[0].release


@pytest.mark.parametrize("times", [2, 3])
def test_a_known_record_given_more_than_once_is_told(register: Settings, times: int) -> None:
    import_editions(register, Edition(addresses=many(5)))

    told = import_second(register, many(5) + many(1) * (times - 1))

    assert told.outcomes[0].findings["repeatedIdentifier"] == 1
    assert counts_of(told)["rejected"] == times - 1
    assert counts_of(told)["unchanged"] == 5


def test_another_record_beside_a_known_one_is_told_and_the_newest_counts(
    register: Settings,
) -> None:
    import_editions(register, Edition(addresses=many(5)))
    newer = Address(id="0", number="0", version="2", box="b")

    told = import_second(register, [*many(5), newer])

    assert told.outcomes[0].findings["repeatedIdentifier"] == 1
    assert counts_of(told)["altered"] == 1
    assert [row["box_number"] for row in fetch_current(register) if row["object_id"] == "0"] == [
        "b"
    ]


def test_a_repeated_identifier_is_told_of_every_edition_and_repaired_by_one_without(
    register: Settings,
) -> None:
    twice = [*many(5), Address(id="0", number="0", version="2")]
    first = import_editions(register, Edition(addresses=twice))
    second = import_second(register, twice)
    third = import_editions(register, Edition(day="2026-11-16", addresses=twice[1:]))

    assert [s.outcomes[0].findings.get("repeatedIdentifier") for s in (first, second)] == [1, 1]
    assert "repeatedIdentifier" not in third.outcomes[0].findings


def test_a_record_that_can_no_longer_be_read_is_not_gone(register: Settings) -> None:
    import_editions(register, Edition(addresses=many(5)))

    told = import_second(register, [Address(id="0", number=None), *many(5)[1:]])

    assert counts_of(told)["removed"] == 0
    assert {row["object_id"] for row in fetch_current(register)} == set("01234")


def test_what_the_format_does_not_have_is_told_of_every_edition(
    register: Settings, tmp_path: Path
) -> None:
    told = []
    for day in ("2026-11-02", SECOND_DAY):
        folder = Edition(day=day, addresses=many(3)).write(tmp_path / day)
        (path,) = folder.glob("*Address*.xml")
        odd = path.read_text().replace("</tns:address>", "<tns:odd>1</tns:odd></tns:address>", 1)
        path.write_text(odd)
        told.append(import_path(register, folder).unknowns.to_json())

    assert told[0] == told[1] != []


def test_findings_of_what_is_repeated_stay_open(register: Settings) -> None:
    odd = [Address(id="0", position="0 0"), Address(id="1", street="404"), Address(id="2")]
    twins = [Address(id="3", number="7"), Address(id="4", number="7")]
    first = import_editions(register, Edition(addresses=odd + twins))

    open_before = fetch_open_findings(register)

    second = import_second(register, odd + twins)

    assert second.outcomes[0].findings == first.outcomes[0].findings
    assert {"positionZero", "danglingStreetName", "duplicateAddress"} <= set(
        first.outcomes[0].findings
    )
    assert fetch_open_findings(register) == open_before


def test_what_left_and_comes_back_as_it_was_is_restored(register: Settings) -> None:
    import_editions(register, Edition(addresses=many(20)))
    import_second(register, many(20)[1:])

    import_editions(register, Edition(day="2026-11-16", addresses=many(20)))

    assert fetch_changes(register)["0"] == ["added", "removed", "restored"]


def test_one_region_knows_nothing_of_anothers_records(register: Settings) -> None:
    import_editions(register, Edition(addresses=many(5)))
    same = Edition(region=Region.WALLONIA, addresses=many(5))

    told = import_editions(register, same)

    assert told.outcomes[0].counts[Resource.ADDRESS].to_json()["added"] == 5


def forget_hashes(register: Settings) -> None:
    """Leave the register as software wrote it that knew no hashes."""
    with connect(register, Role.OWNER) as connection:
        for kind in Resource:
            statement = sql.SQL("update {} set record_hash = null")
            connection.execute(statement.format(sql.Identifier("registry", f"{kind}_version")))


def test_a_register_without_hashes_learns_them(
    register: Settings, records_read: list[bytes]
) -> None:
    import_editions(register, Edition(addresses=many(20)))
    forget_hashes(register)
    assert not import_second(register, many(20)).outcomes[0].release
    before = len(records_read)

    import_editions(register, Edition(day="2026-11-16", addresses=many(20)))

    assert len(records_read) - before <= 1


def test_a_record_that_is_only_written_otherwise_is_read_once(
    register: Settings, records_read: list[bytes]
) -> None:
    import_editions(register, Edition(addresses=many(20)))
    rewritten = many(20, begin="2014-04-04T18:44:32+02:00")
    assert not import_second(register, rewritten).outcomes[0].release
    before = len(records_read)

    import_editions(register, Edition(day="2026-11-16", addresses=rewritten))

    assert len(records_read) - before <= 1


def test_a_lasting_repetition_does_not_make_every_import_read_twice(
    register: Settings, records_read: list[bytes]
) -> None:
    import_editions(register, Edition(addresses=many(20)))
    twice = [*many(20), *many(1)]
    import_second(register, twice)
    before = len(records_read)

    told = import_editions(register, Edition(day="2026-11-16", addresses=twice))

    assert told.outcomes[0].findings["repeatedIdentifier"] == 1
    assert len(records_read) - before == 2


@pytest.mark.soak
def test_when_everything_is_rewritten_the_removed_are_found_by_a_join(
    register: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that looks for each row among millions unseen would take days."""
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=64kB")
    import_editions(register, Edition(addresses=many(30_000)))
    rewritten = many(29_000, begin="2014-04-04T18:44:32+02:00")
    began = time.monotonic()

    told = counts_of(import_second(register, rewritten))

    assert (told["removed"], told["unchanged"]) == (1_000, 29_000)
    assert time.monotonic() - began < 30


WEEKS: dict[str, list[list[Address]]] = {
    "nothing changes": [many(9), many(9)],
    "twins of one week": [many(9), [*many(9), Address(id="3", number="3b")], many(9)],
    "twins that stay": [[*many(9), *many(2)], [*many(9), *many(2)]],
    "a rejected row beside a known one": [many(9), [*many(9), Address(id="3", number=None)]],
    "a rejected row in place of a known one": [
        many(9),
        [*many(3), Address(id="3", number=None), *many(9)[4:]],
        many(9),
    ],
    "gone and back": [many(9), many(8), many(9)],
    "altered and back": [many(9), [*many(8), Address(id="8", number="8", box="1")], many(9)],
    "findings": [
        [*many(7), Address(id="8", position="0 0"), Address(id="9", street="404")],
        [*many(7), Address(id="8", position="0 0"), Address(id="9", number="6")],
    ],
}


@pytest.mark.parametrize("weeks", WEEKS.values(), ids=WEEKS)
@pytest.mark.parametrize("over_sample", [False, True])
def test_passing_over_publishes_what_reading_everything_publishes(
    register: Settings, register_too: Settings, weeks: list[list[Address]], over_sample: bool
) -> None:
    told = []
    for each, forgetting in ((register, False), (register_too, True)):
        if over_sample:
            import_editions(each, Edition(addresses=weeks[0]), dataset=Dataset.SAMPLE)
        for number, addresses in enumerate(weeks):
            if forgetting:
                forget_hashes(each)
            edition = Edition(day=f"2026-11-{number + 2:02}", addresses=addresses)
            import_editions(each, edition, dry_run=True, accept_totals=True)
            summary = import_editions(each, edition, accept_totals=True).to_json()
            told.append({**summary, "seconds": None})

    half = len(told) // 2
    assert told[:half] == told[half:]
    assert fetch_changes(register) == fetch_changes(register_too)
    assert fetch_open_findings(register) == fetch_open_findings(register_too)
    assert_sound(register)
