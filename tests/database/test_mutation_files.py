"""Files of mutations: what they change and what they leave alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from registry.domain.edition import Permissions
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.exports.best_xml import write_mutation_xml
from tests.database.editions import VALID, Address, Edition, import_editions, import_path
from tests.database.querying import (
    assert_sound,
    fetch,
    fetch_changes,
    fetch_open_findings,
    hash_tables,
)
from tests.database.small_country import counts_of, many

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importers.summary import ImportSummary
    from registry.settings import Settings

    Import = Callable[..., ImportSummary]

LATER = datetime(2026, 11, 9, tzinfo=UTC)


def make_record(number: str, **members: Any) -> dict[str, Any]:
    """An address as `many` makes them, with what is to be otherwise."""
    usual = {
        "houseNumber": number,
        "lifeSpanBegin": "2014-04-04T16:44:32+00:00",
        "municipality": "21004",
        "objectIdentifier": number,
        "officiallyAssigned": True,
        "position": "149843.5 170639.5",
        "positionCrs": "31370",
        "positionMethod": "derivedFromObject",
        "positionSpecification": "parcel",
        "postalInfo": "1000",
        "status": "current",
        "streetName": "10",
        "validFrom": VALID.replace("Z", "+00:00"),
        "versionIdentifier": "1",
    }
    return usual | members


@pytest.fixture
def import_mutations(register: Settings, tmp_path: Path) -> Import:
    """Import ten addresses of Brussels; return the import of a file of mutations of them."""
    import_editions(register, Edition(addresses=many(10, version="5")))

    def import_lists(
        adds: list[dict[str, Any]],
        deletes: list[str],
        timestamp: datetime = LATER,
        edit: Callable[[bytes], bytes] = bytes,
        **permissions: bool,
    ) -> ImportSummary:
        identifiers = [{"objectIdentifier": number} for number in deletes]
        place = Region.BRUSSELS, Resource.ADDRESS
        xml = b"".join(write_mutation_xml(*place, adds, identifiers, timestamp))
        path = tmp_path / "mutations.xml"
        path.write_bytes(edit(xml))
        return import_path(register, path, Permissions(**permissions))

    return import_lists


def test_each_list_does_its_part_and_the_rest_stays(
    register: Settings, import_mutations: Import
) -> None:
    altered = make_record("1", houseNumber="1A", versionIdentifier="6")
    same = make_record("2", versionIdentifier="5")

    summary = import_mutations([altered, same, make_record("new")], ["1", "3", "4"])

    counts = counts_of(summary)
    assert (counts["seen"], counts["added"], counts["altered"]) == (3, 1, 1)
    assert (counts["removed"], counts["unchanged"], counts["rejected"]) == (2, 1, 0)
    assert any("unverified layout" in warning for warning in summary.outcomes[0].warnings)
    assert fetch(register, "select count(*) from best.address_version where seq_to is null") == [
        (9,)
    ]
    removed = "select object_id, removed_at from best.address_version where removed_at is not null"
    assert sorted(fetch(register, removed)) == [("3", LATER), ("4", LATER)]
    assert fetch(register, "select complete from best.source order by id desc limit 1") == [
        (False,)
    ]
    assert_sound(register)


def test_a_deletion_of_nothing_is_a_finding(register: Settings, import_mutations: Import) -> None:
    import_mutations([], ["3"])

    summary = import_mutations([], ["3", "nobody"])

    assert summary.outcomes[0].release is None
    assert summary.outcomes[0].findings["unknownDeletion"] == 2
    assert fetch_open_findings(register) == [
        ("unknownDeletion", "address", "3", "gone already"),
        ("unknownDeletion", "address", "nobody", "never seen"),
    ]


def test_an_older_version_is_a_finding_unless_it_is_meant(
    register: Settings, import_mutations: Import
) -> None:
    older = make_record("1", houseNumber="99", versionIdentifier="4")

    assert counts_of(import_mutations([older], ["1"]))["unchanged"] == 1
    assert fetch_open_findings(register) == [("olderVersion", "address", "1", "4, older than 5")]
    assert counts_of(import_mutations([older], ["1"], allow_older=True))["altered"] == 1


def test_of_several_versions_the_newest_counts(
    register: Settings, import_mutations: Import
) -> None:
    versions = [make_record("1", houseNumber=str(n), versionIdentifier=str(n)) for n in (6, 10, 9)]

    import_mutations(versions, ["1"])

    current = "select house_number from best.address_version where object_id = '1'"
    assert fetch(register, f"{current} and seq_to is null") == [("10",)]


def test_an_update_that_cannot_be_read_is_no_deletion(
    register: Settings, import_mutations: Import
) -> None:
    def break_date(xml: bytes) -> bytes:
        return xml.replace(b"<com:validFrom>2015", b"<com:validFrom>in 2015")

    assert counts_of(import_mutations([make_record("1")], ["1"], edit=break_date))["removed"] == 0
    assert fetch_changes(register)["1"] == ["added"]


def test_an_update_of_nobody_knows_whom_suspends_deletions(import_mutations: Import) -> None:
    def lose_identifier(xml: bytes) -> bytes:
        return xml.replace(b"<com:objectIdentifier>1<", b"<com:objectIdentifier>1 1<", 1)

    summary = import_mutations([make_record("1")], ["2"], edit=lose_identifier)

    assert counts_of(summary)["removed"] == 0
    assert any("no addresses were removed" in text for text in summary.outcomes[0].warnings)


def test_findings_about_what_it_does_not_tell_stay_open(
    register: Settings, import_mutations: Import
) -> None:
    unreadable = Address(id="77", number=None)
    import_editions(register, Edition(day="2026-11-03", addresses=[*many(10), unreadable]))

    import_mutations([make_record("new", position="0 0")], [])

    assert [row[0] for row in fetch_open_findings(register)] == ["positionZero", "rejectedRow"]


def test_a_quiet_day_changes_nothing(import_mutations: Import) -> None:
    summary = import_mutations([], [])

    assert not summary.failed
    assert summary.outcomes[0].release is None


def test_a_rehearsal_leaves_nothing(register: Settings, import_mutations: Import) -> None:
    before = hash_tables(register)

    assert counts_of(import_mutations([make_record("new")], ["1"], dry_run=True))["removed"] == 1

    assert hash_tables(register) == before


def test_an_older_file_is_refused_also_after_mutations(
    register: Settings, import_mutations: Import
) -> None:
    earlier = datetime(2026, 11, 1, tzinfo=UTC)
    assert "already has" in str(import_mutations([], ["1"], earlier).failure)
    assert not import_mutations([], ["1"]).failed
    full = import_editions(register, Edition(day="2026-11-08", addresses=many(10)))
    assert "already has" in str(full.failure)


def test_the_next_full_file_is_compared_with_the_last_one(
    register: Settings, import_mutations: Import
) -> None:
    import_mutations([], ["1"])

    summary = import_editions(register, Edition(day="2026-11-16", addresses=many(10, version="5")))

    assert counts_of(summary)["restored"] == 1
    assert_sound(register)


def test_there_must_be_something_to_change(register: Settings, tmp_path: Path) -> None:
    place = Region.BRUSSELS, Resource.ADDRESS
    path = tmp_path / "m.xml"
    path.write_bytes(b"".join(write_mutation_xml(*place, [make_record("1")], [], LATER)))

    assert "no full file of them" in str(import_path(register, path).failure)


def test_both_forms_together_are_refused(register: Settings, tmp_path: Path) -> None:
    place = Region.BRUSSELS, Resource.STREET_NAME
    folder = Edition(addresses=many(3), street_names=None).write(tmp_path / "both")
    (folder / "m.xml").write_bytes(b"".join(write_mutation_xml(*place, [], [], LATER)))

    with pytest.raises(InputRefused, match="full files and files of mutations together"):
        import_path(register, folder)
