"""The pinned PROJ pipelines, one per pair of systems and datum shift.

PROJ's own choice between candidates differs between versions, and EPSG:31370 to EPSG:4326
never uses the grid even when it is installed; so every pipeline is written out here.
"""

from dataclasses import dataclass
from pathlib import Path

GRID_NAME = "be_ign_bd72lb72_etrs89lb08.tif"
"""NTv2 grid BD72 Lambert 72 - ETRS89 Lambert 2008 of the NGI (N. Simon), CC BY 4.0."""

_LAMBERT_72 = (
    "+proj=lcc +lat_0=90 +lon_0=4.36748666666667 +lat_1=51.1666672333333 +lat_2=49.8333339"
    " +x_0=150000.013 +y_0=5400088.438 +ellps=intl"
)
_LAMBERT_2008 = (
    "+proj=lcc +lat_0=50.797815 +lon_0=4.35921583333333 +lat_1=49.8333333333333"
    " +lat_2=51.1666666666667 +x_0=649328 +y_0=665262 +ellps=GRS80"
)
_HELMERT = (
    "+step +proj=push +v_3 +step +proj=cart +ellps=intl"
    " +step +proj=helmert +x=-106.8686 +y=52.2978 +z=-103.7239"
    " +rx=-0.3366 +ry=0.457 +rz=-1.8422 +s=-1.2747 +convention=coordinate_frame"
    " +step +inv +proj=cart +ellps=GRS80 +step +proj=pop +v_3"
)
_DEGREES = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
_WEB_MERCATOR = "+step +proj=webmerc +lat_0=0 +lon_0=0 +x_0=0 +y_0=0 +ellps=WGS84"

LAMBERT_2008_TO_DEGREES = f"+proj=pipeline +step +inv {_LAMBERT_2008} {_DEGREES}"
LAMBERT_2008_TO_WEB_MERCATOR = f"+proj=pipeline +step +inv {_LAMBERT_2008} {_WEB_MERCATOR}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatumShift:
    """How Lambert 72 becomes Lambert 2008: its public name, accuracy in metres, PROJ pipeline."""

    name: str
    accuracy_metres: float
    lambert_72_to_2008: str


HELMERT = DatumShift(
    name="bd72-etrs89-helmert-epsg-15929",
    accuracy_metres=0.2,
    lambert_72_to_2008=f"+proj=pipeline +step +inv {_LAMBERT_72} {_HELMERT} +step {_LAMBERT_2008}",
)


def make_grid_shift(grid: Path) -> DatumShift:
    """Return the centimetre shift by the NGI grid file at `grid`."""
    shift = f"+step +proj=hgridshift +grids={grid}"
    return DatumShift(
        name="bd72-etrs89-ntv2-epsg-8369",
        accuracy_metres=0.01,
        lambert_72_to_2008=f"+proj=pipeline +step +inv {_LAMBERT_72} {shift} +step {_LAMBERT_2008}",
    )


def choose_datum_shift(grid: Path | None) -> DatumShift:
    """Return the grid shift when there is a grid, else Helmert."""
    return HELMERT if grid is None else make_grid_shift(grid)
