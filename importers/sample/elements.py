from xml.sax.saxutils import escape

from importers.sample.addresses import SampleAddress
from importers.sample.places import Names, Place, Street
from importers.sample.regions import Kind, SampleRegion
from importers.sample.versions import Identifier, changed_at, created_at, identify, refer, zulu

CRS_URI = "http://www.opengis.net/def/crs/EPSG/0/"
Lines = list[str]


def address_element(region: SampleRegion, address: SampleAddress) -> Lines:
    """`tns:address` in the element order of the Flemish producer: box before house number."""
    code = Identifier(
        namespace=identify(region, "address", address.object_id).namespace,
        object_id=address.object_id,
        version=address.version,
    )
    children = [
        _identifier("code", code),
        _position(address),
        _status("addressStatus", address.status, address.valid_from, address.valid_to),
        _leaf("boxNumber", address.box_number),
        _leaf("houseNumber", address.house_number),
        *(_leaf(tag, text) for tag, text in address.unknown_elements.items()),
        _leaf("officiallyAssigned", address.officially_assigned),
        *_references(region, address),
    ]
    return _object("address", children, address.begin, address.end)


def street_element(region: SampleRegion, street: Street) -> Lines:
    """`tns:streetName`; a retired one ends with its last change."""
    changed = zulu(changed_at(region, "streetName", street.object_id))
    end = changed if street.status == "retired" else ""
    children = [
        _identifier("code", identify(region, "streetName", street.object_id)),
        *_names(street.names),
        _status("streetNameStatus", street.status, changed, end),
        _leaf("type", street.kind),
        _leaf("homonymAddition", street.homonym or ""),
        _reference(region, "isAssignedByMunicipality", "municipality", street.municipality, street),
    ]
    begin = zulu(created_at(region, "streetName", street.object_id))
    return _object("streetName", children, begin, end)


def place_element(region: SampleRegion, kind: Kind, place: Place) -> Lines:
    """`tns:municipality`, `tns:postalInfo` or `tns:partOfMunicipality`: a code and names."""
    code = _identifier("code", identify(region, kind, place.object_id))
    return _object(kind, [code, *_names(place.names)])


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
    return _identifier(tag, refer(region, kind, object_id, by.object_id))


def _identifier(tag: str, identifier: Identifier) -> Lines:
    return _branch(
        tag,
        _leaf("namespace", identifier.namespace),
        _leaf("objectIdentifier", identifier.object_id),
        _leaf("versionIdentifier", identifier.version),
    )


def _position(address: SampleAddress) -> Lines:
    if not address.position:
        return []
    pos = (
        f'<com:pos axisLabels="x y" srsDimension="2" srsName="{CRS_URI}{address.crs}" '
        f'uomLabels="m m">{address.position}</com:pos>'
    )
    return _branch(
        "position",
        _branch("pointGeometry", _branch("point", [pos])),
        _leaf("positionGeometryMethod", address.method),
        _leaf("positionSpecification", address.specification),
    )


def _status(tag: str, status: str, valid_from: str, valid_to: str) -> Lines:
    return _branch(
        tag, _leaf("status", status), _leaf("validFrom", valid_from), _leaf("validTo", valid_to)
    )


def _names(names: Names) -> list[Lines]:
    return [_name(language, spelling) for language, spelling in names.items()]


def _name(language: str, spelling: str) -> Lines:
    """Wallonia's names of postal infos may be empty, with or without a language in them."""
    if not language:
        return ["<com:name/>"]
    filled = _leaf("spelling", spelling) or ["<com:spelling/>"]
    return _branch("name", _leaf("language", language), filled)


def _object(kind: Kind, children: list[Lines], begin: str = "", end: str = "") -> Lines:
    attributes = f' beginLifeSpanVersion="{begin}"' if begin else ""
    attributes += f' endLifeSpanVersion="{end}"' if end else ""
    return [f"<tns:{kind}{attributes}>", *_indent(children), f"</tns:{kind}>"]


def _branch(tag: str, *children: Lines) -> Lines:
    return [f"<com:{tag}>", *_indent(children), f"</com:{tag}>"]


def _leaf(tag: str, text: str) -> Lines:
    return [f"<com:{tag}>{escape(text)}</com:{tag}>"] if text else []


def _indent(children: list[Lines] | tuple[Lines, ...]) -> Lines:
    return [f"  {line}" for child in children for line in child]
