"""Municipalities, parts, postal codes and street names of an index, from the rows of a register."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.domain.errors import RegistryError
from registry.domain.mergers import list_mergers
from registry.normalization.places import find_municipality, follow
from registry.normalization.street_name import STEPS, make_street_key, split_street_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from registry.domain.region import Region
    from registry.search.build_rows import NamedRow, Rows, StreetRow

LANGUAGES = ("nl", "fr", "de")
OWN, FORMER, OTHER_FORM = range(3)
MOST_MUNICIPALITIES = 1024


@dataclass(slots=True, kw_only=True)
class Places:
    """Municipalities as (NIS code, region, names), and `m` by NIS code."""

    rows: list[tuple[str, Region, Mapping[str, str]]]
    numbers: dict[str, int]

    @classmethod
    def make(cls, rows: Rows) -> Places:
        """Number the register's municipalities, then those that only its street names know."""
        places = cls(rows=[], numbers={})
        for row in rows.municipalities:
            places.add(row.object_id, row.region, row.names)
        for street in rows.streets:
            if places.find(street.municipality_id) is None:
                places.add(street.municipality_id, street.region, {})
        for merger in list_mergers():
            if (m := places.find(merger.old)) is not None:
                places.numbers.setdefault(merger.old, m)
        return places

    def add(self, nis_code: str, region: Region, names: Mapping[str, str]) -> None:
        """Number a municipality: with the names that everybody knows when it comes with none."""
        if len(self.rows) == MOST_MUNICIPALITIES:
            raise RegistryError(
                f"Over {MOST_MUNICIPALITIES:,} municipalities, with those that street names refer"
                " to and that are not there: no country has so many, and search has no room."
            )
        known = find_municipality(nis_code)
        if not names and known is not None:
            names = known.names
        self.numbers[nis_code] = len(self.rows)
        self.rows.append((nis_code, region, dict(names)))

    def find(self, nis_code: str) -> int | None:
        """Return `m` of a NIS code, or of what it went into."""
        m = self.numbers.get(nis_code)
        return self.numbers.get(follow(nis_code)) if m is None else m


def order_streets(streets: Sequence[StreetRow], places: Places) -> list[int]:
    """Return the rows of the street names in the order of `s`: by municipality."""
    ms = [places.find(street.municipality_id) for street in streets]
    return sorted(range(len(streets)), key=lambda row: ms[row] or 0)


def make_postal_names(rows: Sequence[NamedRow]) -> dict[str, dict[str, str]]:
    """Return the names of each postal code; where regions share one, the first says most."""
    names: dict[str, dict[str, str]] = {}
    for row in rows:
        names[row.object_id] = {**row.names, **names.get(row.object_id, {})}
    return names


def list_keys(street: StreetRow) -> Iterator[tuple[str, int, int]]:
    """Yield (key, how it has it, language) of every name of a street, some of them twice."""
    for former, names in ((OWN, street.names), *((FORMER, names) for names in street.formers)):
        for language, name in names.items():
            if language not in LANGUAGES:
                continue
            yield make_street_key(name), former, LANGUAGES.index(language)
            if split_street_name(name).part:
                yield make_key_with_part(name), max(former, OTHER_FORM), LANGUAGES.index(language)


def make_key_with_part(name: str) -> str:
    """Return the key of a name together with the part it carries: `rue du wainage vel`."""
    for step in STEPS[1:]:
        name = step(name)
    return name


def make_names(streets: Sequence[StreetRow], ms: NDArray[Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the columns of NameEntries, and the keys."""
    best: dict[tuple[str, int], tuple[int, int]] = {}
    for s, street in enumerate(streets):
        for key, former, language in list_keys(street):
            if key:
                place = (key, s)
                best[place] = min(best.get(place, (OTHER_FORM, language)), (former, language))
    keys = sorted({key for key, _ in best})
    numbers = {key: k for k, key in enumerate(keys)}
    entries = np.array(
        [(numbers[key], s, former, language) for (key, s), (former, language) in best.items()],
        np.int64,
    ).reshape(-1, 4)
    of_m = ms[entries[:, 1]].astype(np.int64)
    entries_order = np.lexsort((entries[:, 1], entries[:, 2], of_m, entries[:, 0]))
    entries = entries[entries_order]
    key_column = entries[:, 0]
    return {
        "first_entries": np.searchsorted(key_column, np.arange(len(keys) + 1)).astype(np.uint32),
        "key_and_municipality": key_column * MOST_MUNICIPALITIES + of_m[entries_order],
        "streets": entries[:, 1].astype(np.uint32),
        "formers": entries[:, 2].astype(np.uint8),
        "languages": entries[:, 3].astype(np.uint8),
    }, keys


def resolve_successions(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return what took the place of each in the end: a successor that went leads to its own."""
    following: dict[str, list[str]] = {}
    for old, new in pairs:
        following.setdefault(old, []).append(new)
    return {old: _list_last(old, following) for old in following}


def _list_last(old: str, following: Mapping[str, Sequence[str]]) -> list[str]:
    last, seen, open_ids = [], {old}, [old]
    while open_ids:
        one = open_ids.pop(0)
        successors = following.get(one, ())
        if not successors:
            last.append(one)
        for successor in successors:
            if successor not in seen:
                seen.add(successor)
                open_ids.append(successor)
    return last


def rank_postal_municipalities(codes: NDArray[Any], ms: NDArray[Any]) -> dict[str, list[int]]:
    """Return `m` by postal code, most addresses first, from both of every address."""
    pairs, counts = np.unique(codes.astype(np.int64) * MOST_MUNICIPALITIES + ms, return_counts=True)
    ranked: dict[str, Counter[int]] = {}
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        code, m = divmod(pair, MOST_MUNICIPALITIES)
        if code:
            ranked.setdefault(f"{code:04d}", Counter())[m] = count
    return {code: [m for m, _ in counter.most_common()] for code, counter in ranked.items()}
