"""Street keys by how they are spelled: within one edit or two, and by how they begin.

Keys are compared glued, without their spaces, so that split and joined words differ by nothing.
An edit is a letter more, less, other, or two neighbours exchanged (optimal string alignment).

One edit: texts that differ by one have a text in common when one letter is left out of either
(symmetric deletion, as in SymSpell). Two edits: an edit changes the count of at most two letters,
so that keys whose letters differ by more are passed over, without looking at any one of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

_LONGEST_BEGIN = 13
"""Letters of a beginning that are looked up; what follows is compared."""
_LENGTH_BITS = 4
_LENGTHS = (1 << _LENGTH_BITS) - 1
_AFTER_ALL = "\U0010ffff"
_LETTERS = {letter: bit for bit, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
_OTHERS = 12


def list_deletions(word: str) -> Iterator[str]:
    """Yield a word, and the word without each of its letters."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def make_signature(word: str) -> int:
    """Return bits that say which letters are there, once and twice; an edit changes at most two.

    a to z have two bits each, all others share twelve by their code.
    """
    once = twice = 0
    for letter in word:
        bit = 1 << _LETTERS.get(letter, 26 + ord(letter) % (_OTHERS // 2))
        twice |= once & bit
        once |= bit
    return once | twice << 32


def make_spelling_arrays(keys: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return what Spelling needs besides the keys, to be kept with them."""
    glued = _glue(keys)
    order = np.array(sorted(range(len(keys)), key=glued.__getitem__), np.uint32)
    lengths = np.array([len(word) for word in glued], np.int64)
    by_length = np.argsort(lengths, kind="stable").astype(np.uint32)
    signatures = np.array([make_signature(word) for word in glued], np.uint64)
    longest = int(lengths.max(initial=0))
    return {
        "order": order,
        "by_length": by_length,
        "signatures": signatures[by_length],
        "first_of_length": np.searchsorted(lengths[by_length], np.arange(longest + 2)).astype(
            np.uint32
        ),
        **_make_deletions("keys", enumerate(glued)),
        **_make_deletions("begins", _list_begins([glued[k] for k in order.tolist()])),
    }


def _glue(keys: Iterable[str]) -> list[str]:
    return [key.replace(" ", "") for key in keys]


def _list_begins(in_order: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield each beginning once, with where the keys that have it start and how long it is."""
    before = ""
    for place, word in enumerate(in_order):
        for length in range(1, min(len(word), _LONGEST_BEGIN) + 1):
            if word[:length] != before[:length]:
                yield place << _LENGTH_BITS | length, word[:length]
        before = word


def _make_deletions(name: str, words: Iterable[tuple[int, str]]) -> dict[str, NDArray[Any]]:
    """Return a table of values by the hash of what is left of their words: slots, hashes, values.

    A slot holds about one hash; slots are a power of two, and the hash's first bits choose one.
    """
    hashes, values = array("I"), array("I")
    for value, word in words:
        left = set(list_deletions(word))
        hashes.extend([crc32(text.encode()) for text in left])
        values.extend([value] * len(left))
    bits = max(len(hashes).bit_length(), 1)
    of_hash = np.frombuffer(hashes, np.uint32) if hashes else np.zeros(0, np.uint32)
    of_value = np.frombuffer(values, np.uint32) if values else np.zeros(0, np.uint32)
    order = np.argsort(of_hash, kind="stable")
    firsts = np.arange((1 << bits) + 1, dtype=np.uint64) << np.uint64(32 - bits)
    return {
        f"{name}_slots": np.searchsorted(of_hash[order], firsts).astype(np.uint32),
        f"{name}_hashes": of_hash[order],
        f"{name}_values": of_value[order],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deletions:
    slots: memoryview
    hashes: memoryview
    values: memoryview
    shift: int

    @classmethod
    def make(cls, name: str, arrays: Mapping[str, memoryview]) -> _Deletions:
        slots, hashes, values = (arrays[f"{name}_{one}"] for one in ("slots", "hashes", "values"))
        shift = 32 - (len(slots) - 1).bit_length() + 1
        return cls(slots=slots, hashes=hashes, values=values, shift=shift)

    def list_candidates(self, word: str) -> set[int]:
        """Return the values of all words within one edit, and of few others."""
        slots, hashes, values, shift = self.slots, self.hashes, self.values, self.shift
        found = set()
        for text in list_deletions(word):
            hashed = crc32(text.encode())
            slot = hashed >> shift
            for place in range(slots[slot], slots[slot + 1]):
                if hashes[place] == hashed:
                    found.add(values[place])
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """Keys by spelling; `k` is a key's place in the sequence it was made of.

    Words that are asked may have spaces: they are glued as the keys are.
    """

    glued: Sequence[str]
    """In order of `k`."""
    in_order: Sequence[str]
    """The same in alphabetical order; `order` has the `k` of each."""
    order: memoryview
    by_length: NDArray[np.uint32]
    signatures: NDArray[np.uint64]
    first_of_length: memoryview
    keys: _Deletions
    begins: _Deletions

    @classmethod
    def make(cls, keys: Sequence[str]) -> Spelling:
        """Make it of keys that no index keeps."""
        return cls.load(keys, {n: a.data for n, a in make_spelling_arrays(keys).items()})

    @classmethod
    def load(cls, keys: Sequence[str], arrays: Mapping[str, memoryview]) -> Spelling:
        """Make it of keys and what make_spelling_arrays made of them."""
        glued = _glue(keys)
        return cls(
            glued=glued,
            in_order=[glued[k] for k in arrays["order"]],
            order=arrays["order"],
            by_length=np.asarray(arrays["by_length"]),
            signatures=np.asarray(arrays["signatures"]),
            first_of_length=arrays["first_of_length"],
            keys=_Deletions.make("keys", arrays),
            begins=_Deletions.make("begins", arrays),
        )

    def find(self, word: str, most_edits: int = 1) -> list[tuple[int, int]]:
        """Return (k, edits) of the keys within so many edits, the nearest first, then by k."""
        glued = word.replace(" ", "")
        if most_edits <= 1:
            return self.find_among(glued, self.keys.list_candidates(glued), most_edits)
        return self.find_among(glued, self._list_alike(glued, most_edits), most_edits)

    def _list_alike(self, word: str, most_edits: int) -> list[int]:
        """Return keys of about this length and these letters."""
        first = self.first_of_length
        shortest = min(max(len(word) - most_edits, 0), len(first) - 1)
        longest = min(len(word) + most_edits + 1, len(first) - 1)
        some = slice(first[shortest], first[longest])
        differing = np.bitwise_count(self.signatures[some] ^ np.uint64(make_signature(word)))
        ks: list[int] = self.by_length[some][differing <= 2 * most_edits].tolist()
        return ks

    def find_among(self, word: str, ks: Iterable[int], most_edits: int) -> list[tuple[int, int]]:
        """Return (k, edits) of those of `ks` within so many edits, the nearest first, then by k."""
        ks, glued = list(ks), self.glued
        near = extract(
            word.replace(" ", ""),
            [glued[k] for k in ks],
            scorer=OSA.distance,
            score_cutoff=most_edits,
            limit=None,
        )
        ranked = sorted((int(distance), ks[place]) for _, distance, place in near)
        return [(k, distance) for distance, k in ranked]

    def find_prefix(self, word: str, most_edits: int = 1) -> list[tuple[memoryview, int]]:
        """Return slices of `k`, alphabetical, of the keys that begin with a word, and the edits.

        What begins as asked comes first; no key is in two slices. At most one edit.
        """
        word = word.replace(" ", "")
        exact = self._find_range(word)
        slices = [(self.order[exact.start : exact.stop], 0)] if exact else []
        if most_edits < 1:
            return slices
        after = 0
        for one in sorted(self._list_begun_alike(word), key=lambda one: (one.start, one.stop)):
            for first, end in (
                (one.start, min(one.stop, exact.start)),
                (
                    max(one.start, exact.stop),
                    one.stop,
                ),
            ):
                if max(first, after) < end:
                    slices.append((self.order[max(first, after) : end], 1))
                    after = end
        return slices

    def _find_range(self, begin: str) -> range:
        first = bisect_left(self.in_order, begin)
        return range(first, bisect_left(self.in_order, begin + _AFTER_ALL, first))

    def _list_begun_alike(self, word: str) -> Iterator[range]:
        """Yield ranges of places whose keys begin with the word but for one edit."""
        begun = word[: _LONGEST_BEGIN - 1]
        for value in self.begins.list_candidates(begun):
            begin = self.in_order[value >> _LENGTH_BITS][: value & _LENGTHS]
            if OSA.distance(begun, begin, score_cutoff=1) > 1:
                continue
            places = self._find_range(begin)
            if begun == word:
                yield places
            else:
                yield from (range(p, p + 1) for p in places if self._begins_alike(p, word))

    def _begins_alike(self, place: int, word: str) -> bool:
        key = self.in_order[place]
        lengths = range(len(word) - 1, len(word) + 2)
        return any(OSA.distance(word, key[:length], score_cutoff=1) <= 1 for length in lengths)
