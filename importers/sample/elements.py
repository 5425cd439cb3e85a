from importers.sample.addresses import SampleAddress
from importers.sample.places import Names, Place, Street
from importers.sample.regions import Kind, SampleRegion
from importers.sample.versions import changed_at, created_at, identify, refer, zulu
from registry.exports.elements import (
    Identifier,
    Lines,
    write_identifier,
    write_leaf,
    write_name,
    write_object,
    write_position,
    write_status,
)


def address_element(region: SampleRegion, address: SampleAddress) -> Lines:
    """`tns:address` in the element order of the Flemish producer: box before house number."""
    code = Identifier(
        namespace=identify(region, "address", address.object_id).namespace,
        object_id=address.object_id,
        version=address.version,
    )
    children = [
        write_identifier("code", code),
        _position(address),
        write_status("addressStatus", address.status, address.valid_from, address.valid_to),
        write_leaf("boxNumber", address.box_number),
        write_leaf("houseNumber", address.house_number),
        *(write_leaf(tag, text) for tag, text in address.unknown_elements.items()),
        write_leaf("officiallyAssigned", address.officially_assigned),
        *_references(region, address),
    ]
    return write_object("address", children, address.begin, address.end)


def street_element(region: SampleRegion, street: Street) -> Lines:
    """`tns:streetName`; a retired one ends with its last change."""
    changed = zulu(changed_at(region, "streetName", street.object_id))
    end = changed if street.status == "retired" else ""
    children = [
        write_identifier("code", identify(region, "streetName", street.object_id)),
        *_names(street.names),
        write_status("streetNameStatus", street.status, changed, end),
        write_leaf("type", street.kind),
        write_leaf("homonymAddition", street.homonym or ""),
        _reference(region, "isAssignedByMunicipality", "municipality", street.municipality, street),
    ]
    begin = zulu(created_at(region, "streetName", street.object_id))
    return write_object("streetName", children, begin, end)


def place_element(region: SampleRegion, kind: Kind, place: Place) -> Lines:
    """`tns:municipality`, `tns:postalInfo` or `tns:partOfMunicipality`: a code and names."""
    code = write_identifier("code", identify(region, kind, place.object_id))
    return write_object(kind, [code, *_names(place.names)])


def _references(region: SampleRegion, address: SampleAddress) -> list[Lines]:
    return [
        _reference(region, "hasStreetName", "streetName", address.street, address),
        _reference(region, "hasMunicipality", "municipality", address.municipality, address),
        _reference(region, "hasPartOfMunicipality", "partOfMunicipality", address.part, address),
        _reference(region, "hasPostalInfo", "postalInfo", address.postal_code, address),
    ]


def _reference(
    region: SampleRegion, tag: str, kind: Kind, object_id: str | None, by: SampleAddress | Street
) -> Lines:
    if not object_id:
        return []
    return write_identifier(tag, refer(region, kind, object_id, by.object_id))


def _position(address: SampleAddress) -> Lines:
    if not address.position:
        return []
    return write_position(address.position, str(address.crs), address.method, address.specification)


def _names(names: Names) -> list[Lines]:
    return [_name(language, spelling) for language, spelling in names.items()]


def _name(language: str, spelling: str) -> Lines:
    """Wallonia's names of postal infos may be empty, with or without a language in them."""
    if not language:
        return ["<com:name/>"]
    return write_name(language, write_leaf("spelling", spelling) or ["<com:spelling/>"])
