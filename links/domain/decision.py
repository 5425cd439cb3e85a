"""May this be asked? One small total function; whatever it cannot evaluate is refused.

`links.check_question` says the same of the same facts in the database, which has the last word;
signatures alone are this side's, for PostgreSQL cannot read them. Nothing here depends on a link.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from links.domain.deliberation import Deliberation, Direction, Disclosure, find_hindrance
from links.domain.organisations import may_receive
from links.domain.question import REFERENCE, Operation, Question
from links.domain.reasons import Reason
from links.domain.working_days import find_day

_TO_SUBJECT, _TO_ADDRESS = Direction.ADDRESS_TO_SUBJECT, Direction.SUBJECT_TO_ADDRESS

# A right to an answer is a right to any smaller one in the same direction.
OPERATIONS: dict[tuple[Direction, Disclosure], frozenset[Operation]] = {
    (_TO_SUBJECT, Disclosure.VERIFY): frozenset({Operation.VERIFY}),
    (_TO_SUBJECT, Disclosure.REFERENCE): frozenset({Operation.VERIFY, Operation.REFERENCES}),
    (_TO_SUBJECT, Disclosure.PAIRWISE): frozenset(
        {Operation.VERIFY, Operation.REFERENCES, Operation.SUBJECTS}
    ),
    (_TO_ADDRESS, Disclosure.VERIFY): frozenset({Operation.VERIFY}),
    (_TO_ADDRESS, Disclosure.ADDRESS): frozenset({Operation.VERIFY, Operation.ADDRESSES}),
}

# Operation: (with an address, with a subject).
INPUTS: dict[Operation, tuple[bool, bool]] = {
    Operation.VERIFY: (True, True),
    Operation.REFERENCES: (True, False),
    Operation.ADDRESSES: (False, True),
    Operation.SUBJECTS: (True, False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the decision rests on beside question and deliberation.

    municipality: NIS code of the asked address at the asked date, by the replica of the public
    register; None when there is no address or it did not exist then. moment: aware.
    """

    client_status: str
    organisation_status: str
    category: str
    signatures_ok: bool
    municipality: str | None
    moment: datetime


_Check = Callable[[Question, Deliberation, Facts], Reason | None]


def decide(question: Question, deliberation: Deliberation | None, facts: Facts) -> Reason | None:
    """None: allowed. Never raises: what cannot be evaluated is refused."""
    try:
        reason = _find_refusal(question, deliberation, facts)
        return None if reason is None else Reason(reason)
    except Exception:  # noqa: BLE001 - an error that is skipped is a right that nobody gave
        return Reason.EVALUATION_FAILED


def _find_refusal(
    question: Question, deliberation: Deliberation | None, facts: Facts
) -> Reason | None:
    if facts.client_status != "active":
        return Reason.CLIENT_INACTIVE
    if facts.organisation_status != "active":
        return Reason.ORGANISATION_INACTIVE
    if deliberation is None or not _is_own(question, deliberation):
        return Reason.DELIBERATION_UNKNOWN
    for check in _CHECKS:
        reason = check(question, deliberation, facts)
        if reason is not None:
            return reason
    return None


def _is_own(question: Question, deliberation: Deliberation) -> bool:
    return (question.deliberation, question.organisation) == (
        deliberation.id,
        deliberation.organisation,
    )


def _check_active(_: Question, deliberation: Deliberation, facts: Facts) -> Reason | None:
    return find_hindrance(deliberation, facts.moment)


def _check_category(_: Question, deliberation: Deliberation, facts: Facts) -> Reason | None:
    return None if may_receive(facts.category, deliberation.kinds) else Reason.CATEGORY


def _check_signatures(_: Question, __: Deliberation, facts: Facts) -> Reason | None:
    return None if facts.signatures_ok is True else Reason.SIGNATURE_INVALID


def _check_purpose(question: Question, deliberation: Deliberation, _: Facts) -> Reason | None:
    return None if question.purpose == deliberation.purpose else Reason.PURPOSE


def _check_references(question: Question, _: Deliberation, __: Facts) -> Reason | None:
    texts = (question.case, question.end_user, question.correlation)
    return None if all(map(REFERENCE.fullmatch, texts)) else Reason.REFERENCE_MALFORMED


def _check_operation(question: Question, deliberation: Deliberation, _: Facts) -> Reason | None:
    granted = OPERATIONS.get((deliberation.direction, deliberation.disclosure), frozenset())
    return None if question.operation in granted else Reason.OPERATION


def _check_inputs(question: Question, _: Deliberation, __: Facts) -> Reason | None:
    given = (question.address is not None, question.subject is not None)
    return None if given == INPUTS[question.operation] else Reason.QUESTION_MALFORMED


def _check_kinds(question: Question, deliberation: Deliberation, _: Facts) -> Reason | None:
    granted = question.sector == deliberation.sector and set(question.kinds) <= set(
        deliberation.kinds
    )
    return None if question.kinds and granted else Reason.KIND


def _check_fields(question: Question, deliberation: Deliberation, _: Facts) -> Reason | None:
    return None if set(question.fields) <= set(deliberation.fields) else Reason.FIELDS


def _check_date(question: Question, deliberation: Deliberation, facts: Facts) -> Reason | None:
    today = find_day(facts.moment)
    if question.date > today:
        return Reason.DATE_IN_FUTURE
    if question.date < today - timedelta(days=deliberation.history_days):
        return Reason.HISTORY
    return None


def _check_territory(_: Question, deliberation: Deliberation, facts: Facts) -> Reason | None:
    """An address nowhere is outside every territory; so is a subject without an address."""
    territory = deliberation.territory
    return None if territory is None or facts.municipality in territory else Reason.TERRITORY


_CHECKS: tuple[_Check, ...] = (
    _check_active,
    _check_category,
    _check_signatures,
    _check_purpose,
    _check_references,
    _check_operation,
    _check_inputs,
    _check_kinds,
    _check_fields,
    _check_date,
    _check_territory,
)
