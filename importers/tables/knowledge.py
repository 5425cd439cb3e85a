"""What a table can tell of an object: the columns of the register that its format fills."""

from collections.abc import Iterable, Mapping

from registry.domain.resource import Resource

_OWN = {  # of a row's own kind of object
    "status": ("status",),
    "valid_from": ("published_valid_from",),
    "valid_to": ("valid_to",),
    "life_begin": ("life_begin",),
    "life_end": ("life_end",),
}
_FILLS: Mapping[Resource, Mapping[str, tuple[str, ...]]] = {
    Resource.ADDRESS: {
        "address_version": ("version_id",),
        "address_namespace": ("namespace",),
        "house_number": ("house_number", "municipality_id", "street_name_id"),
        "box_number": ("box_number",),
        "box_numbers": ("box_number",),
        "part_id": ("part_id",),
        "postal_code": ("postal_code",),
        "officially_assigned": ("officially_assigned",),
        "x": ("published_position", "published_crs"),
        "longitude": ("published_position", "published_crs"),
        "position_method": ("position_method",),
        "position_specification": ("position_specification",),
    },
    Resource.STREET_NAME: {
        "street_name_version": ("version_id",),
        "street_name_namespace": ("namespace",),
        "homonym_addition": ("homonym_addition",),
        "street_name_type": ("street_name_type",),
        "street_name_status": ("status",),
    },
    Resource.MUNICIPALITY: {
        "municipality_version": ("version_id",),
        "municipality_namespace": ("namespace",),
    },
    Resource.PART_OF_MUNICIPALITY: {
        "part_version": ("version_id",),
        "part_namespace": ("namespace",),
    },
    Resource.POSTAL_INFO: {},
}
_NAME_FIELDS = {
    Resource.STREET_NAME: "street_name",
    Resource.MUNICIPALITY: "municipality_name",
    Resource.PART_OF_MUNICIPALITY: "part_name",
    Resource.POSTAL_INFO: "postal_name",
}


def list_known_columns(kind: Resource, fields: Iterable[str], *, own: bool) -> frozenset[str]:
    """Return the columns of a kind that these fields fill; `own`: a row is one of that kind."""
    fills = dict(_FILLS[kind])
    if own:
        fills |= _OWN
    if stem := _NAME_FIELDS.get(kind):
        fills |= {f"{stem}_{language}": (f"name_{language}",) for language in ("nl", "fr", "de")}
    always = {"municipality_id"} if kind is Resource.STREET_NAME else set()
    return frozenset(always.union(*(fills.get(field, ()) for field in fields)))
