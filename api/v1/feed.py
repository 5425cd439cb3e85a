"""What the feed's pages have in common: where they go on, and how long they may be kept."""

from hashlib import blake2b

from starlette.responses import Response

from api.exchange import REPRESENTATION, Exchange
from api.kept_pages import KeptPage
from api.links import make_collection_href
from api.negotiation import read_header

FOR_EVER = "public, max-age=31536000, immutable"
# Kept, but asked about again each time: what is new must be seen at once.
UNTIL_ASKED = "public, no-cache"


def make_following(exchange: Exchange, after: int) -> str:
    """Return the address of this listing after a number."""
    request = exchange.request
    kept = [item for item in request.query_params.multi_items() if item[0] != "after"]
    parameters = [*kept, ("after", str(after))]
    return make_collection_href(exchange.services.base_url, request.scope["path"], parameters)


def make_page_tag(exchange: Exchange, seq: int | None) -> str:
    """Return the ETag of a page as of `seq`; None: of one that is complete."""
    scope = exchange.request.scope
    asked = (scope["path"], scope["query_string"].decode("latin-1"), exchange.media)
    form = (REPRESENTATION, exchange.state.dataset, exchange.services.base_url, *asked)
    digest = blake2b("\0".join(form).encode(), digest_size=6).hexdigest()
    return f'W/"{"complete" if seq is None else seq}-{digest}"'


def find_unchanged(exchange: Exchange) -> Response | None:
    """Return the 304 for a client that has this page as it is."""
    given = read_header(exchange.request.scope, b"if-none-match")
    if not given:
        return None
    known = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    for seq in (None, exchange.seq):
        if make_page_tag(exchange, seq).removeprefix("W/") in known:
            return Response(status_code=304, headers=make_page_headers(exchange, seq))
    return None


def answer_kept(exchange: Exchange, page: KeptPage, *, is_compressed: bool) -> Response:
    """Send a page that is finished, compressed or not."""
    headers = make_page_headers(exchange, None if page.is_complete else exchange.seq)
    if page.following:
        headers["Link"] = f'<{page.following}>; rel="next"'
    if is_compressed:
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept, Accept-Encoding"}
    return Response(page.content, headers=headers, media_type=exchange.media.value)


def make_page_headers(exchange: Exchange, seq: int | None) -> dict[str, str]:
    """Return the headers of a page as of `seq`; None: of one that is complete."""
    return {
        "ETag": make_page_tag(exchange, seq),
        "Cache-Control": FOR_EVER if seq is None else UNTIL_ASKED,
        "Vary": "Accept",
    }
