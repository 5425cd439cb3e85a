"""BOSA's lists of streets by postal code: streets with addresses, and streets without.

They add streets and end none: a street is in the one file or in the other.
"""

from importers.formats.format import Format, Look
from importers.tables.column_map import ColumnMap
from registry.domain.edition import FormatFamily
from registry.domain.identifiers import NAMESPACES, REPLACED_NAMESPACES
from registry.domain.region import Region
from registry.domain.resource import Resource

_REGION_BY_PREFIX = {
    prefix: region.value
    for namespace, region in (
        *((NAMESPACES[region, Resource.STREET_NAME], region) for region in Region),
        (REPLACED_NAMESPACES[Resource.STREET_NAME], Region.BRUSSELS),
    )
    for prefix in (namespace, f"{namespace}/", f"https://{namespace}")
}
_COLUMN_MAP = ColumnMap(
    of=Resource.STREET_NAME,
    columns={
        "region": ("street_prefix",),
        "street_name_id": ("street_no",),
        "street_name_version": ("street_version",),
        "street_name_namespace": ("street_prefix",),
        "street_name_nl": ("street_nl",),
        "street_name_fr": ("street_fr",),
        "street_name_de": ("street_de",),
        "municipality_id": ("city_no",),
    },
    required=frozenset({"region", "street_name_id", "municipality_id"}),
    values={"region": _REGION_BY_PREFIX},
    ignored=frozenset(
        {
            # Which postal codes a street has is told by its addresses; here it is partly guessed.
            *("postal_id", "postal_nl", "postal_fr", "postal_de"),
            *("city_nl", "city_fr", "city_de", "city_prefix", "city_version"),
            *("citypart_nl", "citypart_fr", "citypart_de"),
            *("citypart_prefix", "citypart_no", "citypart_version"),
        }
    ),
)


def _recognise(look: Look) -> ColumnMap | None:
    is_of_it = {"street_no", "street_prefix", "city_no"} <= look.columns
    return _COLUMN_MAP if is_of_it else None


FORMAT = Format(
    name="postalStreets",
    title="BeSt postal streets (…_postal_street.csv, …_empty_street.csv)",
    family=FormatFamily(name="postalStreets", rank=60),
    recognise=_recognise,
)
