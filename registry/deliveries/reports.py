"""The queue of what the public reports, as the owning agency sees and answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg import Connection
from psycopg.rows import dict_row

from registry.deliveries.statements import read_statement
from registry.domain.region import Region


class ReportState(StrEnum):
    """Where a report is; a closed one has lost what people wrote."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    DECLINED = "declined"


_ANSWERS: Mapping[ReportState, frozenset[ReportState]] = {
    ReportState.OPEN: frozenset(
        {ReportState.ACCEPTED, ReportState.CORRECTED, ReportState.DECLINED}
    ),
    ReportState.ACCEPTED: frozenset({ReportState.CORRECTED, ReportState.DECLINED}),
    # An answer can be given anew: its reason is for everybody to read, and may be a slip.
    ReportState.CORRECTED: frozenset({ReportState.CORRECTED, ReportState.DECLINED}),
    ReportState.DECLINED: frozenset({ReportState.CORRECTED, ReportState.DECLINED}),
}


_WRONG_RELEASES = {
    "unknown": "The region has no release {}.",
    "undone": "Release {} was rolled back.",
    "older": "Release {} was published before the report was made.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody reported; `x` and `y` are of Lambert 2008, None when it names an address.

    `text` is for the owner alone, and None once the report is closed.
    """

    id: str
    number: int
    region: Region
    municipality_id: str | None
    address_id: str | None
    x: float | None
    y: float | None
    kind: str
    text: str | None
    state: ReportState
    reason: str | None
    release_number: int | None
    created_at: datetime
    state_at: datetime
    answered_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the owner says: a correction names its release, a refusal its reason."""

    state: ReportState
    reason: str | None = None
    release_number: int | None = None


class AnswerRefused(Exception):
    """The answer lacks what it needs; the text says what."""


class ReportConflict(Exception):
    """The report cannot be answered so from the state it was found in."""

    def __init__(self, found: ReportState) -> None:
        super().__init__(f"The report is {found}.")
        self.found = found


def list_reports(
    connection: Connection,
    regions: frozenset[Region],
    *,
    state: ReportState | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Report]:
    """Return the reports of an agency's regions of a greater number than `after`, oldest first."""
    parameters = {
        "regions": sorted(regions),
        "state": state,
        "after": after,
        "limit": limit,
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(read_statement("list_reports"), parameters).fetchall()
    return [
        Report(**row | {"region": Region(row["region"]), "state": ReportState(row["state"])})
        for row in rows
    ]


def answer_report(
    connection: Connection,
    report_id: str,
    regions: frozenset[Region],
    answer: Answer,
    client_id: str,
    now: datetime,
) -> bool:
    """Answer a report of one of the agency's regions; False when there is none of that id.

    A correction and a refusal close it: what people wrote is deleted with it. AnswerRefused when
    a correction names no release that stands and is younger than the report, or a refusal has no
    reason; ReportConflict when the report is accepted already, or closed, and is to be accepted.
    """
    _check_answer(answer)
    parameters = {
        "id": report_id,
        "regions": sorted(regions),
        "to": answer.state,
        "reason": answer.reason,
        "release": answer.release_number,
        "by": client_id,
        "now": now,
    }
    with connection.transaction():
        found = connection.execute(read_statement("lock_report"), parameters).fetchone()
        if found is None:
            return False
        state, wrong = ReportState(found[0]), found[1]
        if answer.state not in _ANSWERS[state]:
            raise ReportConflict(state)
        if answer.release_number is not None and wrong is not None:
            raise AnswerRefused(_WRONG_RELEASES[wrong].format(answer.release_number))
        connection.execute(read_statement("answer_report"), parameters)
    return True


def _check_answer(answer: Answer) -> None:
    if answer.state is ReportState.OPEN:
        raise AnswerRefused("An answer is accepted, corrected or declined.")
    if answer.state is ReportState.DECLINED and not (answer.reason or "").strip():
        raise AnswerRefused("Declining needs a reason, which everybody can read.")
    if (answer.release_number is not None) != (answer.state is ReportState.CORRECTED):
        raise AnswerRefused(
            "`corrected` needs `release`, the release with the correction; no other answer has one."
        )
