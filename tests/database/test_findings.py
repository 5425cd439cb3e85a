"""What is odd or wrong in the files: said, never changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from registry.domain.errors import InputRefused
from registry.domain.region import Region
from tests.database.editions import (
    Address,
    Edition,
    Named,
    StreetName,
    import_editions,
    import_path,
)
from tests.database.querying import (
    fetch,
    fetch_current,
    fetch_open_findings,
)
from tests.database.small_country import counts_of, many

if TYPE_CHECKING:
    from registry.settings import Settings


class TestFindings:
    def test_dangling_references_stay_and_are_told_by_kind(self, register: Settings) -> None:
        lost = Address(id="1", street="404", municipality="99999", postal_code="0000", part="77")

        summary = import_editions(
            register, Edition(addresses=[lost], street_names=[StreetName(id="1", municipality="3")])
        )

        assert summary.outcomes[0].findings == {
            "danglingMunicipality": 2,
            "danglingPartOfMunicipality": 1,
            "danglingPostalInfo": 1,
            "danglingStreetName": 1,
        }
        assert ("danglingStreetName", "address", "1", "404") in fetch_open_findings(register)
        (row,) = fetch_current(register)
        assert row["street_name_id"] == "404"
        ((street,),) = fetch(register, "select street_nl from best.address")
        assert street is None

    def test_exact_duplicates_stay_and_are_told(self, register: Settings) -> None:
        twins = [Address(id="5"), Address(id="3"), Address(id="4", status="retired")]

        import_editions(register, Edition(addresses=twins))

        assert len(fetch_current(register)) == 3
        assert fetch_open_findings(register) == [("duplicateAddress", "address", "5", "same as 3")]

    @pytest.mark.parametrize(
        ("position", "crs", "rule"),
        [
            (None, 31370, "positionMissing"),
            ("0 0", 31370, "positionZero"),
            ("0.00 0.00", 3812, "positionZero"),
            ("149843.5 170639.5", 9999, "positionSystemUnknown"),
            ("1 1", 31370, "positionOutsideBelgium"),
            ("NaN NaN", 31370, "positionUnreadable"),
            ("hier", 31370, "positionUnreadable"),
        ],
    )
    def test_an_address_without_usable_position_says_why(
        self, register: Settings, position: str | None, crs: int, rule: str
    ) -> None:
        import_editions(register, Edition(addresses=[Address(id="1", position=position, crs=crs)]))

        ((found, _, _, _),) = fetch_open_findings(register)
        assert found == rule
        (row,) = fetch_current(register)
        assert (row["position"], row["longitude"], row["latitude"]) == (None, None, None)
        assert row["published_position"] == position

    def test_findings_open_and_close_with_releases(self, register: Settings) -> None:
        lost, found = Address(id="1", street="404"), Address(id="1")
        import_editions(register, Edition(addresses=[lost, *many(20)[10:]]))
        import_editions(register, Edition(day="2026-11-09", addresses=[found, *many(20)[10:]]))
        import_editions(register, Edition(day="2026-11-16", addresses=[lost, *many(20)[10:]]))

        rows = fetch(
            register,
            "select f.detail, opened.number, closed.number from best.finding f"
            " join best.release opened on f.seq_from = opened.last_seq"
            " left join best.release closed on f.seq_to = closed.last_seq order by f.id",
        )
        assert rows == [("404", 1, 2), ("404", 3, None)]

    def test_a_finding_that_stays_is_not_written_again(self, register: Settings) -> None:
        lost = Address(id="1", street="404")
        import_editions(register, Edition(addresses=[lost, *many(20)[10:]]))

        import_editions(register, Edition(day="2026-11-09", addresses=[lost, *many(21)[10:]]))

        assert fetch(register, "select count(*) from best.finding") == [(1,)]

    def test_a_rejected_row_is_told_with_its_reason_and_place(self, register: Settings) -> None:
        import_editions(register, Edition(addresses=[Address(id="1", number=None), *many(3)]))

        assert fetch_open_findings(register) == [
            ("rejectedRow", "address", "1", "houseNumber is missing")
        ]

    def test_a_row_that_is_rejected_while_nothing_else_changes_is_told_too(
        self, register: Settings
    ) -> None:
        import_editions(register, Edition(addresses=many(10)))

        import_editions(
            register,
            Edition(day="2026-11-09", addresses=[Address(id="0", number=None), *many(10)[1:]]),
        )

        assert [row[0] for row in fetch_open_findings(register)] == ["rejectedRow"]


def test_a_file_in_which_hardly_a_row_can_be_read_is_refused_with_the_first_reason(
    register: Settings,
) -> None:
    broken = [Address(id=str(n), number=None) for n in range(10_001)]

    summary = import_editions(register, Edition(addresses=broken))

    assert summary.failure is not None
    assert "10,001 of the first 10,001 rows cannot be read" in summary.failure
    assert "houseNumber is missing" in summary.failure


def test_an_unknown_path_is_refused_before_anything_is_touched(register: Settings) -> None:
    with pytest.raises(InputRefused, match="no such file"):
        import_path(register, Path("/nowhere/best.zip"))


def test_what_the_format_does_not_know_is_in_the_summary(
    register: Settings, tmp_path: Path
) -> None:
    folder = Edition(addresses=[Address(id="1", status="archived")]).write(tmp_path)
    (path,) = folder.glob("*Address*")
    path.write_text(
        path.read_text().replace("<com:houseNumber>", "<com:floor>1</com:floor><com:houseNumber>")
    )

    assert import_path(register, folder).to_json()["unknown"] == [
        {"kind": "element", "where": "address", "what": "floor", "count": 1},
        {"kind": "value", "where": "status", "what": "archived", "count": 1},
    ]


def test_seen_is_the_sum_of_all_that_happened(register: Settings) -> None:
    rows = [
        Address(id="1"),
        Address(id="1", version="2"),
        Address(id="2", number=None),
        *many(30)[10:],
    ]
    summary = import_editions(register, Edition(addresses=rows))

    counts = counts_of(summary)
    assert counts["seen"] == sum(counts[w] for w in counts if w not in {"seen", "removed"})
    assert counts["rejected"] == 2
    assert summary.outcomes[0].findings["repeatedIdentifier"] == 1


def test_an_address_whose_street_leaves_the_list_has_a_finding_until_it_is_back(
    register: Settings,
) -> None:
    both = (StreetName(id="10"), StreetName(id="11"))
    addresses = [Address(id="99", street="11"), *many(10)]
    import_editions(register, Edition(addresses=addresses, street_names=both))

    # Lists of street names alone, as a region may deliver them.
    import_editions(register, Edition(day="2026-11-09", street_names=both[:1]), accept_totals=True)
    gone = [(row[0], row[2]) for row in fetch_open_findings(register)]
    import_editions(register, Edition(day="2026-11-16", street_names=both), accept_totals=True)

    assert gone == [("danglingStreetName", "99")]
    assert fetch_open_findings(register) == []


def test_a_postal_info_may_have_no_name_at_all(register: Settings) -> None:
    import_editions(
        register,
        Edition(
            region=Region.WALLONIA,
            addresses=[Address(id="1", part="9", postal_code="5000")],
            parts=[Named(id="9", names={"fr": "Jambes"})],
            postal_infos=[Named(id="5000")],
        ),
    )

    assert fetch(register, "select postal_fr, part_fr from best.address") == [(None, "Jambes")]
