"""What a listing of addresses is asked for: checks across parameters, then conditions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.exchange import Exchange
from api.problems import Issue, make_bad_request
from api.v1.areas import read_box, read_circle
from api.v1.identifiers import parse_best_id_parameter
from api.v1.name_patterns import read_name_pattern
from api.v1.parameters import AddressListParameters
from registry.domain.errors import InvalidIdentifier
from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.normalization.house_number import make_number_key
from registry.store.reading.addresses import AddressFilter, Circle
from registry.store.reading.named_objects import NamedFilter, list_street_name_keys
from registry.store.reading.pool import Connection
from registry.store.reading.statements import ValidOn

MOST_STREETS = 5_000
_ANCHORS = ("streetName", "streetNameId", "postCode", "municipalityCode", "bbox", "lat", "x")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressQuestion:
    """Conditions, and the circle when the question is about a point."""

    condition: AddressFilter
    circle: Circle | None
    street: NamedFilter | None


def read_question(parameters: AddressListParameters, exchange: Exchange) -> AddressQuestion:
    """Return what is asked; a bad request names everything that does not go together."""
    issues = [*_find_issues(parameters)]
    if issues:
        raise make_bad_request(issues)
    grid = exchange.services.settings.proj_grid
    regions = frozenset(Region) if parameters.region is None else _only(parameters.region)
    street_id = _read_street_id(parameters)
    object_key = parse_best_id_parameter(parameters.best_id, Resource.ADDRESS)
    for key in (street_id, object_key):
        if key is not None:
            regions &= {key.region}
    condition = AddressFilter(
        regions=tuple(sorted(regions)),
        street_names=None if street_id is None else (street_id,),
        object_id=None if object_key is None else object_key.object_id,
        municipality_id=_to_text(parameters.municipality_code),
        postal_code=parameters.post_code,
        house_key=_to_key(parameters.house_number),
        box_key=_to_key(parameters.box_number),
        statuses=tuple(sorted(set(parameters.status))),
        area=read_box(parameters, grid),
    )
    return AddressQuestion(
        condition=condition,
        circle=read_circle(parameters, grid),
        street=read_name(parameters.street_name, condition),
    )


def _only(code: str) -> frozenset[Region]:
    return frozenset({Region.from_iso_code(code)})


def _to_text(code: int | None) -> str | None:
    return None if code is None else str(code)


def _to_key(number: str | None) -> str | None:
    return None if number is None else make_number_key(number)


def _read_street_id(parameters: AddressListParameters) -> ObjectKey | None:
    if parameters.street_name_id is None:
        return None
    try:
        return ObjectKey.parse(parameters.street_name_id)
    except InvalidIdentifier as error:
        raise make_bad_request(
            [
                Issue(
                    name="streetNameId",
                    kind="schemaViolation",
                    detail=f"{error}.",
                    value=parameters.street_name_id,
                )
            ]
        ) from error


def read_name(name: str | None, condition: AddressFilter) -> NamedFilter | None:
    """Return the street names that a name means, None when no name is given."""
    pattern = read_name_pattern(name, parameter="streetName")
    return None if pattern is None else NamedFilter(regions=condition.regions, name=pattern)


async def find_streets(
    connection: Connection,
    question: AddressQuestion,
    *,
    seq: int,
    valid_on: ValidOn | None = None,
) -> tuple[ObjectKey, ...] | None:
    """Return the street names that addresses may be in; None when any will do."""
    if question.street is None:
        return question.condition.street_names
    found = await list_street_name_keys(
        connection, question.street, seq=seq, limit=MOST_STREETS + 1, valid_on=valid_on
    )
    if len(found) > MOST_STREETS:
        detail = f"More than {MOST_STREETS} street names are like that. Give more of the name."
        raise make_bad_request([Issue(name="streetName", kind="outOfRange", detail=detail)])
    given = question.condition.street_names
    return found if given is None else tuple(key for key in found if key in given)


def _find_issues(parameters: AddressListParameters) -> Iterator[Issue]:
    given = parameters.model_dump(by_alias=True, exclude_none=True)
    yield from find_point_issues(given)
    if "radius" in given and not {"lat", "x"} & given.keys():
        yield Issue(name="radius", kind="requiredInput", detail="radius needs a point.")
    for name in ("houseNumber", "boxNumber"):
        if name in given and not any(anchor in given for anchor in _ANCHORS):
            yield Issue(
                name=name,
                kind="requiredInput",
                detail=f"{name} also needs one of streetName, streetNameId, postCode,"
                " municipalityCode, bbox or a point.",
                value=given[name],
            )


def find_point_issues(given: Mapping[str, object]) -> Iterator[Issue]:
    """Yield what is wrong with the point among the parameters that were given, by name."""
    for pair in (("lat", "lon"), ("x", "y")):
        if (pair[0] in given) != (pair[1] in given):
            there, missing = pair if pair[0] in given else pair[::-1]
            yield Issue(name=missing, kind="requiredInput", detail=f"{there} needs {missing} too.")
    if "lat" in given and "x" in given:
        yield Issue(
            name="x",
            kind="zeroOrExactlyOneOfExpected",
            detail="Give the point by lat and lon, or by x, y and crs, not both.",
        )
    if "x" in given and "crs" not in given:
        yield Issue(name="crs", kind="requiredInput", detail="x and y need crs, their system.")
