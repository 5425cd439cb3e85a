"""House and box numbers of an index: each once, in natural order, and which address has which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.normalization.box_number import make_box_key
from registry.normalization.house_number import HouseNumber, make_number_key, parse_house_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from registry.domain.region import Region
    from registry.search.build_rows import AddressRows

_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeNumbers:
    """The columns of Numbers, and four columns of AddressColumns in the order of the rows."""

    arrays: dict[str, NDArray[Any]]
    texts: dict[str, list[str]]
    houses: NDArray[np.uint32]
    boxes: NDArray[np.uint32]
    house_labels: NDArray[np.uint32]
    box_labels: NDArray[np.uint32]


def make_numbers(
    rows: AddressRows, ms: NDArray[np.uint16], places: Sequence[tuple[str, Region]]
) -> MadeNumbers:
    """Read every house and box number once. `ms`: the municipality of each address.

    `places` are the NIS code and region of each municipality: what a box number's first letter
    means depends on them.
    """
    used = np.unique(rows.houses)
    read = [parse_house_number(text, region) for region, text in _pick(rows.labels, used)]
    house_keys, of_used = _number([number.key for number in read])
    inner, inner_of_used = _number(["", *(number.box or "" for number in read)])
    spread = np.searchsorted(used, rows.houses)
    boxes = _make_boxes(rows, ms, places, inner, inner_of_used[1:][spread])
    house_labels, house_label_of = _number([text for _, text in _pick(rows.labels, used)])
    return MadeNumbers(
        arrays=_make_spans(house_keys, of_used, read),
        texts={
            "house_keys": house_keys,
            "box_keys": boxes.keys,
            "house_labels": house_labels,
            "box_labels": boxes.labels,
        },
        houses=of_used[spread],
        boxes=boxes.of_addresses,
        house_labels=house_label_of[spread],
        box_labels=boxes.labels_of_addresses,
    )


def _pick(labels: Sequence[tuple[Region, str]], used: NDArray[Any]) -> list[tuple[Region, str]]:
    return [labels[label] for label in used.tolist()]


def _number(texts: Iterable[str]) -> tuple[list[str], NDArray[np.uint32]]:
    """Return the different ones in natural order, and the place of each in that order."""
    texts = list(texts)
    distinct = sorted(set(texts), key=lambda text: (make_number_key(text), text))
    places = {text: place for place, text in enumerate(distinct)}
    return distinct, np.array([places[text] for text in texts], np.uint32)


def _make_spans(
    keys: Sequence[str], of_used: NDArray[np.uint32], read: Sequence[HouseNumber]
) -> dict[str, NDArray[Any]]:
    first = np.full(len(keys), -1, np.int32)
    last = np.full(len(keys), -1, np.int32)
    for place, number in zip(of_used.tolist(), read, strict=True):
        if number.number is None:
            continue
        end = number.last.number if number.last else number.number
        if max(number.number, end) <= _MOST:
            first[place], last[place] = number.number, end
    return {"first": first, "last": last}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Boxes:
    keys: list[str]
    of_addresses: NDArray[np.uint32]
    labels: list[str]
    labels_of_addresses: NDArray[np.uint32]


def _make_boxes(
    rows: AddressRows,
    ms: NDArray[np.uint16],
    places: Sequence[tuple[str, Region]],
    inner: Sequence[str],
    inner_of: NDArray[np.uint32],
) -> _Boxes:
    """Make a key per municipality, box within the house number, and box number: each met once."""
    labels, label_of = _number(["", *(text for _, text in rows.labels)])
    of_addresses = label_of[1:][rows.boxes]
    met = (ms.astype(np.int64) * len(inner) + inner_of) * len(labels) + of_addresses
    different = np.unique(met)
    made = []
    for number in different.tolist():
        rest, label = divmod(number, len(labels))
        m, within = divmod(rest, len(inner))
        nis_code, region = places[m]
        made.append(_make_key(inner[within], labels[label], region, nis_code))
    keys, key_of = _number(["", *made])
    used = np.unique(of_addresses)
    return _Boxes(
        keys=keys,
        of_addresses=key_of[1:][np.searchsorted(different, met)],
        labels=[labels[label] for label in used.tolist()],
        labels_of_addresses=np.searchsorted(used, of_addresses).astype(np.uint32),
    )


def _make_key(within: str, label: str, region: Region, nis_code: str) -> str:
    """54/12 is box 12, 54/12 box 12 is too; of 54/2 box 3 both count: 2.3."""
    keys = [make_box_key(text, region, nis_code) for text in (within, label) if text]
    return ".".join(dict.fromkeys(keys))
