"""The canonical record: what was published about an object, in one form for all who compare it.

It is what a change feed carries, a snapshot lists and a digest is taken of. As text it is JSON as
RFC 8785 writes it: members in order, no spaces, none that has no value. Every value is a text, as
published, but for `officiallyAssigned`; coordinates are never read as numbers. Moments are UTC
(`2024-04-04T16:44:37+00:00`), without fraction unless there is one.
"""

from collections.abc import Mapping

from registry.domain.resource import Resource

_HEAD = {
    "lifeSpanBegin": "life_begin",
    "lifeSpanEnd": "life_end",
    "namespace": "namespace",
    "objectIdentifier": "object_id",
    "region": "region",
    "status": "status",
    "validFrom": "published_valid_from",
    "validTo": "valid_to",
    "versionIdentifier": "version_id",
}
_NAMES = {"nameDe": "name_de", "nameFr": "name_fr", "nameNl": "name_nl"}
_MEMBERS = {
    Resource.MUNICIPALITY: _HEAD | _NAMES | {"nameEn": "name_en"},
    Resource.PART_OF_MUNICIPALITY: _HEAD | _NAMES,
    Resource.POSTAL_INFO: _HEAD | _NAMES,
    Resource.STREET_NAME: _HEAD
    | _NAMES
    | {
        "homonymAddition": "homonym_addition",
        "municipality": "municipality_id",
        "streetNameType": "street_name_type",
    },
    Resource.ADDRESS: _HEAD
    | {
        "boxNumber": "box_number",
        "houseNumber": "house_number",
        "municipality": "municipality_id",
        "officiallyAssigned": "officially_assigned",
        "partOfMunicipality": "part_id",
        "position": "published_position",
        "positionCrs": "published_crs",
        "positionMethod": "position_method",
        "positionSpecification": "position_specification",
        "postalInfo": "postal_code",
        "streetName": "street_name_id",
    },
}

MEMBERS: Mapping[Resource, Mapping[str, str]] = {
    resource: dict(sorted(members.items())) for resource, members in _MEMBERS.items()
}
"""Per kind: member to column of the version table, in the order of the text. The member
`resource` (`addresses`) stands in its place by the alphabet and has no column."""
