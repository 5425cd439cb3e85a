"""What suggestions are looked up in: the words of every street and place, sorted, as arrays.

A term is the end of a name from one of its words on, each word with a space behind it: `r de la
loi `, `la loi ` no (small words begin none), `loi `. What begins with a text is a slice of the
terms, and their postings are a slice too. A posting is `grade << 24 | rank`: smaller goes first.
The rank of a street is its place when all streets are sorted by number of addresses.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry.search.index import NO_POSITION, SearchIndex, Standing
from registry.search.places import Gazetteer, Meaning, NameKind
from registry.search.suggestion_postings import Numbers, Terms, find_slice, find_terms
from registry.search.suggestion_terms import list_name_terms, list_place_terms

GRADE_SHIFT = 24
RANK_MASK = (1 << GRADE_SHIFT) - 1
FORMER = 1
"""Added to twice the fit of a name that does not hold any more, or of a street that went."""

MOST_TOPS = 128
"""How many postings of a frequent beginning are kept ready, best first."""
_FREQUENT = 3_000
_PLACE_SHARE = 64
"""A place goes before the streets with fewer addresses than this part of its own."""
_A_NAME_IT_HAD = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionIndex:
    """All that suggest needs beside the SearchIndex.

    `streets` is `s` by rank; xs and ys metres by rank. `places` are codes, in order of rank:
    `m` of a municipality, or -code of a postal info. `place_ranks` is the rank that a place has
    among streets, xs and ys are of its biggest street. The postings of `areas` are ranks of the
    streets of a place, without grade.
    """

    names: Terms
    areas: Terms
    place_names: Terms
    tops: Mapping[str, Numbers]
    streets: Numbers
    municipalities: NDArray[np.uint16]
    xs: NDArray[np.float32]
    ys: NDArray[np.float32]
    places: NDArray[np.int32]
    place_ranks: Numbers
    place_xs: NDArray[np.float32]
    place_ys: NDArray[np.float32]
    by_object_number: Numbers


def make_suggestion_arrays(index: SearchIndex) -> dict[str, Any]:
    """Return the arrays, and lists of texts, that `open_suggestion_index` takes; by their names."""
    weights = count_addresses(index)
    ids = index.streets.public_ids
    streets = np.array(
        sorted(range(len(ids)), key=lambda s: (-int(weights[s]), len(ids[s]), ids[s])), np.uint32
    )
    ranks = np.empty_like(streets)
    ranks[streets] = np.arange(len(streets), dtype=np.uint32)
    areas = _collect_areas(index)
    places = _sort_places(index, areas, weights)
    biggest = [min((int(ranks[s]) for s in areas.get(place, ())), default=0) for place, _ in places]
    arrays: dict[str, Any] = {
        "streets": streets,
        "places": np.array([place for place, _ in places], np.int32),
        "place_ranks": _rank_places([weight for _, weight in places], weights[streets]),
        "biggest_streets": np.array(biggest, np.uint32),
        "by_object_number": np.argsort(
            np.frombuffer(index.addresses.object_numbers, np.int64), kind="stable"
        ).astype(np.uint32),
    }
    names = _pack(_post_names(index, ranks))
    numbers = {place: n for n, (place, _) in enumerate(places)}
    arrays |= _name("names", names)
    arrays |= _name("areas", _pack(_post_areas(index, areas, ranks)))
    arrays |= _name("place_names", _pack(_post_places(index, numbers)))
    tops = dict(_find_tops(names, ""))
    arrays["top_texts"] = list(tops)
    arrays["top_first"] = np.cumsum([0, *map(len, tops.values())], dtype=np.uint32)
    arrays["top_postings"] = np.concatenate([*tops.values(), np.zeros(0, np.uint32)])
    return arrays


def open_suggestion_index(index: SearchIndex, made: Mapping[str, Any]) -> SuggestionIndex:
    """Return what the arrays and texts of `make_suggestion_arrays` hold."""
    arrays: dict[str, Any] = {
        name: values if isinstance(values, list) else np.asarray(values)
        for name, values in made.items()
    }
    streets = arrays["streets"]
    xs = _to_metres(index.streets.middles_x)[streets]
    ys = _to_metres(index.streets.middles_y)[streets]
    bounds = pairwise(arrays["top_first"].tolist())
    return SuggestionIndex(
        names=_open_terms("names", arrays),
        areas=_open_terms("areas", arrays),
        place_names=_open_terms("place_names", arrays),
        tops={
            text: arrays["top_postings"][first:last]
            for text, (first, last) in zip(arrays["top_texts"], bounds, strict=True)
        },
        streets=streets,
        municipalities=np.frombuffer(index.streets.municipalities, np.uint16)[streets],
        xs=xs,
        ys=ys,
        places=arrays["places"],
        place_ranks=arrays["place_ranks"],
        place_xs=xs[arrays["biggest_streets"]],
        place_ys=ys[arrays["biggest_streets"]],
        by_object_number=arrays["by_object_number"],
    )


def _to_metres(millimetres: memoryview) -> NDArray[np.float32]:
    numbers = np.frombuffer(millimetres, np.int32)
    return np.where(numbers == NO_POSITION, np.float32(-1e6), numbers / 1000).astype(np.float32)


def _open_terms(name: str, arrays: Mapping[str, Any]) -> Terms:
    return Terms(
        texts=arrays[f"{name}_texts"],
        first=arrays[f"{name}_first"],
        postings=arrays[f"{name}_postings"],
    )


def _name(name: str, terms: Terms) -> dict[str, Any]:
    return {
        f"{name}_texts": terms.texts,
        f"{name}_first": terms.first,
        f"{name}_postings": terms.postings,
    }


def count_addresses(index: SearchIndex) -> NDArray[np.int64]:
    """Return how many addresses each street has that are, or will be."""
    standings = np.frombuffer(index.addresses.standings, np.uint8)
    streets = np.frombuffer(index.addresses.streets, np.uint32)
    return np.bincount(
        streets[standings < Standing.RETIRED], minlength=len(index.streets.public_ids)
    )


def _pack(posted: Mapping[str, Iterable[int]]) -> Terms:
    texts = sorted(posted)
    slices = [np.unique(np.fromiter(posted[text], np.uint32)) for text in texts]
    return Terms(
        texts=texts,
        first=np.fromiter(accumulate(map(len, slices), initial=0), np.uint32),
        postings=np.concatenate([*slices, np.zeros(0, np.uint32)]),
    )


def _post_names(index: SearchIndex, ranks: Numbers) -> dict[str, list[int]]:
    """Return the postings of streets by term."""
    names, standings = index.names, index.streets.standings
    posted: defaultdict[str, list[int]] = defaultdict(list)
    rank_of = ranks.tolist()
    for k, key in enumerate(names.keys):
        found: list[tuple[int, int]] = []
        for entry in range(names.first_entries[k], names.first_entries[k + 1]):
            s = names.streets[entry]
            is_former = names.formers[entry] == _A_NAME_IT_HAD or standings[s] >= Standing.RETIRED
            found.append((FORMER if is_former else 0, rank_of[s]))
        for term, fit in list_name_terms(key).items():
            posted[term].extend((2 * fit + former) << GRADE_SHIFT | rank for former, rank in found)
    return posted


def _collect_areas(index: SearchIndex) -> dict[int, set[int]]:
    """Return the streets of each place: `m` of a municipality, -code of a postal code."""
    areas: defaultdict[int, set[int]] = defaultdict(set)
    streets = index.streets
    for s, m in enumerate(streets.municipalities):
        areas[m].add(s)
        for code in streets.codes[streets.first_codes[s] : streets.first_codes[s + 1]]:
            areas[-code].add(s)
    return areas


def _collect_parts(index: SearchIndex) -> dict[int, set[int]]:
    """Return the streets with addresses in each part of a municipality."""
    parts = np.frombuffer(index.addresses.parts, np.uint16)
    (rows,) = np.nonzero(parts)
    streets = np.frombuffer(index.addresses.streets, np.uint32)[rows]
    found: defaultdict[int, set[int]] = defaultdict(set)
    for pair in np.unique(parts[rows].astype(np.int64) << 32 | streets).tolist():
        found[pair >> 32].add(pair & 0xFFFFFFFF)
    return found


def _post_areas(
    index: SearchIndex, areas: Mapping[int, set[int]], ranks: Numbers
) -> dict[str, set[int]]:
    """Return the ranks of the streets of a place by each term of its name, and by its code."""
    parts, rank_of = _collect_parts(index), ranks.tolist()
    posted: defaultdict[str, set[int]] = defaultdict(set)
    gazetteer = Gazetteer(index)
    for code, names in gazetteer.shared.items():  # 1050 Elsene, of Brussels
        for term in {term for name in names for term, _ in list_place_terms(name)}:
            posted[term].update(rank_of[s] for s in areas.get(-code, ()))
    for name, meanings in gazetteer.meanings.items():
        found: set[int] = set()
        for meaning in meanings:
            within = areas[meaning.municipality]
            some = [areas.get(-code, set()) for code in meaning.codes]
            some += [parts.get(part, set()) for part in meaning.parts]
            found |= (within & set().union(*some)) or within
        for term, _ in list_place_terms(name):
            posted[term].update(rank_of[s] for s in found)
    for place, streets in areas.items():
        if place < 0:
            posted[f"{-place:04d} "] = {rank_of[s] for s in streets}
    return posted


def _sort_places(
    index: SearchIndex, areas: Mapping[int, set[int]], weights: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Return municipalities and postal infos with their addresses, most addresses first."""
    totals = dict.fromkeys(range(len(index.municipalities)), 0)
    totals |= dict.fromkeys((-int(code) for code in index.postal_names), 0)
    for place in totals:
        totals[place] = sum(int(weights[s]) for s in areas.get(place, ()))
    return sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))


def _rank_places(totals: list[int], weights: NDArray[np.int64]) -> Numbers:
    shares = np.array(totals, np.int64) // _PLACE_SHARE
    return np.searchsorted(-weights, -shares, side="left").astype(np.uint32)


def _post_places(index: SearchIndex, numbers: Mapping[int, int]) -> dict[str, set[int]]:
    """Return places by each term of their names; `grade << 24 | place in the order of rank`.

    A postal info named as its municipality is left to its code: Gent is not said twice.
    """
    posted: defaultdict[str, set[int]] = defaultdict(set)
    for name, meanings in Gazetteer(index).meanings.items():
        for term, fit in list_place_terms(name):
            for place in _list_places(meanings):
                if place in numbers:
                    posted[term].add((2 * fit) << GRADE_SHIFT | numbers[place])
    for code in index.postal_names:
        posted[f"{code} "].add(numbers[-int(code)])
    return posted


def _list_places(meanings: Iterable[Meaning]) -> Iterator[int]:
    """Yield places that a name means. Gent is not suggested for one of its parts."""
    for meaning in meanings:
        if meaning.codes:
            yield from (-code for code in meaning.codes)
        elif meaning.kind is not NameKind.PART:
            yield meaning.municipality


def _find_tops(terms: Terms, text: str) -> Iterator[tuple[str, Numbers]]:
    """Yield the best postings of each text that very many names begin with."""
    low, high = find_slice(terms, text)
    if high - low < _FREQUENT:
        return
    best = np.sort(terms.postings[low:high])[: 8 * MOST_TOPS]
    _, places = np.unique(best & RANK_MASK, return_index=True)
    yield text, best[np.sort(places)][:MOST_TOPS]
    first, last = find_terms(terms, text)
    longer = {term[len(text) : len(text) + 1] for term in terms.texts[first:last]} - {""}
    for letter in sorted(longer):
        yield from _find_tops(terms, text + letter)
