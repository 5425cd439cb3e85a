"""All that was current after a release: what it consists of, and the lines of it."""

from collections.abc import Sequence
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response

from api.exchange import Exchange
from api.links import API_ROOT
from api.negotiation import MediaType, accepts_encoding
from api.problems import NOT_FOUND, Issue, Problem, make_history_gone
from api.v1.feed import find_unchanged, make_page_headers
from api.v1.releases import group_by_region, make_region_proof, make_release_href
from api.v1.representations import Document
from api.v1.streams import Pieces, Stream, compress, wait_for_place
from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.store.reading.pool import Row
from registry.store.reading.register_state import Release
from registry.store.reading.releases import find_proof, list_proofs
from registry.store.reading.snapshots import stream_parts

SNAPSHOT_TYPES = (MediaType.JSON, MediaType.ZSTD)
PART_TYPES = (MediaType.NDJSON,)
NO_MUNICIPALITY = "none"
LATEST = "latest"
_RECORDS_PER_UNIT = 5_000
_COST_OF_MANIFEST = 5

_Part = tuple[Region, str]


async def answer_snapshot(request: Request, text: str) -> Response:
    """Answer what a snapshot consists of, or all of it."""
    exchange = Exchange.begin(request, offered=SNAPSHOT_TYPES)
    release = find_proven_release(exchange, text)
    if exchange.is_unchanged():
        return exchange.answer_unchanged()
    exchange.charge(_COST_OF_MANIFEST)
    async with exchange.services.pool.connection() as connection:
        proofs = await list_proofs(connection, release.number)
    if exchange.media is MediaType.JSON:
        return exchange.answer(make_manifest(exchange, release, proofs))
    exchange.charge(sum(row["records"] for row in proofs) // _RECORDS_PER_UNIT)
    parts = [(Region(row["region"]), row["municipality_id"]) for row in proofs]
    name = f"best-{release.last_seq}.ndjson.zst"
    await wait_for_place(exchange.services.whole_streams, exchange.client)
    return Stream(
        compress(_stream(exchange, release, parts)),
        exchange.services.whole_streams,
        media_type=MediaType.ZSTD.value,
        headers={
            **exchange.make_headers(),
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


async def answer_part(request: Request, text: str, region_code: str, code: str) -> Response:
    """Answer the lines of one municipality, or of what is in none."""
    exchange = Exchange.begin(request, offered=PART_TYPES)
    release = find_proven_release(exchange, text)
    if (unchanged := find_unchanged(exchange)) is not None:
        return unchanged
    region, municipality_id = _read_part(region_code, code)
    async with exchange.services.pool.connection() as connection:
        proof = await find_proof(connection, region, municipality_id, release.number)
    if proof is None:
        raise _make_no_part(region_code, code)
    exchange.charge(1 + proof["records"] // _RECORDS_PER_UNIT)
    lines = _stream(exchange, release, [(region, municipality_id)])
    is_kept = text != LATEST and release.dataset is Dataset.OPEN
    seq = release.last_seq if is_kept else exchange.seq
    headers = make_page_headers(exchange, seq, is_complete=is_kept)
    headers["Vary"] = "Accept, Accept-Encoding"
    if accepts_encoding(request.scope, "zstd"):
        lines, headers["Content-Encoding"] = compress(lines), "zstd"
    await wait_for_place(exchange.services.part_streams, exchange.client)
    return Stream(
        lines,
        exchange.services.part_streams,
        media_type=MediaType.NDJSON.value,
        headers=headers,
    )


async def _stream(exchange: Exchange, release: Release, parts: Sequence[_Part]) -> Pieces:
    async with exchange.services.pool.connection() as connection:
        lines = stream_parts(connection, parts, seq=release.last_seq)
        async with aclosing(lines):
            async for piece in lines:
                yield piece


def find_proven_release(exchange: Exchange, text: str) -> Release:
    """Return the release that a snapshot is of; 404 when there is none, 410 when it is gone."""
    state = exchange.state
    proven = [release for release in state.releases if release.root is not None]
    if text != LATEST:
        proven = [release for release in proven if text == str(release.last_seq)]
    if not proven:
        raise _make_no_snapshot(text)
    release = proven[-1]
    if release.last_seq < state.oldest_seq:
        raise make_history_gone(state.oldest_seq, exchange.services.base_url)
    return release


def _make_no_snapshot(text: str) -> Problem:
    detail = (
        "There are snapshots after each release with a `root`: the number is its `lastSeq`."
        " /v1/releases lists them."
    )
    issue = Issue(name="seq", kind="invalidInput", detail=detail, value=text[:100], place="path")
    return Problem(type=NOT_FOUND, detail=detail, issues=(issue,))


def _make_no_part(region: str, code: str) -> Problem:
    detail = (
        f"This snapshot has nothing of {region[:20]}/{code[:20]}: its manifest lists what it has."
    )
    return Problem(type=NOT_FOUND, detail=detail)


def _read_part(region_code: str, code: str) -> _Part:
    codes = {region.iso_code: region for region in Region}
    if region_code not in codes or not code.isprintable():
        raise _make_no_part(region_code, code)
    return codes[region_code], "" if code == NO_MUNICIPALITY else code


def make_manifest(exchange: Exchange, release: Release, proofs: Sequence[Row]) -> Document:
    """Return what a snapshot consists of, with the digests that prove it."""
    base = f"{exchange.services.base_url}{API_ROOT}"
    href = f"{base}/snapshots/{release.last_seq}"
    return {
        "self": f"{exchange.services.base_url}{exchange.request.scope['path']}",
        "seq": release.last_seq,
        "release": release.number,
        "root": (release.root or b"").hex(),
        "href": href,
        "regions": [
            make_parts(region, rows, f"{href}/{region.iso_code}")
            for region, rows in group_by_region(proofs)
        ],
        "releases": make_release_href(exchange, release.number),
        "successions": f"{base}/successions",
    }


def make_parts(region: Region, rows: list[Row], href: str) -> Document:
    """Return the parts that a region's snapshot has below `href`."""
    proof = make_region_proof(region, rows)
    parts = proof.pop("municipalities")
    return {
        **proof,
        "parts": [
            {**part, "href": f"{href}/{part.get('municipalityCode', NO_MUNICIPALITY)}"}
            for part in parts
        ],
    }
