"""A consultation as the person concerned may see it: the organisation, never who works there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from urllib.parse import quote

from links.citizen.texts import TEXTS
from links.domain.kinds import KINDS

SYSTEM: Final = "best-links"
OFFICIAL_LANGUAGES: Final = ("nl", "fr", "de")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One look at one kind of link of one person, without number, officer or case."""

    reference: str
    at: datetime
    kind: str
    organisation: str
    organisation_name: str
    contact: str
    deliberation: str
    version: int
    basis: str
    purpose: str
    purpose_text: Mapping[str, str]
    source: str
    source_name: str | None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Make one of a row of links.list_usages."""
        return cls(**{**row, "reference": row["reference"].hex()})

    def list_purposes(self, language: str) -> list[tuple[str, str]]:
        """The purpose in `language`; in every official language when it was not decided in it."""
        if text := self.purpose_text.get(language):
            return [(language, text)]
        texts = ((name, self.purpose_text.get(name, "")) for name in OFFICIAL_LANGUAGES)
        return [(name, text) for name, text in texts if text] or [(language, self.purpose)]

    def make_body(self, language: str, urls: "Urls") -> dict[str, Any]:
        """JSON in the shape of Estonia's Data Tracker, with what its critics missed."""
        return {
            "logtime": self.at,
            "action": self.list_purposes(language)[0][1],
            "receiverCode": self.organisation,
            "receiverName": self.organisation_name,
            "receiverSystem": SYSTEM,
            "senderCode": self.source,
            "senderName": self.source_name,
            "category": {"code": self.kind, "label": name_kind(self.kind, language)},
            "deliberation": {
                "id": self.deliberation,
                "version": self.version,
                "basis": self.basis,
                "purpose": self.purpose,
                "href": urls.deliberations,
            },
            "dataProtectionOfficer": self.contact,
            "reference": self.reference,
            "complaint": urls.make_complaint(self.reference),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Where the citizen API and the public side are, with the published deliberations."""

    citizen: str
    register: str

    @property
    def deliberations(self) -> str:
        """Return where deliberations are published."""
        return f"{self.register}/transparency/deliberations.json"

    def make_address(self, identifier: str) -> str:
        """Return where the public side says what an address is."""
        return f"{self.register}/v1/addresses/{quote(identifier, safe='')}"

    def make_complaint(self, reference: str) -> str:
        """Return the page on which to complain about one consultation."""
        return f"{self.citizen}/complaint?about={reference}"


def name_kind(code: str, language: str) -> str:
    """Return the label of a kind of link, or its code where nobody has named it yet."""
    if language == "en":
        english: dict[str, str] = TEXTS["en"]["kinds"]
        return english.get(code, code)
    return KINDS[code].label.get(language, code) if code in KINDS else code


def name_capacity(code: str, language: str) -> str:
    """Return the word for a capacity, or its code where nobody has named it yet."""
    words: dict[str, str] = TEXTS[language]["capacities"]
    return words.get(code, code)
