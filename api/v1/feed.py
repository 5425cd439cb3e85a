"""What the feed's pages have in common: where they go on, and how long they may be kept."""

import re
from hashlib import blake2b

from starlette.responses import Response

from api.exchange import REPRESENTATION, Exchange
from api.kept_pages import KeptPage
from api.links import make_collection_href
from api.negotiation import read_header
from registry.store.reading.register_state import RegisterState

FOR_EVER = "public, max-age=31536000, immutable"
# Kept, but asked about again each time: what is new must be seen at once.
UNTIL_ASKED = "public, no-cache"
_TAG = re.compile(r'"(complete-)?([0-9]{1,19})-[0-9a-f]+"')


def make_following(exchange: Exchange, after: int) -> str:
    """Return the address of this listing after a number."""
    request = exchange.request
    kept = [item for item in request.query_params.multi_items() if item[0] != "after"]
    parameters = [*kept, ("after", str(after))]
    return make_collection_href(exchange.services.base_url, request.scope["path"], parameters)


def mark_history(state: RegisterState, seq: int) -> str:
    """Return what tells the release of a number from that of another history.

    After a restore the same numbers may come to mean something else.
    """
    release = state.find_release(seq)
    if release is None:
        return ""
    return f"{release.published_at.isoformat()} {(release.root or b'').hex()}"


def make_page_tag(exchange: Exchange, seq: int, *, is_complete: bool) -> str:
    """Return the ETag of a page as of `seq`, or of one that is complete and ends there."""
    scope = exchange.request.scope
    asked = (scope["path"], scope["query_string"].decode("latin-1"), exchange.media)
    mark = mark_history(exchange.state, seq)
    form = (REPRESENTATION, exchange.state.dataset, exchange.services.base_url, mark, *asked)
    digest = blake2b("\0".join(form).encode(), digest_size=6).hexdigest()
    return f'W/"{"complete-" if is_complete else ""}{seq}-{digest}"'


def find_unchanged(exchange: Exchange) -> Response | None:
    """Return the 304 for a client that has this page as it is."""
    given = read_header(exchange.request.scope, b"if-none-match")
    if not given:
        return None
    for found in _TAG.finditer(given):
        # Where a complete page ends, only its tag says before it is read.
        seq, is_complete = int(found[2]), found[1] is not None
        if is_complete or seq == exchange.seq:
            headers = make_page_headers(exchange, seq, is_complete=is_complete)
            if headers["ETag"].removeprefix("W/") == found[0]:
                return Response(status_code=304, headers=headers)
    return None


def answer_kept(exchange: Exchange, page: KeptPage, *, is_compressed: bool) -> Response:
    """Send a page that is finished, compressed or not."""
    seq = page.until if page.is_complete else exchange.seq
    headers = make_page_headers(exchange, seq, is_complete=page.is_complete)
    if page.following:
        headers["Link"] = f'<{page.following}>; rel="next"'
    if is_compressed:
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept, Accept-Encoding"}
    return Response(page.content, headers=headers, media_type=exchange.media.value)


def make_page_headers(exchange: Exchange, seq: int, *, is_complete: bool) -> dict[str, str]:
    """Return the headers of a page as of `seq`, or of one that is complete and ends there."""
    return {
        "ETag": make_page_tag(exchange, seq, is_complete=is_complete),
        "Cache-Control": FOR_EVER if is_complete else UNTIL_ASKED,
        "Vary": "Accept",
    }
