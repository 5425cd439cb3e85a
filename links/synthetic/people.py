"""Invented people, households, enterprises, vehicles and rights at given addresses.

The same addresses and seed give the same links. Shares are round figures chosen to exercise every
kind; they describe no population.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING

from links.synthetic.numbers import (
    make_enterprise_number,
    make_establishment_number,
    make_plate,
    make_ssin,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

COLUMNS = ("subject", "capacity", "household", "from", "to", "addressId")
FIRST_DAY = date(2000, 1, 1)
_DAYS = 9_000
_HOUSEHOLD_SIZES = (0, 1, 2, 3, 4, 5)
_SIZE_WEIGHTS = (8, 34, 30, 13, 11, 4)
_CAPACITIES = ("reference_person", "partner", "child", "child", "member")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticLink:
    """One row of a sector's file; `ended` is the first day on which it is no longer so."""

    kind: str
    subject: str
    capacity: str
    address_id: str
    begun: date
    ended: date | None = None
    household: str | None = None


class Numbers:
    """Gives each new subject the next number."""

    def __init__(self, start: int = 0) -> None:
        """Start every range at `start`."""
        self.people, self.enterprises = count(start), count(start)
        self.vehicles, self.households = count(start), count(start)


def make_links(addresses: Sequence[str], seed: int = 0) -> Iterator[SyntheticLink]:
    """Return links at `addresses`, address after address."""
    chance, numbers = random.Random(seed), Numbers()  # noqa: S311 - a seed, and no secret
    for address in addresses:
        size = chance.choices(_HOUSEHOLD_SIZES, _SIZE_WEIGHTS)[0]
        people = [make_ssin(next(numbers.people)) for _ in range(size)]
        begun = _pick_day(chance)
        yield from _make_household(address, people, begun, f"H{next(numbers.households)}")
        if people and chance.random() < 0.7:
            yield _make_link("cadastral_right", people[0], "owner", address, begun)
        if people and chance.random() < 0.6:
            plate = make_plate(next(numbers.vehicles))
            yield _make_link("vehicle_registration", plate, "holder", address, begun)
        if chance.random() < 0.1:
            yield from _make_enterprise(address, next(numbers.enterprises), begun)
        if chance.random() < 0.2:  # who lived there before and has gone where we do not look
            former = make_ssin(next(numbers.people))
            household = f"H{next(numbers.households)}"
            yield SyntheticLink(
                kind="residence",
                subject=former,
                capacity="resident",
                address_id=address,
                begun=begun - timedelta(days=1000),
                ended=begun,
                household=household,
            )


def write_kind_files(directory: Path, links: Iterable[SyntheticLink]) -> dict[str, Path]:
    """Write a CSV per kind as `./best links ingest` reads it; return the files by kind."""
    rows: dict[str, list[SyntheticLink]] = {}
    for link in links:
        rows.setdefault(link.kind, []).append(link)
    paths = {kind: directory / f"{kind}.csv" for kind in rows}
    for kind, path in paths.items():
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(map(_make_cells, rows[kind]))
    return paths


def _make_household(
    address: str, people: Sequence[str], begun: date, household: str
) -> Iterator[SyntheticLink]:
    for person, capacity in zip(people, _CAPACITIES, strict=False):
        for kind, role in (("residence", "resident"), ("household", capacity)):
            yield SyntheticLink(
                kind=kind,
                subject=person,
                capacity=role,
                address_id=address,
                begun=begun,
                household=household,
            )


def _make_enterprise(address: str, number: int, begun: date) -> Iterator[SyntheticLink]:
    seat, unit = make_enterprise_number(number), make_establishment_number(number)
    yield _make_link("enterprise_seat", seat, "seat", address, begun)
    yield _make_link("establishment", unit, "establishment", address, begun)


def _make_link(kind: str, subject: str, capacity: str, address: str, begun: date) -> SyntheticLink:
    return SyntheticLink(
        kind=kind, subject=subject, capacity=capacity, address_id=address, begun=begun
    )


def _pick_day(chance: random.Random) -> date:
    return FIRST_DAY + timedelta(days=chance.randrange(_DAYS))


def _make_cells(link: SyntheticLink) -> tuple[str, ...]:
    ended = link.ended.isoformat() if link.ended else ""
    begun = link.begun.isoformat()
    return (link.subject, link.capacity, link.household or "", begun, ended, link.address_id)
