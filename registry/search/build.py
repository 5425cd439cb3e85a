"""The content of a search index, made from the rows of a register: arrays and texts by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.search.build_addresses import make_addresses, make_street_columns
from registry.search.build_numbers import make_numbers
from registry.search.build_streets import (
    LANGUAGES,
    Places,
    make_names,
    make_postal_names,
    order_streets,
    rank_postal_municipalities,
    resolve_successions,
)
from registry.search.nearest import make_nearest_arrays
from registry.search.spelling import make_spelling_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from registry.search.build_rows import Rows, StreetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """An index as it is kept: `arrays` by `group.column`, `texts` as JSON can hold them."""

    arrays: dict[str, NDArray[Any]]
    texts: dict[str, Any]


def make_content(rows: Rows) -> Content:
    """Make everything that an index holds."""
    places = Places.make(rows)
    order = order_streets(rows.streets, places)
    streets = [rows.streets[row] for row in order]
    ms = np.array([places.find(street.municipality_id) for street in streets], np.uint16)
    of_rows = np.argsort(np.array(order, np.intp)).astype(np.uint32)[rows.addresses.streets]
    numbers = make_numbers(rows.addresses, ms[of_rows], [row[:2] for row in places.rows])
    addresses = make_addresses(rows.addresses, of_rows, numbers)
    names, keys = make_names(streets, ms)
    columns = {
        "streets": {
            "municipalities": ms,
            "standings": np.array([street.standing for street in streets], np.uint8),
            **make_street_columns(addresses, len(streets)),
        },
        "names": names,
        "numbers": numbers.arrays,
        "addresses": addresses,
        "spelling": make_spelling_arrays(keys),
        "nearest": make_nearest_arrays(addresses),
    }
    texts = {
        "seq": rows.seq,
        "register": rows.register,
        "municipalities": [[code, region.value, names] for code, region, names in places.rows],
        "municipality_numbers": places.numbers,
        "parts": ["", *(f"{part.region}-{part.object_id}" for part in rows.parts)],
        "part_names": [{}, *(part.names for part in rows.parts)],
        "postal_names": make_postal_names(rows.postal_infos),
        "postal_municipalities": rank_postal_municipalities(
            addresses["postal_codes"], ms[addresses["streets"]]
        ),
        "other_ids": rows.addresses.other_ids,
        "successors": resolve_successions(rows.successions),
        "streets": _make_street_texts(streets),
        "names": {"keys": keys},
        "numbers": numbers.texts,
    }
    arrays = {f"{group}.{name}": a for group, some in columns.items() for name, a in some.items()}
    return Content(arrays=arrays, texts=texts)


def _make_street_texts(streets: Sequence[StreetRow]) -> dict[str, list[str | None]]:
    return {
        "public_ids": [f"{street.region}-{street.object_id}" for street in streets],
        **{f"names_{code}": [street.names.get(code) for street in streets] for code in LANGUAGES},
        "homonyms": [street.homonym for street in streets],
    }
