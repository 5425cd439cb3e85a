"""BeSt CSV: the weekly `openaddress-be{vlg,bru,wal}` of BOSA, its coming header and an old one."""

from importers.formats.format import Format, Look
from importers.tables.column_map import ColumnMap
from registry.domain.edition import FormatFamily
from registry.domain.region import Region
from registry.domain.resource import Resource

_COLUMN_MAP = ColumnMap(
    columns={
        "region": ("region_code",),
        "address_id": ("address_id",),
        "house_number": ("house_number",),
        "box_number": ("box_number",),
        "street_name_id": ("street_id",),
        "street_name_nl": ("streetname_nl",),
        "street_name_fr": ("streetname_fr",),
        "street_name_de": ("streetname_de",),
        "municipality_id": ("municipality_id", "muncipality_id"),
        "municipality_name_nl": ("municipality_name_nl", "muncipality_name_nl"),
        "municipality_name_fr": ("municipality_name_fr", "muncipality_name_fr"),
        "municipality_name_de": ("municipality_name_de", "muncipality_name_de"),
        "postal_code": ("postcode",),
        "postal_name_nl": ("postname_nl",),
        "postal_name_fr": ("postname_fr",),
        "status": ("status",),
        # Until 2021 the header called metres latitude and longitude; from 2026-10-11 it is 3812.
        "x": ("EPSG:3812_x", "EPSG:31370_x", "EPSG:31370_lon"),
        "y": ("EPSG:3812_y", "EPSG:31370_y", "EPSG:31370_lat"),
    },
    required=frozenset(
        {
            *("region", "address_id", "house_number", "street_name_id", "municipality_id"),
            *("postal_code", "status", "x", "y"),
        }
    ),
    one_region=True,
    crs={"EPSG:3812_x": 3812, "EPSG:31370_x": 31370, "EPSG:31370_lon": 31370},
    # Made of the metres with a grid that was up to 1.2 m off; `0 0` becomes a place in France.
    ignored=frozenset({"EPSG:4326_lat", "EPSG:4326_lon"}),
    # Walloon postal infos have no names; the column holds that of the part of municipality.
    untold={Region.WALLONIA: frozenset({"postal_name_nl", "postal_name_fr"})},
    complete=frozenset({Resource.ADDRESS}),
)


def _recognise(look: Look) -> ColumnMap | None:
    is_of_it = {"address_id", "street_id", "region_code"} <= look.columns
    return _COLUMN_MAP if is_of_it else None


FORMAT = Format(
    name="bestCsv",
    title="BeSt CSV (openaddress-be…)",
    family=FormatFamily(name="bestCsv", rank=80),
    recognise=_recognise,
)
