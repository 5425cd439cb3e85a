"""Read a proposal: a JSON or TOML file with the members that will be published and signed."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from links.domain.deliberation import (
    BasisKind,
    Content,
    Direction,
    Disclosure,
    PurposeText,
    Visibility,
    to_member,
)
from links.domain.kinds import KINDS
from links.domain.question import REFERENCE
from registry.domain.errors import InputRefused

_LANGUAGES = {"nl", "fr", "de"}
_OPTIONAL = {"territory", "validTo"}


def read_proposal(path: Path, version: int = 1) -> Content:
    """Read a file; InputRefused names the member that is missing, unknown or wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:
        raise InputRefused(f"{path} cannot be read as JSON or TOML: {error}") from None
    if not isinstance(document, dict):
        raise InputRefused(f"{path} must hold one object with the members of a deliberation.")
    return make_proposal_content(document, version)


def make_proposal_content(document: Mapping[str, Any], version: int) -> Content:
    """Make the content of a document in camelCase; unknown members are refused, not ignored."""
    unknown = sorted(document.keys() - READERS.keys())
    missing = sorted(READERS.keys() - document.keys() - _OPTIONAL)
    if unknown or missing:
        said = [f"unknown: {', '.join(unknown)}"] if unknown else []
        said += [f"missing: {', '.join(missing)}"] if missing else []
        raise InputRefused(f"Members of the proposal {'; '.join(said)}.")
    values = {member: _read(member, document.get(member)) for member in READERS}
    content = Content(version=version, **{_MEMBERS[member]: values[member] for member in values})
    _check_kinds(content)
    return content


def _read(member: str, value: Any) -> Any:
    if value is None and member in _OPTIONAL:
        return None
    try:
        return READERS[member](value)
    except (ValueError, TypeError, KeyError) as error:
        raise InputRefused(f"{member}: {error}") from None


def _check_kinds(content: Content) -> None:
    for code in content.kinds:
        kind = KINDS.get(code)
        if kind is None or kind.sector != content.sector:
            raise InputRefused(f"kinds: {code} is not a kind of sector {content.sector}.")
        if content.domain not in kind.purposes:
            allowed = ", ".join(sorted(kind.purposes))
            raise InputRefused(f"domain: {code} may be asked for {allowed} only.")


def _read_text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 2000 or not value.isprintable():
        raise ValueError("must be a text on one line, of 1 to 2,000 characters")
    return value


def _read_code(value: Any) -> str:
    if not isinstance(value, str) or not REFERENCE.fullmatch(value):
        raise ValueError("must be letters, digits, spaces and ./:_- only, 64 at most")
    return value


def _read_digest(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError("must be a SHA-256 in lowercase hexadecimal")
    return value


def _read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("must be true or false")
    return value


def _read_day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _read_codes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(set(map(str, value))) != len(value):
        raise ValueError("must be a list of different texts")
    return tuple(sorted(_read_code(one) for one in value))


def _read_purpose_text(value: Any) -> PurposeText:
    if not isinstance(value, dict) or value.keys() != _LANGUAGES:
        raise ValueError("must hold nl, fr and de")
    return PurposeText(**{language: _read_text(text) for language, text in value.items()})


def _make_choice(choices: type[StrEnum]) -> Callable[[Any], StrEnum]:
    def read(value: Any) -> StrEnum:
        if value not in [*choices]:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return choices(value)

    return read


def _make_count(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"must be a whole number of {least} to {most:,}")
        return value

    return read


READERS: dict[str, Callable[[Any], Any]] = {
    "id": _read_code,
    "organisation": _read_code,
    "basisKind": _make_choice(BasisKind),
    "basisReference": _read_text,
    "documentSha256": _read_digest,
    "domain": _read_code,
    "purpose": _read_code,
    "purposeText": _read_purpose_text,
    "direction": _make_choice(Direction),
    "disclosure": _make_choice(Disclosure),
    "sector": _read_code,
    "kinds": _read_codes,
    "fields": _read_codes,
    "territory": _read_codes,
    "historyDays": _make_count(0, 36_525),
    "validFrom": _read_day,
    "validTo": _read_day,
    "requiresDossier": _read_flag,
    "maxPerAnswer": _make_count(1, 100),
    "quotaHour": _make_count(1, 1_000_000),
    "quotaDay": _make_count(1, 1_000_000),
    "quotaAddressesDay": _make_count(1, 1_000_000),
    "protectedOk": _read_flag,
    "citizenVisibility": _make_choice(Visibility),
    "deferDays": _make_count(0, 36_525),
    "combines": _read_codes,
}
"""What a proposal says, member by member; its version is counted by the database."""

_MEMBERS = {to_member(f.name): f.name for f in fields(Content)}
