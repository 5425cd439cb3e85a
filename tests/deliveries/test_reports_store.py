"""The owner's queue of reports: answered once, and what people wrote goes with the answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation

from geo.pipelines import HELMERT
from registry.deliveries.reports import (
    Answer,
    AnswerRefused,
    ReportConflict,
    ReportState,
    answer_report,
    list_reports,
)
from registry.domain.region import Region
from registry.publication.roll_back import roll_back
from registry.store.connections import Role, connect
from registry.unguessable_ids import make_unguessable_id
from tests.database.editions import Address, Edition, import_editions
from tests.deliveries.announcing import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from registry.settings import Settings

EARLY = datetime(2020, 1, 1, tzinfo=UTC)
OWN = frozenset({Region.BRUSSELS})
ACCEPTED = Answer(state=ReportState.ACCEPTED)
CORRECTED = Answer(state=ReportState.CORRECTED, release_number=1)
DECLINED = Answer(state=ReportState.DECLINED, reason="It is right so.")


@pytest.fixture(scope="module")
def loaded(module_register: Settings) -> Settings:
    import_editions(module_register, Edition(addresses=[Address(id="1")]))
    import_editions(module_register, Edition(day="2026-11-09", addresses=[Address(id="2")]))
    with connect(module_register, Role.IMPORTER) as connection:
        roll_back(connection, 2, shift=HELMERT, progress=lambda _: None)
    return module_register


@pytest.fixture
def door(loaded: Settings) -> Iterator[psycopg.Connection]:
    with connect(loaded, Role.DELIVERIES, autocommit=True) as connection:
        yield connection


def submit(
    settings: Settings, region: Region = Region.BRUSSELS, before: datetime | None = EARLY
) -> str:
    report_id = make_unguessable_id()
    with connect(settings, Role.REPORTER) as connection:
        kept = connection.execute(
            "select deliveries.submit_report("
            "%s, %s, '21004', null, 649000, 670000, 'wrongName', 'Two dogs', 1000)",
            [report_id, region],
        ).fetchone()
    assert kept == (True,)
    if before is not None:
        with connect(settings, Role.OWNER) as owner:
            owner.execute(
                "update deliveries.report set created_at = %s where id = %s", [before, report_id]
            )
    return report_id


def find_text(door: psycopg.Connection, report_id: str) -> tuple[str, str | None]:
    (report,) = [each for each in list_reports(door, OWN) if each.id == report_id]
    return report.state, report.text


def test_an_agency_sees_the_reports_of_its_regions_page_by_page(
    loaded: Settings, door: psycopg.Connection
) -> None:
    first, elsewhere, second = (
        submit(loaded, region) for region in (Region.BRUSSELS, Region.WALLONIA, Region.BRUSSELS)
    )

    listed = list_reports(door, OWN)
    assert [report.id for report in listed][-2:] == [first, second]
    assert elsewhere not in {report.id for report in listed}
    assert [r.id for r in list_reports(door, OWN, after=listed[-2].number)] == [second]
    assert [r.id for r in list_reports(door, OWN, limit=1)] == [listed[0].id]
    assert list_reports(door, frozenset()) == []
    assert (listed[-1].x, listed[-1].y, listed[-1].text) == (649000, 670000, "Two dogs")


@pytest.mark.parametrize(("answer", "text"), [(CORRECTED, None), (DECLINED, None)])
def test_what_closes_a_report_deletes_what_people_wrote(
    loaded: Settings, door: psycopg.Connection, answer: Answer, text: str | None
) -> None:
    report_id = submit(loaded)

    assert answer_report(door, report_id, OWN, ACCEPTED, "anna", NOW)
    assert find_text(door, report_id) == (ReportState.ACCEPTED, "Two dogs")
    assert answer_report(door, report_id, OWN, answer, "bert", NOW)

    assert find_text(door, report_id) == (answer.state, text)
    (report,) = [r for r in list_reports(door, OWN, state=answer.state) if r.id == report_id]
    assert (report.reason, report.release_number) == (answer.reason, answer.release_number)
    assert (report.answered_by, report.state_at) == ("bert", NOW)
    with pytest.raises(ReportConflict) as conflict:
        answer_report(door, report_id, OWN, ACCEPTED, "anna", NOW)
    assert conflict.value.found is answer.state
    # A reason is public: it can be replaced.
    better = Answer(state=ReportState.DECLINED, reason="The street has no number 3.")
    for again in (CORRECTED, better):
        assert answer_report(door, report_id, OWN, again, "anna", NOW)
        (report,) = [r for r in list_reports(door, OWN) if r.id == report_id]
        assert (report.reason, report.release_number) == (again.reason, again.release_number)


def test_another_agencys_report_is_as_unknown_as_none(
    loaded: Settings, door: psycopg.Connection
) -> None:
    report_id = submit(loaded)

    other = frozenset({Region.FLANDERS, Region.WALLONIA})
    assert not answer_report(door, report_id, other, DECLINED, "eve", NOW)
    assert not answer_report(door, make_unguessable_id(), OWN, DECLINED, "anna", NOW)
    assert find_text(door, report_id) == (ReportState.OPEN, "Two dogs")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(state=ReportState.OPEN),
        Answer(state=ReportState.DECLINED),
        Answer(state=ReportState.DECLINED, reason="  "),
        Answer(state=ReportState.CORRECTED),
        Answer(state=ReportState.CORRECTED, release_number=99),
        Answer(state=ReportState.CORRECTED, release_number=2),  # was rolled back
        Answer(state=ReportState.CORRECTED, release_number=3),  # is that roll-back
        Answer(state=ReportState.ACCEPTED, release_number=1),
    ],
)
def test_an_answer_says_why_or_in_which_release(
    loaded: Settings, door: psycopg.Connection, answer: Answer
) -> None:
    report_id = submit(loaded)

    with pytest.raises(AnswerRefused):
        answer_report(door, report_id, OWN, answer, "anna", NOW)
    assert find_text(door, report_id) == (ReportState.OPEN, "Two dogs")


def test_a_release_of_before_the_report_does_not_correct_it(
    loaded: Settings, door: psycopg.Connection
) -> None:
    report_id = submit(loaded, before=None)

    with pytest.raises(AnswerRefused, match="before the report"):
        answer_report(door, report_id, OWN, CORRECTED, "anna", NOW)
    assert find_text(door, report_id) == (ReportState.OPEN, "Two dogs")


@pytest.mark.parametrize(
    "told",
    [
        {"id": "x"},
        {"region": "nowhere"},
        {"municipality": "1" * 101},
        {"address": "1" * 101},
        {"kind": "nonsense"},
        {"text": "a" * 501},
    ],
)
def test_the_database_takes_no_nonsense_from_who_may_only_report(
    loaded: Settings, told: dict[str, str]
) -> None:
    facts = {"id": make_unguessable_id(), "region": "bru", "municipality": "21004", "kind": "other"}
    with connect(loaded, Role.REPORTER) as reporter, pytest.raises(CheckViolation):
        reporter.execute(
            "select deliveries.submit_report(%(id)s, %(region)s, %(municipality)s, %(address)s,"
            " 0, 0, %(kind)s, %(text)s, 1000)",
            {"address": None, "text": None} | facts | told,
        )


def test_who_reports_cannot_ask_for_more_a_day_than_there_may_be(loaded: Settings) -> None:
    with connect(loaded, Role.OWNER) as owner:
        owner.execute(
            "insert into deliveries.report (id, region, municipality_id, kind, state, created_at,"
            " state_at) select lpad(translate(n::text, '0189', 'abcd'), 26, 'z'), 'wal', '62063',"
            " 'other', 'open', now(), now() from generate_series(1, 1000) n"
        )
    with connect(loaded, Role.REPORTER) as reporter:
        kept = reporter.execute(
            "select deliveries.submit_report(%s, 'wal', '62063', null, 0, 0, 'other', null, 9999)",
            [make_unguessable_id()],
        ).fetchone()
    assert kept == (False,)
