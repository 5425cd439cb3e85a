"""The ICAR list of Wallonia as one CSV: a row per house number, its boxes in one cell.

Streets have the identifiers of BeSt, addresses have none. The column of French names has the
German ones in the east.
"""

from importers.formats.format import Format, Look
from importers.tables.column_map import ColumnMap
from registry.domain.edition import FormatFamily
from registry.domain.region import Region
from registry.domain.resource import Resource

_COLUMN_MAP = ColumnMap(
    columns={
        "postal_code": ("post_code",),
        "municipality_name_fr": ("municipality_fr",),
        "street_name_id": ("street_id",),
        "street_name_fr": ("street_name_fr",),
        "house_number": ("house_number",),
        "box_numbers": ("box_numbers",),
        "longitude": ("lon",),
        "latitude": ("lat",),
    },
    required=frozenset(
        {
            *("postal_code", "municipality_name_fr", "street_name_id", "street_name_fr"),
            *("house_number", "box_numbers", "longitude", "latitude"),
        }
    ),
    region=Region.WALLONIA,
    box_separator="|",
    complete=frozenset({Resource.ADDRESS}),
)


def _recognise(look: Look) -> ColumnMap | None:
    is_of_it = {"municipality_fr", "street_id", "box_numbers"} <= look.columns
    return _COLUMN_MAP if is_of_it else None


FORMAT = Format(
    name="icarList",
    title="ICAR address list (csv)",
    family=FormatFamily(name="icarList", rank=65),
    recognise=_recognise,
)
