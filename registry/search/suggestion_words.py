"""What is typed, as words that can be looked up; the last one may be half typed.

A name is looked up by its key (street_name.make_street_key), in which `avenue` is `av` and
`kerkstraat` is `kerkstr`. So a half-typed word is looked up as it stands and as what it may
become: `aven` is also `av `, `kerkstra` also `kerkstr `. The space says that a word ends.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from registry.normalization.street_name import (
    list_long_forms,
    list_short_forms,
    shorten_phrases,
    shorten_words,
)
from registry.normalization.text import fold

MOST_WORDS = 10
_TABLE: Final[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
TYPE_WORDS: Final = frozenset(_TABLE["types"])
SMALL_WORDS: Final = frozenset(_TABLE["small"])
NUMBER_FORMS: Final[dict[str, tuple[str, ...]]] = {
    form: (digits, *forms)
    for digits, forms in _TABLE["numbers"].items()
    for form in (digits, *forms)
}
"""All ways to write a number, by each of them: xx, 20 and vingt."""
_BEFORE_NAMES = (
    (re.compile(r"\bheilige? (?=\w*$)"), "h "),
    (re.compile(r"\bk (?=\w*$)"), "kon "),
)


def _list_beginnings(forms: Mapping[str, str]) -> dict[str, str]:
    """Return short forms by the beginnings of the long ones: stra, straa and straat are str."""
    return {
        long[:length]: short
        for long, short in forms.items()
        for length in range(1, len(long) + 1)
        if not short.startswith(long[:length])
    }


_PHRASES = _list_beginnings(_TABLE["phrases"])
_ENDS = _list_beginnings(_TABLE["ends"])
_PHRASE_BEGINNINGS, _END_BEGINNINGS = tuple(_PHRASES), tuple(_ENDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Folded and shortened words; `is_open` when the last one may go on."""

    words: tuple[str, ...]
    is_open: bool

    def __len__(self) -> int:
        return len(self.words)

    def starts(self) -> tuple[str, ...]:
        """Return the beginnings of keys that the words may be the beginning of."""
        return list_starts(self.words, self.is_open)

    def closed(self) -> str:
        """Return the words as a whole key."""
        return f"{' '.join(self.words)} "

    def head(self, count: int) -> "Words":
        """Return the first words, whole ones."""
        return Words(words=self.words[:count], is_open=self.is_open and count >= len(self.words))

    def tail(self, begin: int) -> "Words":
        """Return the words from one on."""
        return Words(words=self.words[begin:], is_open=self.is_open)


@lru_cache(maxsize=4096)
def read_words(text: str, *, is_open: bool) -> Words:
    """Return the words of a text; the last one stays as typed when it may go on."""
    folded = fold(text)
    if not folded:
        return Words(words=(), is_open=False)
    if not is_open:
        return Words(words=_shorten(folded)[:MOST_WORDS], is_open=False)
    before, _, last = folded.rpartition(" ")
    words = (*(_shorten(before) if before else ()), last)
    return Words(words=words[:MOST_WORDS], is_open=len(words) <= MOST_WORDS)


def _shorten(folded: str) -> tuple[str, ...]:
    return tuple(write_y(shorten_words(shorten_phrases(folded))).split())


def write_y(text: str) -> str:
    """Write ij as y: Leijs is Leys, IJzer is Yser's neighbour."""
    return text.replace("ij", "y")


@lru_cache(maxsize=4096)
def list_starts(words: tuple[str, ...], is_open: bool) -> tuple[str, ...]:
    """Return the beginnings of keys for words; `r ` is a whole word, `r` any that begins so."""
    text = " ".join(words)
    if not is_open:
        return tuple(_drop_covered([f"{text} ", *_list_phrase_starts(f"{text} ")]))
    starts = [text, *_list_phrase_starts(text)]
    longer = [start for begun in starts for start in _list_word_starts(begun)]
    return tuple(_drop_covered([*map(write_y, starts), *longer]))


def _list_word_starts(text: str) -> Iterator[str]:
    """Yield what the last word may become: aven, av; kerkstra, kerkstr; dijk by way of di."""
    before, space, last = text.rpartition(" ")
    if not last:
        return
    for short in list_short_forms(last):
        yield f"{before}{space}{short} "
    if last.endswith(_END_BEGINNINGS):
        for begin, short in _ENDS.items():
            if last.endswith(begin):
                yield write_y(text.removesuffix(begin)) + f"{short} "
    if last.endswith("i"):
        yield f"{write_y(text[:-1])}y"


def _list_phrase_starts(text: str) -> Iterator[str]:
    if (short := write_y(shorten_phrases(text))) != text.rstrip():
        yield short  # onze lieve vrouwes
    for pattern, short in _BEFORE_NAMES:
        if pattern.search(text):
            yield write_y(pattern.sub(short, text))
    if text.endswith(_PHRASE_BEGINNINGS):
        for begin, short in _PHRASES.items():
            if text == begin or text.endswith(f" {begin}"):
                yield text.removesuffix(begin) + f"{short} "


def _drop_covered(starts: list[str]) -> Iterator[str]:
    """Leave out what begins with another: each key is found once."""
    kept: list[str] = []
    for start in sorted(starts, key=len):
        if not start.startswith(tuple(kept)):
            kept.append(start)
            yield start


def drop_small_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without those that people leave out; all of them if none would be left."""
    return tuple(word for word in words if word not in SMALL_WORDS) or words


def find_telling_word(words: tuple[str, ...]) -> int:
    """Return the place of the first word that says which street it is: loi of r de la loi."""
    for place, word in enumerate(words):
        if word not in SMALL_WORDS and (place > 0 or word not in TYPE_WORDS):
            return place
    return 0


SHORTEST_MENDED = 5
"""Letters of a word that may be a misspelling of another."""


def mend_words(words: Words) -> Words:
    """Return words with the short form of a misspelled long one: avneue, av; kerkstraet, kerkstr.

    Others are not changed: see suggestion_lookup.list_respelled.
    """
    mended = tuple(map(_mend_word, words.words))
    return Words(words=mended, is_open=words.is_open and mended[-1] == words.words[-1])


def _mend_word(word: str) -> str:
    if len(word) < SHORTEST_MENDED or not word.isalpha():
        return word
    near = process.extractOne(word, _list_mendable(), scorer=OSA.distance, score_cutoff=1)
    if near is not None:
        return shorten_words(near[0])
    if word.endswith(tuple(_TABLE["ends"])):
        return word
    ends: dict[str, str] = _TABLE["ends"]
    for end, short in ends.items():
        for length in (len(end) - 1, len(end), len(end) + 1):
            if len(word) > length and OSA.distance(word[-length:], end, score_cutoff=1) <= 1:
                return word[:-length] + short
    return word


@cache
def _list_mendable() -> tuple[str, ...]:
    return tuple(word for word in list_long_forms() if len(word) >= SHORTEST_MENDED)
