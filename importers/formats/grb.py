"""GRB, the Flemish base map: which addresses its buildings, parcels and structures have.

A row is a link, so that an address with several buildings is on several rows; they say the same,
and one is kept. The tables hold only addresses with something built: they add, and end nothing.
"""

from importers.formats.format import Format
from importers.formats.recogniser import Kind, Recogniser
from importers.tables.column_map import ColumnMap
from importers.tables.views import FlatAsBox
from registry.domain.edition import FormatFamily
from registry.domain.region import Region

_NONE = frozenset({"nvt"})

_COLUMN_MAP = ColumnMap(
    columns={
        "house_number": ("huisnr",),
        "box_number": ("busnr",),
        "street_name_id": ("straatnmid",),  # the Adressenregister kept CRAB's numbers of streets
        "street_name_nl": ("straatnm",),
        "municipality_id": ("niscode",),
        "municipality_name_nl": ("gemeente",),
        "postal_code": ("postcode",),
    },
    required=frozenset({"house_number", "box_number", "street_name_id", "municipality_id"}),
    missing={"house_number": _NONE, "box_number": _NONE},
    view=FlatAsBox(box="busnr", flat="appartnr", none=_NONE),
    ignored=frozenset(
        {
            *("uidn", "oidn", "adpoidn", "gbgoidn", "knwoidn"),  # of the link and its object
            "hnrlabel",  # the range of all numbers of the object
            "appartnr",
        }
    ),
    region=Region.FLANDERS,
)

FORMAT = Format(
    name="grb",
    title="GRB address tables (TblAdpAdr, TblGbgAdr, TblKnwAdr)",
    family=FormatFamily(name="grb", rank=20),
    recognise=Recogniser(
        tuple(
            Kind(
                marks=frozenset({"huisnr", "busnr", "appartnr", object_id}), column_map=_COLUMN_MAP
            )
            for object_id in ("adpoidn", "gbgoidn", "knwoidn")
        )
    ),
)
