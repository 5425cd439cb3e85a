"""Rows as the documents of v1. Members are only ever added; nulls are left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.links import make_href, make_id
from api.v1.names import choose_names, choose_one, read_names, write_address
from api.v1.positions import Position
from registry.domain.identifiers import NAMESPACES, BestIdentifier
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.reading.register_state import RegisterState

Row = Mapping[str, Any]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How rows are to be shown: with which links, names and releases."""

    base_url: str
    state: RegisterState
    language: str | None
    languages: tuple[str, ...]
    references: dict[tuple[Resource, str, str], Document] = field(default_factory=dict)
    """Made once per page: most addresses of a page share their street and place."""


def strip(document: Mapping[str, Any]) -> Document:
    """Leave out what there is not."""
    return {
        name: value for name, value in document.items() if value or value is False or value == 0
    }


def make_identity(row: Row, resource: Resource, view: View) -> Document:
    """Return what identifies an object: id, link, BeSt identifier whole and in parts."""
    region = Region(row["region"])
    public_id = make_id(resource, region, row["object_id"])
    namespace = row["namespace"] or NAMESPACES.get((region, resource))
    document: Document = {
        "id": public_id,
        "href": make_href(view.base_url, resource, public_id),
    }
    if namespace is None:
        return document
    identifier = BestIdentifier(
        namespace=namespace, object_id=row["object_id"], version_id=row["version_id"]
    )
    document |= {
        "bestId": str(identifier),
        "bestIdentifier": strip(
            {
                "namespace": namespace,
                "objectIdentifier": row["object_id"],
                "versionIdentifier": row["version_id"],
            }
        ),
    }
    return document


def make_times(row: Row, view: View) -> Document:
    """Return the three axes of time: in the world, in the source, in this register."""
    release = view.state.find_release(row["seq_from"])
    return {
        "validity": strip(
            {
                "validFrom": row["valid_from"],
                "validTo": row["valid_to"],
                "assumed": row["valid_from_assumed"] if row["valid_from"] else None,
            }
        ),
        "lifeSpan": strip({"begin": row["life_begin"], "end": row["life_end"]}),
        "recorded": strip(
            {
                "seq": row["seq_from"],
                "release": release.number if release else None,
                "at": release.published_at if release else None,
            }
        ),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Which columns of a row refer to another object."""

    resource: Resource
    object_id: str
    found: str
    names: str
    make_members: Callable[[Row], Document] = lambda _: {}


def to_number(code: str | None) -> int | None:
    """Return a NIS code as belgif writes it; None when it is no number."""
    return int(code) if code and code.isascii() and code.isdigit() else None


STREET_NAME = Reference(
    resource=Resource.STREET_NAME,
    object_id="street_name_id",
    found="street_name_found",
    names="street",
    make_members=lambda row: {"homonymAddition": row["homonym_addition"]},
)
MUNICIPALITY = Reference(
    resource=Resource.MUNICIPALITY,
    object_id="municipality_id",
    found="municipality_found",
    names="municipality",
    make_members=lambda row: {"municipalityCode": to_number(row["municipality_id"])},
)
PART_OF_MUNICIPALITY = Reference(
    resource=Resource.PART_OF_MUNICIPALITY,
    object_id="part_id",
    found="part_found",
    names="part",
)
POSTAL_INFO = Reference(
    resource=Resource.POSTAL_INFO,
    object_id="postal_code",
    found="postal_found",
    names="postal",
    make_members=lambda row: {"postCode": row["postal_code"]},
)


def find_reference(row: Row, reference: Reference, view: View) -> Document | None:
    """Return what a row refers to, None when it refers to nothing."""
    object_id = row[reference.object_id]
    if object_id is None:
        return None
    key = (reference.resource, row["region"], object_id)
    if key not in view.references:
        view.references[key] = make_reference(row, reference, view)
    return view.references[key]


def make_reference(row: Row, reference: Reference, view: View) -> Document:
    """Return a reference; one that leads nowhere is an id without link and name."""
    object_id = row[reference.object_id]
    members = reference.make_members(row)
    public_id = make_id(reference.resource, row["region"], object_id)
    if row[reference.found] is None:
        return strip({"id": public_id, **members})
    return strip(
        {
            "id": public_id,
            "href": make_href(view.base_url, reference.resource, public_id),
            "name": choose_names(read_names(row, reference.names), view.language),
            **members,
        }
    )


def make_address_document(row: Row, position: Position | None, view: View) -> Document:
    """Return an address with the names it refers to."""
    written = write_address(row)
    lines = {language: texts["line"] for language, texts in written.items()}
    region = Region(row["region"])
    return strip(
        {
            **make_identity(row, Resource.ADDRESS, view),
            "title": choose_one(lines, view.languages, region),
            "houseNumber": row["house_number"],
            "boxNumber": row["box_number"],
            "status": row["status"],
            "officiallyAssigned": row["officially_assigned"],
            "streetName": find_reference(row, STREET_NAME, view),
            "municipality": find_reference(row, MUNICIPALITY, view),
            "partOfMunicipality": find_reference(row, PART_OF_MUNICIPALITY, view),
            "postalInfo": find_reference(row, POSTAL_INFO, view),
            "region": region.iso_code,
            "position": position,
            "distance": None if row["distance"] is None else round(row["distance"], 2),
            "formattedAddress": choose_written(written, view.language),
            **make_times(row, view),
        }
    )


def choose_written(written: dict[str, Document], language: str | None) -> dict[str, Document]:
    """Keep the written address in one language, if it can be written in it."""
    if language is None or language not in written:
        return written
    return {language: written[language]}


def make_named_document(row: Row, resource: Resource, view: View) -> Document:
    """Return a municipality, part of one, postal info or street name."""
    names = read_names(row, "name")
    region = Region(row["region"])
    return strip(
        {
            **make_identity(row, resource, view),
            **_MAKE_CODES[resource](row, view),
            "title": choose_one(names, view.languages, region),
            "name": choose_names(names, view.language),
            "status": row["status"],
            "region": region.iso_code,
            **make_times(row, view),
        }
    )


def _make_street_members(row: Row, view: View) -> Document:
    return {
        "homonymAddition": row["homonym_addition"],
        "streetNameType": row["street_name_type"],
        "municipality": find_reference(row, MUNICIPALITY, view),
    }


_MAKE_CODES = {
    Resource.MUNICIPALITY: lambda row, _: {"municipalityCode": to_number(row["object_id"])},
    Resource.PART_OF_MUNICIPALITY: lambda _row, _view: {},
    Resource.POSTAL_INFO: lambda row, _: {"postCode": row["object_id"]},
    Resource.STREET_NAME: _make_street_members,
}
