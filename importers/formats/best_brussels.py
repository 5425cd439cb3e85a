"""BeSt Brussels, a GeoPackage: one layer of addresses, one of street names.

Verified are these layers, the references, house number, status, x, y and spellings. The other
names are those of BeSt XML written without their nesting, which is how the known ones are made;
layers of municipalities and postal infos, if there are, are taken to be like that of streets.
"""

from importers.formats.format import Format
from importers.formats.identifiers import read_local_id
from importers.formats.recogniser import Kind, Recogniser
from importers.tables.column_map import ColumnMap
from registry.domain.edition import FormatFamily
from registry.domain.region import Region
from registry.domain.resource import Resource

_OWN = {
    "valid_from": ("validfrom", "status_validfrom"),
    "valid_to": ("validto", "status_validto"),
    "life_begin": ("beginlifespanversion",),
    "life_end": ("endlifespanversion",),
}
_MUNICIPALITY = (
    "hasmunicipality_objectidentifier",
    "isassignedbymunicipality_objectidentifier",
    "isassignedby_objectidentifier",
)
_REFERENCES = ("hasstreetname", "haspostalinfo", "hasmunicipality", "isassignedbymunicipality")
_IGNORED = frozenset(
    {"id", "fid", "ogc_fid", "gml_id"}  # of the layer
    | {f"{name}_{part}" for name in _REFERENCES for part in ("namespace", "versionidentifier")}
)


_ADDRESS = ColumnMap(
    columns=_OWN
    | {
        "address_id": ("objectidentifier",),
        "address_version": ("versionidentifier",),
        "address_namespace": ("namespace",),
        "house_number": ("housenumber",),
        "box_number": ("boxnumber",),
        "street_name_id": ("hasstreetname_objectidentifier",),
        "municipality_id": _MUNICIPALITY,
        "postal_code": ("haspostalinfo_objectidentifier",),
        "status": ("status",),
        "officially_assigned": ("officiallyassigned",),
        "position_method": ("positiongeometrymethod",),
        "position_specification": ("positionspecification",),
        "x": ("geometry_x", "x"),
        "y": ("geometry_y", "y"),
    },
    required=frozenset(
        {*("address_id", "house_number", "street_name_id", "municipality_id", "postal_code")}
        | {*("box_number", "status", "x", "y")}
    ),
    convert={"address_id": read_local_id, "street_name_id": read_local_id},
    crs={"x": 31370},  # L72 in the layer's name
    ignored=_IGNORED | {"x", "y"},
    region=Region.BRUSSELS,
    complete=frozenset({Resource.ADDRESS}),
)
_STREET_NAME = ColumnMap(
    of=Resource.STREET_NAME,
    columns=_OWN
    | {
        "street_name_id": ("objectidentifier",),
        "street_name_version": ("versionidentifier",),
        "street_name_namespace": ("namespace",),
        "street_name_fr": ("spelling_fr",),
        "street_name_nl": ("spelling_nl",),
        "street_name_type": ("type",),
        "municipality_id": _MUNICIPALITY,
        "status": ("status",),
    },
    required=frozenset({"street_name_id", "street_name_fr", "street_name_nl", "municipality_id"}),
    convert={"street_name_id": read_local_id},
    ignored=_IGNORED | {"geometry_x", "geometry_y"},
    region=Region.BRUSSELS,
    complete=frozenset({Resource.STREET_NAME}),
)


def _make_list(of: Resource, code: str, prefix: str) -> ColumnMap:
    """Return the map of a layer of codes with their names."""
    return ColumnMap(
        of=of,
        columns={
            code: ("objectidentifier",),
            f"{prefix}_name_fr": ("spelling_fr",),
            f"{prefix}_name_nl": ("spelling_nl",),
        },
        required=frozenset({code, f"{prefix}_name_fr", f"{prefix}_name_nl"}),
        ignored=_IGNORED | {"namespace", "versionidentifier", "geometry_x", "geometry_y"},
        region=Region.BRUSSELS,
        complete=frozenset({of}),
    )


_NAMED = frozenset({"objectidentifier", "spelling_fr", "spelling_nl"})

FORMAT = Format(
    name="bestBrussels",
    title="BeSt Brussels (GeoPackage)",
    family=FormatFamily(name="bestBrussels", rank=85),
    recognise=Recogniser(
        (
            Kind(
                marks=frozenset({"housenumber", "hasstreetname_objectidentifier"}),
                column_map=_ADDRESS,
            ),
            Kind(marks=_NAMED, layer="streetname", column_map=_STREET_NAME),
            Kind(
                marks=_NAMED,
                layer="municipality",
                column_map=_make_list(Resource.MUNICIPALITY, "municipality_id", "municipality"),
            ),
            Kind(
                marks=_NAMED,
                layer="postalinfo",
                column_map=_make_list(Resource.POSTAL_INFO, "postal_code", "postal"),
            ),
        )
    ),
)
