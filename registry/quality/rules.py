"""The catalogue of rules: what each looks for, why it matters, and how the owner mends it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("rules.toml")
LANGUAGES = ("nl", "fr", "de", "en")


class Severity(StrEnum):
    """How much a finding matters; a remark leaves the score as it is."""

    ERROR = "error"
    WARNING = "warning"
    REMARK = "remark"


class RuleKind(StrEnum):
    """When a rule is applied: to a file that is read, in its publication, or after it."""

    FILE = "file"
    PUBLICATION = "publication"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A rule in one language: its name, what it means, what its owner can do."""

    title: str
    explanation: str
    mending: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule on the register's data; `accepted` and `rejected` are examples in a few words."""

    id: str
    severity: Severity
    resource: str
    kind: RuleKind
    texts: Mapping[str, RuleText]
    accepted: str
    rejected: str


@cache
def list_rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of the catalogue."""
    with _TABLE.open("rb") as file:
        table = tomllib.load(file)
    return tuple(
        Rule(
            id=rule_id,
            severity=Severity(fields["severity"]),
            resource=fields["resource"],
            kind=RuleKind(fields["kind"]),
            texts={language: RuleText(**fields[language]) for language in LANGUAGES},
            accepted=fields["accepted"],
            rejected=fields["rejected"],
        )
        for rule_id, fields in table.items()
    )


def find_rule(rule_id: str) -> Rule | None:
    """Return the rule of an id, if there is one."""
    return next((rule for rule in list_rules() if rule.id == rule_id), None)
