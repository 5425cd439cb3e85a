"""The steps of an import, by name: what a summary times and where tests pull the plug."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from registry.domain.region import Region
from registry.domain.resource import Resource


class Step(StrEnum):
    """What an import has just done. All but the last three happen inside one transaction."""

    TURN_TAKEN = "turnTaken"
    STAGED = "staged"
    COMPARED = "compared"
    INDEXED = "indexed"
    CHECKED = "checked"
    COUNTED = "counted"
    SAMPLE_DROPPED = "sampleDropped"
    ATTACHED = "attached"
    COMMITTED = "committed"
    ANALYZED = "analyzed"
    INSPECTED = "inspected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """The end of one step of one region's import; STAGED and COMPARED come once per kind."""

    region: Region
    step: Step
    resource: Resource | None = None

    def __str__(self) -> str:
        parts = [self.region.value, self.step.value]
        return "/".join([*parts, self.resource.plural] if self.resource else parts)


OnBoundary = Callable[[Boundary], None]
"""Hears of each boundary before the next step begins."""


def ignore_boundary(boundary: Boundary) -> None:
    """Listen to nothing."""
