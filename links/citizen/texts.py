"""The texts of page and notices by language, and how a language is chosen."""

import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

LANGUAGES: Final = ("nl", "fr", "de", "en")
TEXTS: Final[dict[str, dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "texts.toml").read_text(encoding="utf-8")
)
_BRUSSELS: Final = ZoneInfo("Europe/Brussels")
_RANGE: Final = re.compile(r"([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,20})?(?:;q=([01](?:\.\d{0,3})?))?")


def choose_language(accept_language: str) -> str:
    """Return the language that the header prefers among ours; Dutch if it names none of them."""
    best, weight = LANGUAGES[0], 0.0
    for part in accept_language[:500].split(","):
        found = _RANGE.fullmatch(part.strip().replace(" ", ""))
        if found and found[1].lower() in LANGUAGES and float(found[2] or 1) > weight:
            best, weight = found[1].lower(), float(found[2] or 1)
    return best


def format_moment(moment: datetime, language: str) -> str:
    """Write a moment as a clock in Brussels shows it."""
    return moment.astimezone(_BRUSSELS).strftime(TEXTS[language]["moment_format"])


def format_day(day: date | None, language: str) -> str:
    """Write a day, or the word for an open end."""
    return day.strftime(TEXTS[language]["day_format"]) if day else TEXTS[language]["open_end"]
