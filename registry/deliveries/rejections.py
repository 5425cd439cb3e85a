"""What makes a delivery as a whole rejected, and the guards' names, in four languages."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from registry.deliveries.guards import Guard
from registry.quality.rules import LANGUAGES, RuleText

_TABLE = Path(__file__).with_name("rejections.toml")


class Rejection(StrEnum):
    """A reason to reject a delivery; the ids stand beside those of the quality rules."""

    UNREADABLE_FILE = "unreadableFile"
    OTHER_REGION = "otherRegion"
    KIND_NOT_AUTHORISED = "kindNotAuthorised"
    CHECKSUM_DIFFERS = "checksumDiffers"
    COUNTS_DIFFER = "countsDiffer"
    COMPLETENESS_DIFFERS = "completenessDiffers"
    EXTRACTION_TIME_DIFFERS = "extractionTimeDiffers"
    OLDER_THAN_REGISTER = "olderThanRegister"


@cache
def read_texts(rejection: Rejection) -> Mapping[str, RuleText]:
    """Return by language what a rejection means and how its owner mends it."""
    fields = _read_table()["rejections"][rejection]
    return {language: RuleText(**fields[language]) for language in LANGUAGES}


def read_title(guard: Guard) -> Mapping[str, str]:
    """Return by language what a guard counts."""
    title: Mapping[str, str] = _read_table()["guards"][guard]
    return title


@cache
def _read_table() -> dict[str, Any]:
    with _TABLE.open("rb") as file:
        return tomllib.load(file)
