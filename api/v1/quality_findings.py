"""Findings: pages of them, as GeoJSON too, and each by its number."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.links import API_ROOT, make_href, make_id
from api.negotiation import MediaType
from api.problems import NOT_FOUND, Issue, Problem, make_bad_request
from api.v1.collections import COLLECTION_TYPES_WITH_POSITIONS, make_self
from api.v1.feed import make_following
from api.v1.positions import DEGREE_DIGITS
from api.v1.quality_parameters import FindingListParameters
from api.v1.representations import Document, strip, to_number
from registry.domain.errors import InvalidIdentifier
from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.quality.rules import find_rule, list_rules
from registry.store.reading.address_lookup import fetch_addresses
from registry.store.reading.pool import Connection, Row
from registry.store.reading.quality import FindingFilter, find_finding, list_findings

_RESOURCES = {resource.plural: resource for resource in Resource}
_BY_PUBLIC_ID = {Resource.PART_OF_MUNICIPALITY, Resource.STREET_NAME, Resource.ADDRESS}
_STATES = {"open": (True,), "closed": (False,), "all": (True, False)}
_ROWS_PER_UNIT = 50


async def answer_findings(request: Request, parameters: FindingListParameters) -> Response:
    """Answer a page of findings in the order of their numbers."""
    exchange = Exchange.begin(request, offered=COLLECTION_TYPES_WITH_POSITIONS)
    check_status_once(request)
    condition = read_question(parameters)
    size = parameters.page_size
    exchange.charge(2 + size // _ROWS_PER_UNIT)
    async with exchange.services.pool.connection() as connection:
        rows = await list_findings(connection, condition, after=parameters.after, limit=size + 1)
        shown = await _make_shown(connection, exchange, rows[:size])
    exchange = settle(exchange, [shown, len(rows)])
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    following = make_following(exchange, rows[size - 1]["id"]) if len(rows) > size else None
    headers = {"Link": f'<{following}>; rel="next"'} if following else {}
    if exchange.media is MediaType.NDJSON:
        return exchange.answer_lines(shown, **headers)
    frame = strip({"self": make_self(exchange), "next": following, "pageSize": size})
    if exchange.media is MediaType.GEOJSON:
        body = {"type": "FeatureCollection", **frame, "features": shown}
    else:
        body = {**frame, "items": shown}
    return exchange.answer(body, **headers)


async def answer_finding(request: Request, text: str) -> Response:
    """Answer one finding, also when it is repaired."""
    exchange = Exchange.begin(request, offered=COLLECTION_TYPES_WITH_POSITIONS)
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
    async with exchange.services.pool.connection() as connection:
        row = await find_finding(connection, number)
        shown = await _make_shown(connection, exchange, [row] if row else [])
    if not shown:
        raise make_no_such("findingId", f"There is no finding {text[:100]!r}.", text)
    exchange = settle(exchange, shown)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    found = shown[0]
    if exchange.media is MediaType.GEOJSON:
        return exchange.answer(found)
    return exchange.answer({"self": found["href"], **found})


def check_status_once(request: Request) -> None:
    """Refuse a second `status`: in other listings it may be repeated."""
    if len(given := request.query_params.getlist("status")) > 1:
        detail = "status may only be given once: all is open and closed."
        issue = Issue(name="status", kind="invalidInput", detail=detail, value=given[1])
        raise make_bad_request([issue])


def settle(exchange: Exchange, content: object) -> Exchange:
    """Return the exchange with an ETag of what is answered: quality changes without a release."""
    digest = blake2b(orjson.dumps(content), digest_size=8).hexdigest()
    return replace(exchange, content=digest)


def make_no_such(name: str, detail: str, text: str) -> Problem:
    """Return the problem of a path that leads to nothing."""
    issue = Issue(name=name, kind="invalidInput", detail=detail, value=text[:100], place="path")
    return Problem(type=NOT_FOUND, detail=detail, issues=(issue,))


def read_question(parameters: FindingListParameters) -> FindingFilter:
    """Return what is asked for; a bad request names a rule or an id that cannot be."""
    region, resource, code = parameters.region, parameters.resource, parameters.municipality_code
    condition = FindingFilter(
        rules=_read_rules(parameters),
        municipality_id=None if code is None else str(code),
        mark=parameters.mark,
        open=_STATES[parameters.status],
    )
    if parameters.object_id is not None:
        condition = _about_object(condition, parameters.object_id)
    if region is not None:
        condition = replace(condition, regions=condition.regions & {Region.from_iso_code(region)})
    if resource is not None:
        condition = replace(condition, resources=condition.resources & {_RESOURCES[resource]})
    return condition


def _read_rules(parameters: FindingListParameters) -> tuple[str, ...]:
    name, severity = parameters.rule_id, parameters.severity
    if name is not None and find_rule(name) is None:
        detail = f"There is no rule {name}. /v1/quality/rules lists them."
        raise make_bad_request(
            [Issue(name="ruleId", kind="invalidInput", detail=detail, value=name)]
        )
    rules = list_rules()
    return tuple(
        rule.id for rule in rules if name in {None, rule.id} and severity in {None, rule.severity}
    )


def _about_object(condition: FindingFilter, text: str) -> FindingFilter:
    if text.isascii() and text.isdigit():
        kind = Resource.POSTAL_INFO if len(text) == 4 else Resource.MUNICIPALITY
        return replace(condition, object_id=text, resources=frozenset({kind}))
    try:
        key = ObjectKey.parse(text)
    except InvalidIdentifier as error:
        issue = Issue(name="objectId", kind="schemaViolation", detail=f"{error}.", value=text)
        raise make_bad_request([issue]) from error
    return replace(
        condition,
        object_id=key.object_id,
        regions=frozenset({key.region}),
        resources=frozenset(_BY_PUBLIC_ID),
    )


async def _make_shown(
    connection: Connection, exchange: Exchange, rows: Sequence[Row]
) -> list[Document]:
    """Return documents, or features where their addresses are."""
    documents = [make_finding(row, exchange) for row in rows]
    if exchange.media is not MediaType.GEOJSON:
        return documents
    keys = [ObjectKey(region=Region(row["region"]), object_id=row["object_id"]) for row in rows]
    wanted = {
        key for key, row in zip(keys, rows, strict=True) if row["resource"] == Resource.ADDRESS
    }
    found = await fetch_addresses(connection, wanted, seq=exchange.seq) if wanted else {}
    return [
        _make_feature(document, found.get(key) if key in wanted else None)
        for document, key in zip(documents, keys, strict=True)
    ]


def _make_feature(document: Document, address: Row | None) -> Document:
    geometry = None
    if address is not None and address["longitude"] is not None:
        degrees = [round(address[axis], DEGREE_DIGITS) for axis in ("longitude", "latitude")]
        geometry = {"type": "Point", "coordinates": degrees}
    return {
        "type": "Feature",
        "id": document["id"],
        "geometry": geometry,
        "properties": document,
    }


def make_finding(row: Row, exchange: Exchange) -> Document:
    """Return a finding as v1 shows it."""
    base_url, state = exchange.services.base_url, exchange.state
    region, resource = Region(row["region"]), Resource(row["resource"])
    public_id = make_id(resource, region, row["object_id"])
    found = state.find_release(row["seq_from"])
    repaired = state.find_release(row["seq_to"]) if row["seq_to"] is not None else None
    rule = find_rule(row["rule"])
    shown = {
        "id": row["id"],
        "href": f"{base_url}{API_ROOT}/quality/findings/{row['id']}",
        "ruleId": row["rule"],
        "severity": rule and rule.severity,
        "region": region.iso_code,
        "resource": resource.plural,
        "object": {"id": public_id, "href": make_href(base_url, resource, public_id)}
        if row["object_id"]
        else None,
        "municipalityCode": to_number(row["municipality_id"]),
        "detail": row["detail"],
        "foundAt": found and found.published_at,
        "foundInRelease": found and found.number,
        "repairedAt": repaired and repaired.published_at,
        "repairedInRelease": repaired and repaired.number,
        "mark": _make_mark(row),
        "source": _make_source(row),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _make_mark(row: Row) -> Document | None:
    if row["mark"] is None:
        return None
    return {"value": row["mark"], "reason": row["reason"], "markedAt": row["marked_at"]}


def _make_source(row: Row) -> Document | None:
    if row["sha256"] is None:
        return None
    names = ("container", "sha256", "path")
    return {name: row[name] for name in names} | {"offset": row["source_offset"]}
