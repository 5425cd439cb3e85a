"""Ids in paths and parameters: short ones, codes, and full BeSt identifiers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.problems import GONE, NOT_FOUND, Issue, Problem, make_bad_request
from registry.domain.errors import InvalidIdentifier
from registry.domain.identifiers import ObjectKey, find_replaced_key, parse_best_identifier
from registry.domain.region import Region
from registry.domain.resource import Resource

_CODES = {
    Resource.MUNICIPALITY: re.compile(r"[1-9]\d{4}"),
    Resource.POSTAL_INFO: re.compile(r"\d{4}"),
}
LONGEST_ID = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """An object id and the regions it may be in: a code does not say its region."""

    object_id: str
    regions: tuple[Region, ...]


def parse_path_id(text: str, resource: Resource) -> Sought:
    """Read the id in a path; what is no id is a resource that does not exist."""
    if not text or len(text) > LONGEST_ID or text.endswith("/") or not text.isprintable():
        raise make_not_found(text[:LONGEST_ID], resource)
    code = _CODES.get(resource)
    if code is not None and code.fullmatch(text) and text.isascii():
        return Sought(object_id=text, regions=tuple(Region))
    if (replaced := find_replaced_key(text, resource)) is not None:
        # No object has such an id: it is found to be gone, and what it means is told then.
        return Sought(object_id=text, regions=(replaced.region,))
    try:
        key = _parse(text, resource)
    except InvalidIdentifier as error:
        raise make_not_found(text, resource, detail=f"{error}.") from error
    return Sought(object_id=key.object_id, regions=(key.region,))


def _parse(text: str, resource: Resource) -> ObjectKey:
    if "/" in text:
        return parse_best_identifier(text, resource)[0]
    if resource in _CODES:
        raise InvalidIdentifier(f"{text!r} is not the code of a {resource.replace('_', ' ')}")
    return ObjectKey.parse(text)


def parse_best_id_parameter(text: str | None, resource: Resource) -> ObjectKey | None:
    """Read the parameter `bestId`; what is no identifier of this kind is a bad request."""
    if text is None:
        return None
    try:
        return parse_best_identifier(text, resource)[0]
    except InvalidIdentifier as error:
        issue = Issue(name="bestId", kind="invalidInput", detail=f"{error}.", value=text)
        raise make_bad_request([issue]) from error


def make_not_found(text: str, resource: Resource, detail: str | None = None) -> Problem:
    """Return the problem of an id that the register never had."""
    detail = detail or f"There is no {resource.replace('_', ' ')} {text!r} in the register."
    issue = Issue(
        name=f"{PATH_PARAMETERS[resource]}",
        kind="invalidInput",
        detail=detail,
        value=text,
        place="path",
    )
    return Problem(type=NOT_FOUND, detail=detail, issues=(issue,))


def make_gone(text: str, resource: Resource, members: Mapping[str, Any]) -> Problem:
    """Return the problem of an object that is no more; `members` say when, why, and what now."""
    detail = _GONE[members["reason"]].format(kind=resource.replace("_", " "), text=text)
    return Problem(type=GONE, detail=detail, members=members)


_GONE = {
    "removed": "The {kind} {text!r} was in the register and has left it.",
    "retired": "The {kind} {text!r} was retired and has left the register.",
    "rolledBack": "The {kind} {text!r} was in a release that was taken back.",
    "mergedMunicipality": "The municipality {text!r} was merged into another.",
    "recodedMunicipality": "The municipality {text!r} has another code now.",
    "namespaceReplaced": "{text!r} is how Brussels named its {kind} until 31 January 2022.",
}
"""By reason: each word there is for why an object is gone."""


PATH_PARAMETERS = {
    Resource.ADDRESS: "addressId",
    Resource.STREET_NAME: "streetNameId",
    Resource.MUNICIPALITY: "municipalityCode",
    Resource.PART_OF_MUNICIPALITY: "partOfMunicipalityId",
    Resource.POSTAL_INFO: "postCode",
}
