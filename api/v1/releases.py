"""Releases, and the digests that prove what the register held after one."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.links import API_ROOT
from api.negotiation import MediaType
from api.problems import NOT_FOUND, Issue, Problem
from api.v1.collections import COLLECTION_TYPES, make_self
from api.v1.feed import make_following
from api.v1.feed_parameters import ReleaseListParameters
from api.v1.representations import Document, strip
from registry.domain.proof import make_node
from registry.domain.region import Region
from registry.store.reading.pool import Row
from registry.store.reading.releases import find_release, list_proofs, list_releases


async def answer_releases(request: Request, parameters: ReleaseListParameters) -> Response:
    """Answer a page of releases, the oldest first."""
    exchange = Exchange.begin(request, offered=COLLECTION_TYPES)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(1)
    size = parameters.page_size
    async with exchange.services.pool.connection() as connection:
        rows = await list_releases(
            connection, after=parameters.after, seq=exchange.seq, limit=size + 1
        )
    shown = [make_release(row, exchange) for row in rows[:size]]
    following = make_following(exchange, shown[-1]["number"]) if len(rows) > size else None
    headers = {"Link": f'<{following}>; rel="next"'} if following else {}
    if exchange.media is MediaType.NDJSON:
        return exchange.answer_lines(shown, **headers)
    frame = {"self": make_self(exchange), "next": following, "pageSize": size}
    return exchange.answer({**strip(frame), "items": shown}, **headers)


async def answer_release(request: Request, text: str) -> Response:
    """Answer one release."""
    exchange = Exchange.begin(request, offered=COLLECTION_TYPES)
    number = parse_release_number(text)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    async with exchange.services.pool.connection() as connection:
        row = await find_release(connection, number, seq=exchange.seq)
    if row is None:
        raise make_no_release(text)
    return exchange.answer(make_release(row, exchange))


async def answer_proof(request: Request, text: str) -> Response:
    """Answer the digests of everything as of a release."""
    exchange = Exchange.begin(request, offered=COLLECTION_TYPES)
    number = parse_release_number(text)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(5)
    async with exchange.services.pool.connection() as connection:
        row = await find_release(connection, number, seq=exchange.seq)
        proofs = [] if row is None else await list_proofs(connection, number)
    if row is None:
        raise make_no_release(text)
    return exchange.answer(
        strip(
            {
                "self": f"{make_release_href(exchange, number)}/proof",
                "release": number,
                "seq": row["last_seq"],
                "root": row["root"],
            }
        )
        | {"regions": [make_region_proof(*found) for found in group_by_region(proofs)]}
    )


def group_by_region(proofs: Iterable[Row]) -> list[tuple[Region, list[Row]]]:
    """Return the digests of municipalities by region, in the order of the tree."""
    grouped = groupby(proofs, key=lambda row: row["region"])
    return [(Region(region), list(rows)) for region, rows in grouped]


def make_region_proof(region: Region, rows: list[Row]) -> Document:
    """Return the digest of a region over those of its municipalities."""
    root = make_node(row["digest"] for row in rows).hex()
    return {"region": region.iso_code, "root": root, "municipalities": make_proofs(rows)}


def make_proofs(rows: Iterable[Row]) -> list[Document]:
    """Return the digests of municipalities; what is in none has no code."""
    return [
        strip({"municipalityCode": row["municipality_id"]})
        | {"records": row["records"], "digest": row["digest"].hex()}
        for row in rows
    ]


def make_release(row: Row, exchange: Exchange) -> Document:
    """Return a release as v1 shows it."""
    href = make_release_href(exchange, row["number"])
    shown: dict[str, Any] = {
        "self": href,
        "href": href,
        "number": row["number"],
        "region": Region(row["region"]).iso_code,
        "firstSeq": row["first_seq"],
        "lastSeq": row["last_seq"],
        "publishedAt": row["published_at"],
        "dataDate": row["data_date"],
        "counts": row["counts"],
        "datumShift": row["datum_shift"],
        "accuracyMetres": row["accuracy_metres"],
        "root": row["root"],
        "undoes": row["undoes"],
    }
    return {name: value for name, value in shown.items() if value is not None}


def make_release_href(exchange: Exchange, number: int) -> str:
    """Return where a release is."""
    return f"{exchange.services.base_url}{API_ROOT}/releases/{number}"


def parse_release_number(text: str) -> int:
    """Read the number in a path; what is no number is a release that does not exist."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    raise make_no_release(text)


def make_no_release(text: str) -> Problem:
    """Return the problem of a release that the register does not have."""
    detail = f"There is no release {text[:100]!r}. /v1/releases lists them."
    issue = Issue(name="number", kind="invalidInput", detail=detail, value=text[:100], place="path")
    return Problem(type=NOT_FOUND, detail=detail, issues=(issue,))
