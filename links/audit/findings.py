"""What verification can find wrong, and where it begins."""

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum


class Rule(StrEnum):
    """What is wrong; an unanswered intent is told and is no fault of the log."""

    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "reordered"
    FORKED = "forked"
    MISPLACED = "misplaced"
    UNDECLARED = "undeclared"
    UNANSWERED = "unanswered"
    DELIVERED = "delivered"
    REQUEST = "request"
    DELIBERATION = "deliberation"
    CHECKPOINT = "checkpoint"
    COUNTS = "counts"


INTEGRITY = (Rule.EDITED, Rule.DELETED, Rule.REORDERED, Rule.FORKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong; of what follows from it, nothing is told."""

    rule: Rule
    organisation: str | None = None
    n: int | None = None
    text: str

    @property
    def is_notice(self) -> bool:
        """Whether it says nothing against the log: a process was ended in the middle."""
        return self.rule is Rule.UNANSWERED

    def __str__(self) -> str:
        place = f" organisation {self.organisation}" if self.organisation else ""
        record = f" record {self.n}" if self.n is not None else ""
        return f"{self.rule.upper()}{place}{record}: {self.text}"


class FirstFindings:
    """The first finding of each kind in a chain: what follows a broken record is broken by it."""

    __slots__ = ("_first", "_more", "organisation")

    def __init__(self, organisation: str) -> None:
        self.organisation = organisation
        self._first: dict[Rule, Finding] = {}
        self._more: Counter[Rule] = Counter()

    def add(self, rule: Rule, n: int | None, text: str) -> None:
        """Keep a finding unless there is one of its kind."""
        kind = Rule.EDITED if rule in INTEGRITY else rule
        if kind in self._first:
            self._more[kind] += 1
        else:
            self._first[kind] = Finding(rule=rule, organisation=self.organisation, n=n, text=text)

    def list_all(self) -> list[Finding]:
        """Return the findings, saying how many more of a kind there were."""
        return [
            replace(finding, text=f"{finding.text}; {more} more after it")
            if (more := self._more[kind])
            else finding
            for kind, finding in self._first.items()
        ]
