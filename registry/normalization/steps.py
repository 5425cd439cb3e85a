"""Every field of an address, and the steps that bring it into the shape it is compared in.

For data and for questions alike, though not all are in use yet; each pure, total on any text,
and idempotent as a whole. docs/normalization.md shows each step with an example.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from registry.domain.region import Region
from registry.normalization import box_number, house_number, places, street_name
from registry.normalization.languages import normalize_language
from registry.normalization.places import normalize_municipality, split_postal_name
from registry.normalization.position import drop_missing
from registry.normalization.post_code import normalize_post_code
from registry.normalization.status import normalize_status

Step = Callable[..., Any]

STEPS: Mapping[str, tuple[Step, ...]] = {
    "street_name": street_name.STEPS,
    "house_number": house_number.STEPS,
    "box_number": (*box_number.SPELLING, box_number.read_first_letter, *box_number.SHAPE),
    "postal_code": (normalize_post_code,),
    "municipality": (split_postal_name, *places.STEPS, normalize_municipality),
    "part": places.STEPS,
    "language": (normalize_language,),
    "status": (normalize_status,),
    "position": (drop_missing,),
}
"""The steps per field, in order."""


class Where(NamedTuple):
    """Where a text was met: what its steps may depend on. A tuple, as it is made per address."""

    region: Region
    municipality_id: str | None = None
    postal_code: str | None = None


@lru_cache(maxsize=1 << 16)
def _make_house_key(text: str, region: Region) -> str:
    return house_number.parse_house_number(text, region).key


_NORMALIZE: Mapping[str, Callable[[str, Where], str]] = {
    "street_name": lambda text, _: street_name.make_street_key(text),
    "house_number": lambda text, where: _make_house_key(text, where.region),
    "box_number": lambda text, where: box_number.make_box_key(
        text, where.region, where.municipality_id
    ),
    "postal_code": lambda text, _: normalize_post_code(text) or "",
    "municipality": lambda text, where: normalize_municipality(text, where.postal_code),
    "part": lambda text, _: places.make_place_key(text),
    "language": lambda text, _: normalize_language(text),
    "status": lambda text, _: normalize_status(text),
    "position": lambda text, _: drop_missing(text),
}


def normalize(field: str, text: str, where: Where) -> str:
    """Return the text of a field (a key of STEPS) as it is compared; "" when it says nothing."""
    return _NORMALIZE[field](text, where)
