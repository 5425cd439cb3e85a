"""Beginnings of terms that a misspelled one may stand for."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from registry.search.suggestion_words import SHORTEST_MENDED


def list_respelled(terms: Sequence[str], text: str, shortest: int = SHORTEST_MENDED) -> list[str]:
    """Return the beginnings of terms that are one edit away from a text.

    The first letter stands, and words of fewer letters than `shortest` are misspellings of none.
    What is asked for begins no term, so the edit is not behind the longest beginning that does.
    """
    found: dict[str, None] = {}
    for place in range(1, _reach(terms, text) + 1):
        if _count_letters(text, place) < shortest:
            continue
        head, tail = text[:place], text[place:]
        edits = [head + tail[1:], head + tail[1:2] + tail[:1] + tail[2:]]
        for letter in _list_next(terms, head):
            edits += (head + letter + tail[1:], head + letter + tail)
        found |= {edit: None for edit in edits if edit != text and _begins(terms, edit)}
    return list(found)


def _reach(terms: Sequence[str], text: str) -> int:
    length = 0
    while length < len(text) and _begins(terms, text[: length + 1]):
        length += 1
    return min(length, len(text) - 1)


def _begins(terms: Sequence[str], text: str) -> bool:
    place = bisect_left(terms, text)
    return place < len(terms) and terms[place].startswith(text)


def _list_next(terms: Sequence[str], head: str) -> Iterator[str]:
    """Yield the letters that follow a beginning in terms."""
    place = bisect_left(terms, f"{head}a")
    while place < len(terms) and terms[place].startswith(head):
        letter = terms[place][len(head)]
        yield letter
        place = bisect_left(terms, head + chr(ord(letter) + 1), place)


def _count_letters(text: str, place: int) -> int:
    """Return the length of the word around a place, 0 when it holds a digit."""
    begin = text.rfind(" ", 0, place) + 1
    end = text.find(" ", place)
    word = text[begin : end if end >= 0 else len(text)]
    return len(word) if word.isalpha() and begin < place else 0
