"""What is imported onto what, and what the register says before, between and after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from deploy.migrations import migrate
from deploy.throwaway import clone_database, drop_database
from importers.region_import import ImportOptions
from importers.run import run_import
from importers.sample.write import write_sample
from registry.domain.dataset import Dataset
from registry.publication.steps import Boundary, Step
from tests.crashes.content import Content, read_content
from tests.database.editions import Address, Edition, Named, StreetName, import_path
from tests.database.small_country import THREE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.domain.region import Region
    from registry.settings import Settings

ADDRESSES = 1_000


class Start(StrEnum):
    """What the register holds before the import that is interrupted."""

    EMPTY = "empty"
    SAMPLE = "sample"
    FILLED = "filled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`contents[k]` is the register once `k` regions were published; `points` in their order."""

    template: Settings
    source: Path
    points: list[str]
    contents: list[Content]

    def count_published(self, point: str) -> int:
        """How many regions are published when `point` is reached."""
        reached = self.points[: self.points.index(point) + 1]
        return sum(name.endswith(f"/{Step.COMMITTED}") for name in reached)


def make_scenarios(empty: Settings, folder: Path) -> dict[Start, Scenario]:
    """Prepare a database to clone for each start, and import once without interruption."""
    first, second = (write_country(folder / str(n), n) for n in (1, 2))
    write_sample(folder / "sample.zip")
    templates = {start: clone_database(empty, f"start_{start}") for start in Start}
    for template in templates.values():
        migrate(template)
    import_path(templates[Start.SAMPLE], folder / "sample.zip", dataset=Dataset.SAMPLE)
    import_path(templates[Start.FILLED], first)
    sources = {Start.EMPTY: first, Start.SAMPLE: first, Start.FILLED: second}
    return {start: _observe(templates[start], sources[start]) for start in Start}


def _observe(template: Settings, source: Path) -> Scenario:
    register = clone_database(template, "observed")
    points: list[str] = []
    contents = [read_content(register)]

    def observe(boundary: Boundary) -> None:
        points.append(str(boundary))
        if boundary.step is Step.COMMITTED:
            contents.append(read_content(register))

    summary = run_import(
        register, [str(source)], ImportOptions(inspects=False), lambda _: None, observe
    )
    assert summary.failure is None
    contents[-1] = read_content(register)  # with its statistics
    drop_database(register)
    return Scenario(template=template, source=source, points=points, contents=contents)


def write_country(folder: Path, number: int) -> Path:
    """Write an edition of three regions: every kind of object, odd rows among them."""
    for region in THREE:
        Edition(
            region=region,
            day=f"2026-11-0{number}",
            addresses=_list_addresses(region, number),
            street_names=[StreetName(id=str(n), names={"nl": f"Straat {n}"}) for n in range(9, 20)],
            parts=[Named(id="7", names={"fr": f"Partie {number}"})],
        ).write(folder)
    return folder


def _list_addresses(region: Region, number: int) -> Iterator[Address]:
    """Of the second edition, every tenth has changed, every fiftieth gone, and some are new."""
    for n in range(ADDRESSES + 40 * number):
        if number == 1 or n % 50:
            changed = number if n % 10 == 0 else 1
            yield Address(
                id=str(n),
                version=str(changed),
                number=f"{n}{'ABC'[changed]}",
                street=str(10 + n % 12),  # the last street dangles
                part="7" if n % 3 else None,
                position=["149843.5 170639.5", "0 0", None][min(n % 40, 2) if n % 40 < 3 else 0],
            )
