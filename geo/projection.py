"""Coordinates from one system to another, by the pinned pipelines, vectorised."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from geo.crs import Crs
from geo.pipelines import LAMBERT_2008_TO_DEGREES, LAMBERT_2008_TO_WEB_MERCATOR, DatumShift

Coordinates = NDArray[np.float64]
"""Shape (n,): metres, or degrees for geographic systems; x or longitude first."""


@dataclass(frozen=True)
class Projection:
    """Transforms positions; make one per process (building the pipelines takes milliseconds)."""

    shift: DatumShift

    def __reduce__(self) -> tuple[type["Projection"], tuple[DatumShift]]:
        """Travel to another process without the pipelines, which it builds itself."""
        return type(self), (self.shift,)

    @cached_property
    def _lambert_72(self) -> Transformer:
        return Transformer.from_pipeline(self.shift.lambert_72_to_2008)

    @cached_property
    def _degrees(self) -> Transformer:
        return Transformer.from_pipeline(LAMBERT_2008_TO_DEGREES)

    @cached_property
    def _web_mercator(self) -> Transformer:
        return Transformer.from_pipeline(LAMBERT_2008_TO_WEB_MERCATOR)

    def to_canonical(self, x: Coordinates, y: Coordinates, crs: Crs) -> tuple[Coordinates, ...]:
        """Return (x, y) in Lambert 2008, metres, for coordinates in `crs`; inf where impossible."""
        if crs is Crs.LAMBERT_2008:
            return x, y
        transformer, direction = self._from_canonical(crs)
        return transformer.transform(x, y, direction="INVERSE" if direction else "FORWARD")

    def from_canonical(self, x: Coordinates, y: Coordinates, crs: Crs) -> tuple[Coordinates, ...]:
        """Return coordinates in `crs` for Lambert 2008 metres; longitude before latitude."""
        if crs is Crs.LAMBERT_2008:
            return x, y
        transformer, direction = self._from_canonical(crs)
        return transformer.transform(x, y, direction="FORWARD" if direction else "INVERSE")

    def _from_canonical(self, crs: Crs) -> tuple[Transformer, bool]:
        """Return the pipeline of a system and whether it runs from Lambert 2008 to it."""
        if crs is Crs.LAMBERT_72:
            return self._lambert_72, False
        if crs is Crs.WEB_MERCATOR:
            return self._web_mercator, True
        return self._degrees, True
