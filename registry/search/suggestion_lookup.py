"""Streets and places whose names begin as what was typed, in stages, the likeliest first."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry.search.suggestion_answers import Kind, Near
from registry.search.suggestion_index import (
    GRADE_SHIFT,
    RANK_MASK,
    SuggestionIndex,
)
from registry.search.suggestion_postings import Ranks, find_begun, find_postings, join
from registry.search.suggestion_spelling import list_respelled
from registry.search.suggestion_words import (
    SMALL_WORDS,
    TYPE_WORDS,
    Words,
    drop_small_words,
    mend_words,
)

Mask = NDArray[np.bool_]
Found = tuple[int, Kind, int]
"""A key to sort by, a kind, and which: `s`, `m`, or a postal code."""

MOST_FOUND = 64
"""Of one stage: more than anybody is shown, so that what is shown hangs on no limit."""
_FAR = RANK_MASK
_TWO = 2
_LONGEST_PLACE = 6
"""Words of a place with its postal code."""
_LONGEST_MISSPELLED = 4
"""Words of a place that is not written right."""
_AROUND = 5_000
"""Metres: what is there is enough when very many names fit."""
_VERY_MANY = 10_000


class Lookup:
    """Looks up within a mask by rank (None: everywhere), nearest first when asked from somewhere.

    Keys are `grade << 24 | rank`, from somewhere `grade << 48 | metres << 24 | rank`.
    """

    def __init__(
        self, tables: SuggestionIndex, mask: Mask | None, near: Near | None, distances: Any = None
    ) -> None:
        self._tables = tables
        self._mask = mask
        self._near = near
        self._distances = distances
        if near is not None and distances is None:
            self._distances = _measure(tables, near)

    def list_stages(self, words: Words, *, is_number: bool = False) -> Iterator[list[Found]]:
        """Yield streets and places that fit in order: the street first, then the place first.

        `is_number`: digits at the end are no beginning of a postal code.
        """
        yield self._find_in_order(words, is_number=is_number)
        yield from self._find_after_place(words)
        yield self._find_all_of_place(words)

    def list_loose_stages(self, words: Words) -> Iterator[list[Found]]:
        """Yield what fits when words are left out, split or glued, and in any order."""
        yield self._find_reworded(words)
        yield self._find_in_any_order(words)

    def find_respelled(self, words: Words) -> list[Found]:
        """Return streets that fit when one letter is wrong, missing, too many or swapped."""
        mended = mend_words(words)
        if mended != words and (found := self._find_in_order(mended)):
            return found
        found = list(self._respell(words, whole=False))
        for split in range(1, len(words)):
            head, tail = words.head(split), words.tail(split)
            found += self._respell_one_of(head, tail, is_whole=True)
            found += self._respell_one_of(tail, head, is_whole=False)
        return sorted(found)

    def _respell_one_of(self, street: Words, place: Words, *, is_whole: bool) -> list[Found]:
        """Return what fits when the street or its place is misspelled, then when both are."""
        area = self.find_area(place, whole=not place.is_open)
        if area is not None:
            return self._within(area)._respell(street, whole=is_whole)
        area = self._respell_area(place) if len(place) <= _LONGEST_MISSPELLED else None
        if area is None or not len(area):
            return []
        starts = [street.closed()] if is_whole else street.starts()
        within = self._within(area)
        return within._find_names(starts) or within._respell(street, whole=is_whole)

    def _respell_area(self, words: Words) -> Ranks:
        terms = self._tables.areas
        texts = words.starts() if words.is_open else [words.closed()]
        starts = [start for text in texts for start in list_respelled(terms.texts, text, 4)]
        return join([find_begun(terms, start) for start in starts])

    def find_nearest(self) -> list[Found]:
        """Return the streets around, the nearest first."""
        if self._distances is None:
            return []
        around = np.flatnonzero(self._distances < _AROUND).astype(np.uint32)
        return self._list_streets(around)

    def _find_in_order(self, words: Words, *, is_number: bool = False) -> list[Found]:
        """A street, then perhaps its place; or a place."""
        found = self._find_names(words.starts())
        for split in range(len(words) - 1, max(0, len(words) - 1 - _LONGEST_PLACE), -1):
            if is_number and split == len(words) - 1 and _is_begun_code(words):
                continue
            postings = find_postings(self._tables.names, words.head(split).closed())
            if len(postings):
                place = self.find_area(words.tail(split))
                if place is not None:
                    found += self._within(place)._list_streets(postings)
        return sorted([*found, *self._find_places(words)])

    def _find_after_place(self, words: Words) -> Iterator[list[Found]]:
        """A place by its whole name, then a street: the longest that may be one goes first."""
        for split in range(1, min(len(words), _LONGEST_PLACE + 1)):
            place = self.find_area(words.head(split), whole=True)
            if place is not None:
                found = self._within(place)._find_in_order(words.tail(split))
                yield [one for one in found if one[1] is Kind.STREET_NAME]

    def _find_all_of_place(self, words: Words) -> list[Found]:
        """The streets of a place, when nothing of one is begun."""
        place = None if words.is_open else self.find_area(words, whole=True)
        return [] if place is None else self._list_streets(np.sort(place))

    def _find_reworded(self, words: Words) -> list[Found]:
        plain = Words(words=drop_small_words(words.words), is_open=words.is_open)
        found = self._find_in_order(plain) if plain != words else []
        if len(words) > 1:
            glued = Words(words=("".join(words.words),), is_open=words.is_open)
            found += self._find_names(glued.starts())
        return sorted(found)

    def _find_in_any_order(self, words: Words) -> list[Found]:
        """Every word begins a word of the street or of its place, at least one of the street."""
        if len(words) < _TWO:
            return []
        small = SMALL_WORDS | TYPE_WORDS
        last = words.words[-1] if words.is_open else ""
        telling = [w for w in words.words if w not in small and (len(w) > 1 or w == last)]
        if not telling:
            return []
        left = np.ones(len(self._tables.streets), np.bool_)
        named = np.zeros_like(left)
        for word in sorted(telling, key=len, reverse=True):
            is_last = words.is_open and word == words.words[-1]
            starts = Words(words=(word,), is_open=True).starts() if is_last else (word,)
            names = join([find_begun(self._tables.names, start) for start in starts]) & RANK_MASK
            areas = join([find_begun(self._tables.areas, start) for start in starts])
            ranks = np.concatenate((names, areas))
            ranks = ranks[left[ranks]]
            named[names] = True
            left = np.zeros_like(named)
            left[ranks] = True
        return self._list_streets(np.flatnonzero(left & named).astype(np.uint32))

    def _find_names(self, starts: Sequence[str]) -> list[Found]:
        tops = self._tables.tops
        if self._mask is None and self._distances is None:
            parts = [
                tops[start] if start in tops else find_begun(self._tables.names, start)
                for start in starts
            ]
        else:
            parts = [find_begun(self._tables.names, start) for start in starts]
        return self._list_streets(join(parts))

    def _list_streets(self, postings: NDArray[Any]) -> list[Found]:
        """Return the best of the postings, each street once."""
        if not len(postings):
            return []
        ranks: NDArray[Any] = postings & RANK_MASK
        if self._mask is not None:
            kept = self._mask[ranks]
            postings, ranks = postings[kept], ranks[kept]
        if self._distances is not None:
            postings = self._put_nearest_first(postings, ranks)
        if len(postings) > _MOST_TWICE:
            postings = np.partition(postings, _MOST_TWICE)[:_MOST_TWICE]
        best: dict[int, int] = {}
        for key in np.sort(postings).tolist():
            best.setdefault(key & RANK_MASK, key)
            if len(best) == MOST_FOUND:
                break
        streets = self._tables.streets[list(best)].tolist()
        return [(key, Kind.STREET_NAME, s) for key, s in zip(best.values(), streets, strict=True)]

    def _put_nearest_first(self, postings: NDArray[Any], ranks: NDArray[Any]) -> NDArray[np.uint64]:
        """Return keys with the distance; of very many postings those around, if they suffice."""
        metres = self._distances[ranks]
        if len(postings) > _VERY_MANY:
            around = (metres < _AROUND) & (postings <= RANK_MASK)
            if np.count_nonzero(around) > _MOST_TWICE:
                postings, ranks, metres = postings[around], ranks[around], metres[around]
        grades = (postings >> GRADE_SHIFT).astype(np.uint64) << np.uint64(2 * GRADE_SHIFT)
        keys: NDArray[np.uint64] = (
            grades | metres.astype(np.uint64) << np.uint64(GRADE_SHIFT) | ranks
        )
        return keys

    def _find_places(self, words: Words) -> list[Found]:
        """Return the municipalities and postal infos whose names begin so."""
        terms = self._tables.place_names
        starts = words.starts()
        if len(words) > 1 and is_code(words.words[0]) and self.find_area(words) is not None:
            starts = (*starts, f"{words.words[0]} ")
        found: dict[int, int] = {}
        for posting in np.sort(join([find_begun(terms, start) for start in starts])).tolist():
            found.setdefault(posting & RANK_MASK, posting >> GRADE_SHIFT)
        return [self._make_place(n, grade) for n, grade in found.items()]

    def _make_place(self, n: int, grade: int) -> Found:
        tables, place = self._tables, int(self._tables.places[n])
        kind = Kind.MUNICIPALITY if place >= 0 else Kind.POSTAL_INFO
        rank = int(tables.place_ranks[n])
        if self._near is None:
            return grade << GRADE_SHIFT | rank, kind, abs(place)
        x, y = float(tables.place_xs[n]), float(tables.place_ys[n])
        metres = min(int(np.hypot(x - self._near.x, y - self._near.y)), _FAR)
        return (grade << GRADE_SHIFT | metres) << GRADE_SHIFT | rank, kind, abs(place)

    def find_area(self, words: Words, *, whole: bool = False) -> Ranks | None:
        """Return the streets of the places that words name, None when they name none.

        A code and a name: where both are. `1050 Bruxelles` is written for all of the region.
        """
        found = self._find_named_area(words, whole=whole)
        if found is not None or len(words) < _TWO:
            return found
        for code, name in (
            (words.words[0], words.tail(1)),
            (words.words[-1], words.head(len(words) - 1)),
        ):
            if not is_code(code):
                continue
            coded = find_postings(self._tables.areas, f"{code} ")
            if len(coded) and (named := self._find_named_area(name, whole=whole)) is not None:
                is_named = np.zeros(len(self._tables.streets), np.bool_)
                is_named[named] = True
                both = coded[is_named[coded]]
                is_region = code.startswith("1") and name.words[0] in _BRUSSELS
                return both if len(both) else coded if is_region else None
        return None

    def _find_named_area(self, words: Words, *, whole: bool) -> Ranks | None:
        terms = self._tables.areas
        if whole:
            ranks = find_postings(terms, words.closed())
        else:
            ranks = join([find_begun(terms, start) for start in words.starts()])
        return ranks if len(ranks) else None

    def _within(self, ranks: Ranks) -> "Lookup":
        mask = np.zeros(len(self._tables.streets), np.bool_)
        mask[ranks] = True
        if self._mask is not None:
            mask &= self._mask
        return Lookup(self._tables, mask, self._near, self._distances)

    def _respell(self, words: Words, *, whole: bool) -> list[Found]:
        names = self._tables.names
        texts = [words.closed()] if whole else words.starts()
        starts = [start for text in texts for start in list_respelled(names.texts, text)]
        find = find_postings if whole else find_begun
        return self._list_streets(join([find(names, start) for start in starts]))


_BRUSSELS = ("brussel", "bruxelles", "brussels")
_MOST_TWICE = 4 * MOST_FOUND


def is_code(word: str) -> bool:
    """Whether a word looks like a postal code."""
    return len(word) == 4 and word.isascii() and word.isdigit()


def _is_begun_code(words: Words) -> bool:
    return words.words[-1].isdigit() and not is_code(words.words[-1])


def _measure(tables: SuggestionIndex, near: Near) -> Ranks:
    x, y = tables.xs - np.float32(near.x), tables.ys - np.float32(near.y)
    metres = np.sqrt(x * x + y * y)
    whole: Ranks = np.minimum(metres, _FAR).astype(np.uint32)
    return whole
