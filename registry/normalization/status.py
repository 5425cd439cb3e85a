"""Statuses: the words of every format as BeSt's four: proposed, current, retired, reserved."""

import re
from functools import lru_cache

_WORDS = {
    "proposed": ("proposed", "voorgesteld"),
    "current": ("current", "ingebruik"),
    "retired": ("retired", "gehistoreerd", "archived", "rejected", "afgekeurd"),
    "reserved": ("reserved", "gereserveerd"),
}
_SPELLINGS = {spelling: word for word, spellings in _WORDS.items() for spelling in spellings}
_NOT_LETTERS = re.compile(r"[\W\d_]+")


@lru_cache(maxsize=256)
def normalize_status(text: str) -> str:
    """Return BeSt's word for a status (`InGebruik` is current, `archived` retired), else as met.

    Flanders publishes a rejected address as retired in BeSt, so it is here.
    """
    met = text.strip()
    tail = met.rstrip("/").rpartition("/")[2]  # INSPIRE and OSLO name a status by an address
    word = _NOT_LETTERS.sub("", tail).casefold()
    return _SPELLINGS.get(word, met)
