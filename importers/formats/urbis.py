"""The layer Addresses of the UrbIS GeoPackage of Brussels: house numbers and, below them, boxes.

A row whose PARENTID is null is a house number; the others are its boxes, and repeat it.
The INSPIRE identifiers end in the numbers that BeSt has.
"""

from importers.formats.format import Format
from importers.formats.identifiers import read_local_id
from importers.formats.recogniser import Kind, Recogniser
from importers.tables.column_map import ColumnMap
from registry.domain.edition import FormatFamily
from registry.domain.region import Region
from registry.domain.resource import Resource

_COLUMN_MAP = ColumnMap(
    columns={
        "address_id": ("inspire_id",),
        "house_number": ("policenum",),
        "box_number": ("boxnumber",),
        "street_name_id": ("street_id",),
        "street_name_fr": ("strnamefre",),
        "street_name_nl": ("strnamedut",),
        "municipality_id": ("munniscode",),
        "municipality_name_fr": ("munnamefre",),
        "municipality_name_nl": ("munnamedut",),
        "postal_code": ("zipcode",),
        "x": ("geometry_x", "xl72"),
        "y": ("geometry_y", "yl72"),
    },
    required=frozenset(
        {
            *("address_id", "house_number", "box_number", "street_name_id", "municipality_id"),
            *("postal_code", "x", "y"),
        }
    ),
    convert={"address_id": read_local_id, "street_name_id": read_local_id},
    crs={"xl72": 31370},
    # Of the map sheet, parcel, building and statistical sector; `parentid` as told above.
    ignored=frozenset(
        {*("id", "fid", "parentid", "cartoangle", "capakey", "statniscode", "bu_id")}
        | {*("xl72", "yl72")}
    ),
    region=Region.BRUSSELS,
    complete=frozenset({Resource.ADDRESS}),
)

FORMAT = Format(
    name="urbis",
    title="UrbIS addresses (Brussels, GeoPackage)",
    family=FormatFamily(name="urbis", rank=70),
    recognise=Recogniser(
        (Kind(marks=frozenset({"policenum", "strnamefre", "munniscode"}), column_map=_COLUMN_MAP),)
    ),
)
