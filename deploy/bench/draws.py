"""What is asked for: drawn at random from the register, the same draw every time."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from registry.domain.errors import EnvironmentProblem
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from registry.settings import Settings

ADDRESSES, NAMES = 20_000, 2_000
_HALF_BOX = (0.0014, 0.0009)
"""Degrees of longitude and latitude: a box of about 200 by 200 metres."""
_NEAR = 0.0002


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnAddress:
    """A current address; positions in degrees, None where the source has none."""

    region: str
    object_id: str
    street_name_id: str
    longitude: float | None
    latitude: float | None

    @property
    def id(self) -> str:
        """As the API and the published views call it."""
        return f"{self.region}-{self.object_id}"

    @property
    def path(self) -> str:
        """Where the API answers it."""
        return f"/v1/addresses/{self.id}"


def draw_addresses(settings: Settings) -> list[DrawnAddress]:
    """Return up to 20,000 current addresses, in an order that has nothing to do with places."""
    with connect(settings, Role.OWNER) as connection:
        rows = connection.execute(
            "select region, object_id, street_name_id, longitude, latitude"
            " from registry.address_version where seq_to is null"
            " order by content_hash, object_id limit %s",
            [ADDRESSES],
        ).fetchall()
    if not rows:
        raise EnvironmentProblem("There are no addresses to ask for.")
    return [
        DrawnAddress(region=r, object_id=o, street_name_id=s, longitude=x, latitude=y)
        for r, o, s, x, y in rows
    ]


def draw_names(settings: Settings) -> list[str]:
    """Return up to 2,000 names of current streets, of five letters or more."""
    with connect(settings, Role.OWNER) as connection:
        rows = connection.execute(
            "select coalesce(name_nl, name_fr, name_de) as name"
            " from registry.street_name_version where seq_to is null"
            " and length(coalesce(name_nl, name_fr, name_de)) >= 5"
            " order by content_hash, object_id limit %s",
            [NAMES],
        ).fetchall()
    return [name for (name,) in rows]


def make_street_paths(addresses: Iterable[DrawnAddress]) -> Iterator[str]:
    """Ask for the first page of an address's street: long streets are asked for more often."""
    for address in addresses:
        yield f"/v1/addresses?streetNameId={address.region}-{address.street_name_id}"


def make_box_paths(addresses: Iterable[DrawnAddress]) -> Iterator[str]:
    """Ask for the addresses in a box around an address."""
    width, height = _HALF_BOX
    for address in addresses:
        if address.longitude is not None and address.latitude is not None:
            west, east = address.longitude - width, address.longitude + width
            south, north = address.latitude - height, address.latitude + height
            yield f"/v1/addresses?bbox={west:.6f},{south:.6f},{east:.6f},{north:.6f}"


def make_nearest_paths(addresses: Iterable[DrawnAddress]) -> Iterator[str]:
    """Ask for the ten nearest addresses to a point some metres from an address."""
    chance = random.Random(1)  # noqa: S311 - the same draw every time, no secret
    for address in addresses:
        if address.longitude is not None and address.latitude is not None:
            latitude = address.latitude + chance.uniform(-_NEAR, _NEAR)
            longitude = address.longitude + chance.uniform(-_NEAR, _NEAR)
            yield f"/v1/addresses?lat={latitude:.6f}&lon={longitude:.6f}&pageSize=10"


def make_prefix_paths(names: Iterable[str]) -> Iterator[str]:
    """Ask for street names by how they begin, as somebody types it."""
    chance = random.Random(1)  # noqa: S311
    for name in names:
        yield make_name_path(mistype(name[: chance.randint(4, 8)], chance), "{}*")


def make_substring_paths(names: Iterable[str]) -> Iterator[str]:
    """Ask for street names by four to six letters from the middle of their longest word."""
    chance = random.Random(1)  # noqa: S311
    for name in names:
        word = max(name.split(), key=len)
        start = chance.randint(0, max(0, len(word) - 5))
        yield make_name_path(mistype(word[start : start + chance.randint(4, 6)], chance), "*{}*")


def mistype(text: str, chance: random.Random) -> str:
    """Return the text in another case or without its accents, or as it is."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return chance.choice([text, text.upper(), text.lower(), plain, plain.lower()])


def make_name_path(text: str, pattern: str) -> str:
    """Ask for street names by a part of the name; `pattern` has {} where the part goes."""
    return f"/v1/streetNames?name={pattern.format(quote(text, safe=''))}"


def write_lines(path: Path, lines: Iterable[str]) -> Path:
    """Write one line each and return the path."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path
