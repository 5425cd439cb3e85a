"""Elements of BeSt XML as lines of text: the pieces that every object is written from."""

from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from registry.domain.resource import Resource

Lines = list[str]

ROOT_NAMESPACES: Final = (
    'xmlns:tns="http://fsb.belgium.be/mappingservices/FullDownload/v1_00" '
    'xmlns:com="http://fsb.belgium.be/data/common" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
TAGS: Final = {
    Resource.MUNICIPALITY: "municipality",
    Resource.PART_OF_MUNICIPALITY: "partOfMunicipality",
    Resource.POSTAL_INFO: "postalInfo",
    Resource.STREET_NAME: "streetName",
    Resource.ADDRESS: "address",
}
_CRS_URI = "http://www.opengis.net/def/crs/EPSG/0/"
_KEPT = {"\r": "&#13;"}  # a parser would make another line end of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """namespace, objectIdentifier, versionIdentifier as printed; an empty one is left out."""

    namespace: str
    object_id: str
    version: str = ""


def write_object(tag: str, children: list[Lines], begin: str = "", end: str = "") -> Lines:
    """Return `tns:` and a kind of object, with its life span."""
    attributes = f' beginLifeSpanVersion="{begin}"' if begin else ""
    attributes += f' endLifeSpanVersion="{end}"' if end else ""
    return [f"<tns:{tag}{attributes}>", *_indent(children), f"</tns:{tag}>"]


def write_branch(tag: str, *children: Lines) -> Lines:
    """Return an element that holds others."""
    return [f"<com:{tag}>", *_indent(children), f"</com:{tag}>"]


def write_leaf(tag: str, text: str) -> Lines:
    """Return an element that holds a text; nothing when that is empty."""
    return [f"<com:{tag}>{escape(text, _KEPT)}</com:{tag}>"] if text else []


def write_identifier(tag: str, identifier: Identifier) -> Lines:
    """Return the code of an object or a reference to one."""
    return write_branch(
        tag,
        write_leaf("namespace", identifier.namespace),
        write_leaf("objectIdentifier", identifier.object_id),
        write_leaf("versionIdentifier", identifier.version),
    )


def write_name(language: str, spelling: Lines) -> Lines:
    """Return a name in one language; the spelling as an element, which may be an empty one."""
    return write_branch("name", write_leaf("language", language), spelling)


def write_position(text: str, crs: str, method: str, specification: str) -> Lines:
    """Return a position; `text` is `x y` and `crs` an EPSG code, each as published."""
    srs = f' srsName="{_CRS_URI}{crs}"' if crs else ""
    pos = (
        f'<com:pos axisLabels="x y" srsDimension="2"{srs} uomLabels="m m">{escape(text)}</com:pos>'
    )
    return write_branch(
        "position",
        write_branch("pointGeometry", write_branch("point", [pos])),
        write_leaf("positionGeometryMethod", method),
        write_leaf("positionSpecification", specification),
    )


def write_status(tag: str, status: str, valid_from: str, valid_to: str) -> Lines:
    """Return a status with the validity that the source gives it."""
    return write_branch(
        tag,
        write_leaf("status", status),
        write_leaf("validFrom", valid_from),
        write_leaf("validTo", valid_to),
    )


def _indent(children: list[Lines] | tuple[Lines, ...]) -> Lines:
    return [f"  {line}" for child in children for line in child]
