"""CRAB's address list of before 2020, as .dbf or shapefile.

Its numbers of addresses were not taken over by the Adressenregister, those of streets were.
"""

from importers.formats.format import Format
from importers.formats.recogniser import Kind, Recogniser
from importers.tables.column_map import ColumnMap
from importers.tables.table import Table
from importers.tables.views import EditedTable, FillFrom, find_column
from registry.domain.edition import FormatFamily
from registry.domain.region import Region
from registry.domain.resource import Resource

_NONE = frozenset({"nvt"})


def _take_flats(table: Table) -> Table:
    """Return it with the flat as box where there is one: BeSt does not tell them apart."""
    box, flat = (find_column(table.columns, name) for name in ("busnr", "apptnr"))
    return EditedTable(table, FillFrom(box, flat, _NONE))


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
    view=_take_flats,
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
