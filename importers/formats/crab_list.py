"""The CRAB list of Flanders as one CSV: postal code, street, number, position; no identifiers."""

from importers.formats.format import Format, Look
from importers.tables.column_map import ColumnMap
from registry.domain.edition import FormatFamily
from registry.domain.region import Region
from registry.domain.resource import Resource

_COLUMN_MAP = ColumnMap(
    columns={
        "postal_code": ("post_code",),
        "street_name_nl": ("street_name_nl",),
        "house_number": ("house_number",),
        "longitude": ("lon",),
        "latitude": ("lat",),
    },
    required=frozenset({"postal_code", "street_name_nl", "house_number", "longitude", "latitude"}),
    region=Region.FLANDERS,
    complete=frozenset({Resource.ADDRESS}),
)


def _recognise(look: Look) -> ColumnMap | None:
    is_of_it = {"post_code", "street_name_nl", "house_number"} <= look.columns
    return _COLUMN_MAP if is_of_it else None


FORMAT = Format(
    name="crabList",
    title="CRAB address list (csv)",
    family=FormatFamily(name="crabList", rank=45),
    recognise=_recognise,
)
