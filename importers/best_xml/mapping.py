"""One BeSt XML element to one record, current schema (23.3, 24.3) and the one before.

Element names are compared without namespace and case, because regions and years differ in
both; the names of the old schema are listed beside the new ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from importers.best_xml import values
from importers.best_xml.values import InvalidValue, list_children, read_text
from importers.unknowns import Unknowns
from registry.domain.identifiers import NAMESPACES, fold_namespace
from registry.domain.records import (
    AddressRecord,
    NamedRecord,
    PositionRecord,
    Provenance,
    Record,
    StatusRecord,
    StreetNameRecord,
)
from registry.domain.region import Region
from registry.domain.resource import Resource

_STATUSES = frozenset({"current", "proposed", "retired", "reserved"})
_METHODS = frozenset({"assignedByAdministrator", "derivedFromObject"})
_SPECIFICATIONS = frozenset(
    {
        "municipality",
        "street",
        "parcel",
        "plot",
        "stand",
        "mooringPlace",
        "building",
        "buildingUnit",
        "entrance",
    }
)
_STREET_NAME_TYPES = frozenset({"streetname", "hamlet"})


@dataclass(slots=True)
class _Draft:
    """The fields of one element while it is read."""

    identifier: tuple[str | None, str | None, str | None] = (None, None, None)
    life_begin: str | None = None
    life_end: str | None = None
    status: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    references: dict[str, str | None] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)
    position: PositionRecord = field(default_factory=PositionRecord)


_Reader = Callable[[_Draft, etree._Element, Unknowns], None]


def _read_code(draft: _Draft, element: etree._Element, _: Unknowns) -> None:
    draft.identifier = values.read_identifier(element)


def _reference(key: str) -> _Reader:
    def read(draft: _Draft, element: etree._Element, _: Unknowns) -> None:
        draft.references[key] = values.read_identifier(element)[1]

    return read


def _text(key: str) -> _Reader:
    def read(draft: _Draft, element: etree._Element, _: Unknowns) -> None:
        draft.texts[key] = read_text(element)

    return read


def _read_name(draft: _Draft, element: etree._Element, unknowns: Unknowns) -> None:
    language, spelling = values.read_name(element)
    if spelling is None:
        return
    if language not in {"nl", "fr", "de", "en"}:
        unknowns.add_value("name/language", language or "")
        return
    draft.names[language] = spelling


def _read_status(draft: _Draft, element: etree._Element, unknowns: Unknowns) -> None:
    for name, child in list_children(element):
        if name == "status":
            draft.status = read_text(child)
        elif name == "validfrom":
            draft.valid_from = read_text(child)
        elif name == "validto":
            draft.valid_to = read_text(child)
        else:
            unknowns.add_element("status", name)
    if draft.status is not None and draft.status not in _STATUSES:
        unknowns.add_value("status", draft.status)


def _read_position(draft: _Draft, element: etree._Element, unknowns: Unknowns) -> None:
    text = crs = method = specification = None
    for name, child in list_children(element):
        if name == "pointgeometry":
            text, srs_name = values.find_point(child)
            crs = values.read_epsg(srs_name) if srs_name else None
            if srs_name and crs is None:
                unknowns.add_value("pos/@srsName", srs_name)
        elif name == "positiongeometrymethod":
            method = _known(read_text(child), _METHODS, "positionGeometryMethod", unknowns)
        elif name == "positionspecification":
            specification = _known(
                read_text(child), _SPECIFICATIONS, "positionSpecification", unknowns
            )
        else:
            unknowns.add_element("position", name)
    draft.position = PositionRecord(text=text, crs=crs, method=method, specification=specification)


def _known(value: str | None, known: frozenset[str], where: str, unknowns: Unknowns) -> str | None:
    """Return the value as published and count it when the enumeration does not have it."""
    if value is not None and value not in known:
        unknowns.add_value(where, value)
    return value


def _life_span(key: str) -> _Reader:
    def read(draft: _Draft, element: etree._Element, _: Unknowns) -> None:
        setattr(draft, key, read_text(element))

    return read


def _ignore(_draft: _Draft, _element: etree._Element, _unknowns: Unknowns) -> None:
    """Known, and of no use: derived from other fields."""


_LIFE_SPAN: dict[str, _Reader] = {
    "beginlifespanversion": _life_span("life_begin"),
    "endlifespanversion": _life_span("life_end"),
}
_READERS: dict[Resource, dict[str, _Reader]] = {
    Resource.ADDRESS: _LIFE_SPAN
    | {
        "code": _read_code,
        "addresscode": _read_code,
        "position": _read_position,
        "addressposition": _read_position,
        "addressstatus": _read_status,
        "addresssortfield": _ignore,
        "boxnumber": _text("box_number"),
        "housenumber": _text("house_number"),
        "officiallyassigned": _text("officially_assigned"),
        "hasstreetname": _reference("street_name"),
        "hasmunicipality": _reference("municipality"),
        "haspartofmunicipality": _reference("part"),
        "haspostalinfo": _reference("postal_info"),
    },
    Resource.STREET_NAME: _LIFE_SPAN
    | {
        "code": _read_code,
        "streetnamecode": _read_code,
        "name": _read_name,
        "streetname": _read_name,
        "streetnamestatus": _read_status,
        "type": _text("type"),
        "streetnametype": _text("type"),
        "homonymaddition": _text("homonym_addition"),
        "isassignedbymunicipality": _reference("municipality"),
        "isassignedby": _reference("municipality"),
    },
    Resource.MUNICIPALITY: _LIFE_SPAN
    | {
        "code": _read_code,
        "municipalitycode": _read_code,
        "name": _read_name,
        "municipalityname": _read_name,
    },
    Resource.POSTAL_INFO: _LIFE_SPAN
    | {
        "code": _read_code,
        "postcode": _read_code,
        "name": _read_name,
        "postname": _read_name,
    },
    Resource.PART_OF_MUNICIPALITY: _LIFE_SPAN
    | {
        "code": _read_code,
        "partofmunicipalitycode": _read_code,
        "name": _read_name,
        "partofmunicipalityname": _read_name,
    },
}
_ATTRIBUTES = {"beginLifeSpanVersion": "life_begin", "endLifeSpanVersion": "life_end"}


def find_object_id(element: etree._Element) -> str | None:
    """Return the object identifier of an element that may be broken elsewhere."""
    for name, child in list_children(element):
        if name.endswith("code"):
            return values.read_identifier(child)[1]
    return None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else values.read_moment(text)


def _required(value: str | None, name: str) -> str:
    if value is None:
        raise InvalidValue(f"{name} is missing")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapper:
    """Maps the elements of one file; `unknowns` counts what the file has beyond the format."""

    region: Region
    resource: Resource
    unknowns: Unknowns

    def to_record(self, element: etree._Element, offset: int) -> Record:
        """Return the element's record; InvalidValue says why there is none."""
        draft = self._read(element)
        provenance = self._make_provenance(draft, offset)
        if self.resource is Resource.ADDRESS:
            return _make_address(draft, provenance)
        if self.resource is Resource.STREET_NAME:
            kind = draft.texts.get("type")
            _known(kind, _STREET_NAME_TYPES, "streetName/type", self.unknowns)
            return _make_street_name(draft, provenance)
        return NamedRecord(provenance=provenance, names=draft.names)

    def _read(self, element: etree._Element) -> _Draft:
        draft = _Draft()
        for attribute, text in element.attrib.items():
            name = str(attribute)
            if (key := _ATTRIBUTES.get(name)) is not None:
                setattr(draft, key, str(text).strip() or None)
            else:
                self.unknowns.add_element(self.resource, f"@{name}")
        readers = _READERS[self.resource]
        for name, child in list_children(element):
            if (reader := readers.get(name)) is not None:
                reader(draft, child, self.unknowns)
            else:
                self.unknowns.add_element(self.resource, name)
        return draft

    def _make_provenance(self, draft: _Draft, offset: int) -> Provenance:
        namespace, object_id, version_id = draft.identifier
        object_id = _required(object_id, "objectIdentifier")
        if any(c.isspace() or c == "/" for c in object_id):
            raise InvalidValue(f"objectIdentifier {object_id!r} has a space or a slash")
        usual = NAMESPACES.get((self.region, self.resource), "")
        is_usual = namespace is None or fold_namespace(namespace) == fold_namespace(usual)
        return Provenance(
            object_id=object_id,
            version_id=version_id,
            namespace=None if is_usual else namespace,
            offset=offset,
            life_begin=_moment(draft.life_begin),
            life_end=_moment(draft.life_end),
        )


def _make_status(draft: _Draft) -> StatusRecord:
    return StatusRecord(
        status=draft.status,
        valid_from=_moment(draft.valid_from),
        valid_to=_moment(draft.valid_to),
    )


def _make_street_name(draft: _Draft, provenance: Provenance) -> StreetNameRecord:
    return StreetNameRecord(
        provenance=provenance,
        names=draft.names,
        status=_make_status(draft),
        municipality_id=_required(draft.references.get("municipality"), "the municipality"),
        homonym_addition=draft.texts.get("homonym_addition"),
        street_name_type=draft.texts.get("type"),
    )


def _make_address(draft: _Draft, provenance: Provenance) -> AddressRecord:
    references, texts = draft.references, draft.texts
    return AddressRecord(
        provenance=provenance,
        status=_make_status(draft),
        position=draft.position,
        street_name_id=_required(references.get("street_name"), "hasStreetName"),
        municipality_id=_required(references.get("municipality"), "hasMunicipality"),
        part_id=references.get("part"),
        postal_code=references.get("postal_info"),
        house_number=_required(texts.get("house_number"), "houseNumber"),
        box_number=texts.get("box_number"),
        officially_assigned=values.read_boolean(texts.get("officially_assigned")),
    )
