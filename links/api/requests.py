"""What is asked: reads the content of a signed request, every member of it or none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from links.api.problems import Refused
from links.api.strict_json import JsonRefused, read_object
from links.domain.kinds import KINDS
from links.domain.question import REFERENCE, Operation, Question, has_person_number
from links.domain.subjects import Subject, SubjectRefused, SubjectType, read_subject

_ALWAYS: Final = frozenset({"deliberation", "purpose", "caseReference", "endUser", "correlationId"})
_ABOUT: Final[Mapping[Operation, frozenset[str]]] = {
    Operation.VERIFY: frozenset({"address", "subject"}),
    Operation.REFERENCES: frozenset({"address"}),
    Operation.ADDRESSES: frozenset({"subject"}),
    Operation.SUBJECTS: frozenset({"address"}),
}
_OPTIONAL: Final = frozenset({"date", "fields"})
_ADDRESS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIELDS: Final = ("capacity", "valid")
HANDLE: Final = re.compile(r"[A-Za-z0-9._-]{1,4096}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, by the verified token and the client's registration."""

    client: str
    organisation: str
    today: date


class Members:
    """The members of a request, read by name; a wrong one is named, its value never repeated."""

    def __init__(self, members: Mapping[str, object]) -> None:
        self._members = members

    def text(self, name: str, pattern: re.Pattern[str] = REFERENCE) -> str:
        """Return a text that `pattern` describes."""
        value = self._members[name]
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Refused("request_malformed", f"{name} is not as described")
        return value

    def reference(self, name: str) -> str:
        """Return a text of the client's own that is kept for ten years: of nobody's number."""
        value = self.text(name)
        if has_person_number(value):
            raise Refused("request_malformed", f"{name} reads like a person's national number")
        return value

    def day(self, name: str, default: date) -> date:
        """Return a day, `default` when absent."""
        if name not in self._members:
            return default
        try:
            return date.fromisoformat(self.text(name, _DAY))
        except ValueError:
            raise Refused("request_malformed", f"{name} is no day") from None

    def choices(self, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list out of `known`, each once; none when absent."""
        values = self._members.get(name, [])
        if not isinstance(values, list) or any(value not in known for value in values):
            raise Refused("request_malformed", f"{name} is not as described")
        if len(set(values)) != len(values):
            raise Refused("request_malformed", f"{name} says one thing twice")
        return tuple(values)

    def subject(self) -> Subject | None:
        """Return the subject with its number checked; None when absent."""
        value = self._members.get("subject")
        if value is None and "subject" not in self._members:
            return None
        if (
            not isinstance(value, dict)
            or value.keys() != {"type", "value"}
            or not isinstance(value["value"], str)
        ):
            raise Refused("request_malformed", "subject has the members type and value, texts")
        try:
            return read_subject(SubjectType(value["type"]), value["value"])
        except (SubjectRefused, ValueError):
            raise Refused("request_malformed", "subject is not as described") from None

    def kind(self) -> str:
        """Return a kind of link that is in kinds.toml."""
        value = self._members["kind"]
        if not isinstance(value, str) or value not in KINDS:
            raise Refused("request_malformed", "kind is not as described")
        return value


def read_content(payload: bytes, *, needed: frozenset[str], optional: frozenset[str]) -> Members:
    """Return the members of a signed request's content, or refuse it with 400."""
    try:
        members = read_object(payload)
    except JsonRefused as refusal:
        raise Refused("request_malformed", f"The content is refused: {refusal.code}") from None
    if missing := sorted(needed - members.keys()):
        raise Refused("request_malformed", f"Missing members: {', '.join(missing)}")
    if members.keys() - needed - optional:
        raise Refused("request_malformed", "There are members that this request does not have")
    return Members(members)


def read_question(payload: bytes, operation: Operation, asker: Asker) -> Question:
    """Read the content of a signed request; refuse what is missing, unknown or ill-formed."""
    about = _ABOUT[operation]
    members = read_content(payload, needed=_ALWAYS | about | {"kind"}, optional=_OPTIONAL)
    kind, subject = members.kind(), members.subject()
    if subject is not None and subject.type != KINDS[kind].subject_type:
        raise Refused("request_malformed", "This kind has another type of subject")
    return Question(
        operation=operation,
        address=members.text("address", _ADDRESS) if "address" in about else None,
        subject=subject,
        kinds=(kind,),
        date=members.day("date", asker.today),
        fields=members.choices("fields", FIELDS),
        deliberation=members.reference("deliberation"),
        purpose=members.reference("purpose"),
        case=members.reference("caseReference"),
        end_user=members.reference("endUser"),
        correlation=members.reference("correlationId"),
        organisation=asker.organisation,
        client=asker.client,
    )
