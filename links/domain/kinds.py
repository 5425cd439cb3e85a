"""The kinds of links, read from kinds.toml: a new kind is an entry there and its test."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from links.domain.subjects import SubjectType


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What ties an address to a subject, where it comes from and how long it stays.

    source: enterprise number of the authentic source. purposes: domains that may ask at all.
    retention_days: after the end of a link. label: by language (nl, fr, de).
    """

    code: str
    sector: str
    subject_type: SubjectType
    source: str
    natural_person: bool
    retention_days: int
    purposes: frozenset[str]
    capacities: frozenset[str]
    label: Mapping[str, str]


def read_kinds(path: Path) -> Mapping[str, Kind]:
    """Return the kinds of a file by their code."""
    entries: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType({code: _read_kind(code, entry) for code, entry in entries.items()})


def _read_kind(code: str, entry: Mapping[str, Any]) -> Kind:
    values = dict(entry)
    return Kind(
        code=code,
        subject_type=SubjectType(values.pop("subject_type")),
        purposes=frozenset(_texts(values.pop("purposes"))),
        capacities=frozenset(_texts(values.pop("capacities"))),
        **values,  # a missing or unknown member is a TypeError here
    )


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError("purposes and capacities are lists of texts")
    return value


KINDS = read_kinds(Path(__file__).with_name("kinds.toml"))
SECTORS = tuple(sorted({kind.sector for kind in KINDS.values()}))
