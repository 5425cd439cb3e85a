"""What an inspection keeps, closes and counts; what owners say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.quality.inspection import InspectionOutcome, inspect_region
from registry.quality.marks import Mark, mark_finding, withdraw_mark
from registry.store.connections import Role, connect
from tests.database.editions import Edition, StreetName, import_editions
from tests.database.querying import fetch
from tests.quality.rejected_country import house

if TYPE_CHECKING:
    from registry.settings import Settings
    from tests.database.editions import Address

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SCORE = (
    "select objects, affected, errors, warnings, remarks, exceptions, score"
    " from best.quality_score where municipality_id = %s order by seq desc limit 1"
)


def publish(register: Settings, *addresses: Address, day: str = "2026-11-02") -> None:
    streets = [StreetName(id="10", municipality="21004", names={"nl": "Wetstraat", "fr": "Loi"})]
    summary = import_editions(
        register, Edition(day=day, addresses=addresses, street_names=streets), accept_totals=True
    )
    assert summary.failure is None
    inspect(register)


def in_brussels(number: str) -> Address:
    return house("10", number, 1_000, municipality="21004", postal_code="1000")


def inspect(register: Settings) -> InspectionOutcome:
    with connect(register, Role.IMPORTER, autocommit=True) as connection:
        return inspect_region(connection, Region.BRUSSELS, progress=lambda _: None)


def list_findings(register: Settings) -> list[tuple[int, str, bool]]:
    return fetch(
        register,
        "select id, object_id, seq_to is null from best.finding where rule = 'houseNumberZero'"
        " order by id",
    )


class TestFindings:
    def test_a_finding_keeps_its_number_until_it_is_repaired(self, register: Settings) -> None:
        publish(register, in_brussels("0"), in_brussels("2"))
        ((finding, _, _),) = list_findings(register)

        publish(register, in_brussels("0"), in_brussels("4"), day="2026-11-09")
        assert list_findings(register) == [(finding, "10.0.", True)]

        publish(register, in_brussels("4"), day="2026-11-16")
        assert list_findings(register) == [(finding, "10.0.", False)]
        ((closed, newest),) = fetch(
            register,
            "select max(f.seq_to), max(r.last_seq) from best.finding f, best.release r"
            " where f.rule = 'houseNumberZero'",
        )
        assert closed == newest

    def test_an_inspection_anew_changes_nothing(self, register: Settings) -> None:
        publish(register, in_brussels("0"), in_brussels("2"))
        scores = fetch(register, "select * from best.quality_score order by municipality_id, seq")

        outcome = inspect(register)

        assert (outcome.opened, outcome.closed) == (0, 0)
        assert outcome.findings == {"houseNumberZero": 1}
        assert scores == fetch(
            register, "select * from best.quality_score order by municipality_id, seq"
        )

    def test_findings_of_the_publication_are_not_touched(self, register: Settings) -> None:
        publish(register, house("10", "2", 1_000, municipality="21004", postal_code="1020"))

        inspect(register)

        rules = fetch(register, "select rule from best.finding where seq_to is null")
        assert rules == [("danglingPostalInfo",)]

    def test_an_empty_register_can_be_inspected(self, register: Settings) -> None:
        outcome = inspect(register)

        assert (outcome.findings, outcome.opened) == ({}, 0)
        assert fetch(register, "select * from best.quality_score") == []

    def test_they_are_dated_by_a_release_of_their_own_region(self, register: Settings) -> None:
        publish(register, in_brussels("0"))
        ((own,),) = fetch(register, "select max(last_seq) from best.release")
        import_editions(register, Edition(region=Region.FLANDERS, addresses=[in_brussels("2")]))
        with connect(register, Role.OWNER) as connection:
            connection.execute("update registry.finding set object_id = 'gone'")

        outcome = inspect(register)

        assert (outcome.opened, outcome.closed) == (1, 1)
        dated = "select seq_from, seq_to from best.finding where rule = 'houseNumberZero'"
        assert fetch(register, f"{dated} order by id") == [(own, own), (own, None)]
        assert fetch(register, "select max(seq) from best.quality_score") == [(own,)]

    def test_one_is_told_as_one(self, register: Settings) -> None:
        publish(register, replace(in_brussels("2"), box="1"))

        details = "select detail from best.finding where rule = 'boxWithoutMainAddress'"
        assert fetch(register, details) == [("number 2 has one address, a box",)]

    def test_an_address_says_of_which_municipality_it_is(self, register: Settings) -> None:
        publish(register, in_brussels("0"))

        assert fetch(
            register, "select municipality_id from best.finding where rule = 'houseNumberZero'"
        ) == [("21004",)]


class TestScores:
    def test_a_score_is_the_share_of_objects_that_are_well(self, register: Settings) -> None:
        publish(register, *(in_brussels(number) for number in ("0", "2", "61+")))

        expected = (4, 2, 0, 2, 0, 0, 50.0)  # three addresses and a street name
        assert fetch(register, SCORE, "21004") == [expected]
        assert fetch(register, SCORE, "") == [expected]

    def test_a_remark_leaves_the_score(self, register: Settings) -> None:
        publish(register, in_brussels("28BTE1"), in_brussels("2"))

        assert fetch(register, SCORE, "21004") == [(3, 0, 0, 0, 1, 0, 100.0)]

    def test_a_score_is_written_only_when_it_is_another(self, register: Settings) -> None:
        publish(register, in_brussels("0"), in_brussels("2"))
        publish(register, in_brussels("0"), in_brussels("4"), day="2026-11-09")
        publish(register, in_brussels("6"), in_brussels("4"), day="2026-11-16")

        trend = fetch(
            register,
            "select score from best.quality_score where municipality_id = '21004' order by seq",
        )
        assert [round(score) for (score,) in trend] == [67, 100]


class TestMarks:
    def mark(self, register: Settings, finding: int, mark: Mark, reason: str = "so it is") -> None:
        with connect(register, Role.IMPORTER, autocommit=True) as connection:
            mark_finding(connection, finding, mark, reason, "An Owner", NOW)

    def test_an_exception_leaves_the_score_at_once_and_stays_out(self, register: Settings) -> None:
        publish(register, in_brussels("0"), in_brussels("2"))
        ((finding, _, _),) = list_findings(register)

        self.mark(register, finding, Mark.EXCEPTION)
        assert fetch(register, SCORE, "21004") == [(3, 0, 0, 0, 0, 1, 100.0)]

        publish(register, in_brussels("0"), in_brussels("2"), in_brussels("4"), day="2026-11-09")
        assert fetch(register, SCORE, "21004") == [(4, 0, 0, 0, 0, 1, 100.0)]

    def test_a_mark_is_there_again_when_the_finding_returns(self, register: Settings) -> None:
        publish(register, in_brussels("0"), in_brussels("2"))
        ((finding, _, _),) = list_findings(register)
        self.mark(register, finding, Mark.EXCEPTION)
        publish(register, in_brussels("2"), day="2026-11-09")
        assert fetch(register, SCORE, "21004") == [(2, 0, 0, 0, 0, 0, 100.0)]

        publish(register, in_brussels("0"), in_brussels("2"), day="2026-11-16")

        assert fetch(register, SCORE, "21004") == [(3, 0, 0, 0, 0, 1, 100.0)]

    def test_what_is_confirmed_stays_in_the_score(self, register: Settings) -> None:
        publish(register, in_brussels("0"), in_brussels("2"))
        ((finding, _, _),) = list_findings(register)

        self.mark(register, finding, Mark.CONFIRMED)

        assert fetch(register, SCORE, "21004")[0][:2] == (3, 1)

    def test_a_mark_takes_the_place_of_the_last_and_can_be_taken_back(
        self, register: Settings
    ) -> None:
        publish(register, in_brussels("0"), in_brussels("2"))
        ((finding, _, _),) = list_findings(register)
        self.mark(register, finding, Mark.CONFIRMED)
        self.mark(register, finding, Mark.EXCEPTION, "the king's house")
        marks = "select mark, reason, withdrawn_at from best.finding_mark order by id"
        assert fetch(register, marks) == [
            ("confirmed", "so it is", NOW),
            ("exception", "the king's house", None),
        ]

        with connect(register, Role.IMPORTER, autocommit=True) as connection:
            withdraw_mark(connection, finding, NOW)
            with pytest.raises(InputRefused, match=f"Finding {finding} has no mark"):
                withdraw_mark(connection, finding, NOW)

        assert fetch(register, SCORE, "21004")[0][:2] == (3, 1)

    @pytest.mark.parametrize(
        ("finding", "reason", "message"),
        [(99, "so", "There is no finding 99"), (1, "  ", "needs a reason")],
    )
    def test_what_cannot_be_marked_says_why(
        self, register: Settings, finding: int, reason: str, message: str
    ) -> None:
        publish(register, in_brussels("0"))

        with pytest.raises(InputRefused, match=message):
            self.mark(register, finding, Mark.EXCEPTION, reason)
        assert fetch(register, "select count(*) from best.finding_mark") == [(0,)]
