"""CRAB's address list of before 2020, as .dbf or shapefile.

Its numbers of addresses were not taken over by the Adressenregister, those of streets were.
"""

from importers.formats.format import Format
from importers.formats.recogniser import Kind, Recogniser
from importers.tables.column_map import ColumnMap
from importers.tables.views import FlatAsBox
from registry.domain.edition import FormatFamily
from registry.domain.region import Region
from registry.domain.resource import Resource

_NONE = frozenset({"nvt"})

_COLUMN_MAP = ColumnMap(
    columns={
        "house_number": ("huisnr",),
        "box_number": ("busnr",),
        "street_name_id": ("straatnmid",),
        "street_name_nl": ("straatnm",),
        "municipality_id": ("niscode",),
        "municipality_name_nl": ("gemeente",),
        "postal_code": ("postcode",),
        "x": ("geometry_x",),
        "y": ("geometry_y",),
    },
    required=frozenset({"house_number", "box_number", "street_name_id", "municipality_id"}),
    missing={"house_number": _NONE, "box_number": _NONE},
    view=FlatAsBox(box="busnr", flat="apptnr", none=_NONE),
    # `herkomst` tells how the point came about in words of CRAB that BeSt has none for.
    ignored=frozenset({"id", "apptnr", "hnrlabel", "herkomst"}),
    region=Region.FLANDERS,
    complete=frozenset({Resource.ADDRESS}),
)

FORMAT = Format(
    name="crab",
    title="CRAB address list (dbf, shape)",
    family=FormatFamily(name="crab", rank=50),
    recognise=Recogniser(
        (Kind(marks=frozenset({"huisnr", "busnr", "apptnr", "herkomst"}), column_map=_COLUMN_MAP),)
    ),
)
