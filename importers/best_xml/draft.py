"""The fields of one BeSt XML element as text, whatever the schema calls them.

Purely structural: which element fills which field. Nothing is converted or judged here, so
that shapes (see shapes.py) can learn the same from a record and use it for its likes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from importers.best_xml import values
from importers.best_xml.values import get_name, list_children, read_text
from registry.domain.resource import Resource

MOST_NAMES = 8
_IDENTIFIER = frozenset({"namespace", "objectidentifier", "versionidentifier"})


@dataclass(slots=True)
class Draft:
    """Texts by field; `unknown` are the elements that no field takes: (parent, name)."""

    texts: dict[str, str] = field(default_factory=dict)
    unknown: list[tuple[str, str]] = field(default_factory=list)

    def put(self, key: str, text: str | None) -> None:
        """Keep a text that is there; the last of several counts."""
        if text is not None:
            self.texts[key] = text


_Reader = Callable[[Draft, etree._Element], None]


def read_code(draft: Draft, element: etree._Element) -> None:
    """Read an identifier, wherever below the element it is."""
    namespace, object_id, version_id = values.read_identifier(element)
    draft.put("namespace", namespace)
    draft.put("object_id", object_id)
    draft.put("version_id", version_id)
    _note_strangers(draft, "code", element)


def _note_strangers(draft: Draft, parent: str, element: etree._Element) -> None:
    """Note what a code or reference holds beyond an identifier; the old schema nests it."""
    for name, child in list_children(element):
        if name not in _IDENTIFIER and len(child) == 0:
            draft.unknown.append((parent, get_name(child)))


def _reference(key: str) -> _Reader:
    def read(draft: Draft, element: etree._Element) -> None:
        draft.put(key, values.read_identifier(element)[1])
        _note_strangers(draft, key, element)

    return read


def _text(key: str) -> _Reader:
    def read(draft: Draft, element: etree._Element) -> None:
        draft.put(key, read_text(element))

    return read


def _read_name(draft: Draft, element: etree._Element) -> None:
    language, spelling = values.read_name(element)
    if spelling is None:
        return
    place = next(n for n in range(MOST_NAMES + 1) if f"spelling_{n}" not in draft.texts)
    if place == MOST_NAMES:
        draft.unknown.append(("name", "more names than languages"))
        return
    draft.put(f"language_{place}", language)
    draft.put(f"spelling_{place}", spelling)


def _read_status(draft: Draft, element: etree._Element) -> None:
    keys = {"status": "status", "validfrom": "valid_from", "validto": "valid_to"}
    for name, child in list_children(element):
        if name in keys:
            draft.put(keys[name], read_text(child))
        else:
            draft.unknown.append(("status", get_name(child)))


def _read_position(draft: Draft, element: etree._Element) -> None:
    for name, child in list_children(element):
        if name == "pointgeometry":
            text, srs_name = values.find_point(child)
            draft.put("position", text)
            draft.put("srs_name", srs_name)
        elif name == "positiongeometrymethod":
            draft.put("position_method", read_text(child))
        elif name == "positionspecification":
            draft.put("position_specification", read_text(child))
        else:
            draft.unknown.append(("position", get_name(child)))


def _ignore(_draft: Draft, _element: etree._Element) -> None:
    """Known, and of no use: derived from other fields."""


_LIFE_SPAN: dict[str, _Reader] = {
    "beginlifespanversion": _text("life_begin"),
    "endlifespanversion": _text("life_end"),
}
_ATTRIBUTES = {"beginLifeSpanVersion": "life_begin", "endLifeSpanVersion": "life_end"}


def _named(code: str, name: str) -> dict[str, _Reader]:
    """Return the readers of a kind that has a code and names; both schemas' words."""
    return _LIFE_SPAN | {"code": read_code, code: read_code, "name": _read_name, name: _read_name}


_READERS: dict[Resource, dict[str, _Reader]] = {
    Resource.ADDRESS: _LIFE_SPAN
    | {
        "code": read_code,
        "addresscode": read_code,
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
    Resource.STREET_NAME: _named("streetnamecode", "streetname")
    | {
        "streetnamestatus": _read_status,
        "type": _text("type"),
        "streetnametype": _text("type"),
        "homonymaddition": _text("homonym_addition"),
        "isassignedbymunicipality": _reference("municipality"),
        "isassignedby": _reference("municipality"),
    },
    Resource.MUNICIPALITY: _named("municipalitycode", "municipalityname"),
    Resource.POSTAL_INFO: _named("postcode", "postname"),
    Resource.PART_OF_MUNICIPALITY: _named("partofmunicipalitycode", "partofmunicipalityname"),
}


def read_draft(element: etree._Element, resource: Resource) -> Draft:
    """Return the texts of one element, by field."""
    draft = Draft()
    for name in map(str, element.attrib):  # not items(), which seeks each value from the first on
        if name in _ATTRIBUTES:
            draft.put(_ATTRIBUTES[name], (element.get(name) or "").strip() or None)
        else:
            draft.unknown.append((resource, f"@{name}"))
    readers = _READERS[resource]
    for name, child in list_children(element):
        if (reader := readers.get(name)) is not None:
            reader(draft, child)
        else:
            draft.unknown.append((resource, get_name(child)))
    return draft
