"""What is refused and how it is said: RFC 9457, and nothing of what was sent."""

from typing import Final

import orjson
from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"
NO_STORE: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_PROBLEMS: Final = {
    "request_malformed": (400, "The request is not as the documentation describes it"),
    "cursor_unknown": (400, "This cursor leads nowhere for you: begin at the first page"),
    "usage_unknown": (400, "There is no such consultation about you"),
    "token_refused": (401, "The token is missing, expired, or not meant for this service"),
    "mandate_refused": (403, "The mandate does not, or no longer, count here"),
    "other_site": (403, "This form was sent from another site"),
    "not_found": (404, "There is nothing at this path"),
    "method_not_allowed": (405, "This path does not take this method"),
    "too_large": (413, "The request is too large"),
    "media_type": (415, "This path reads another media type"),
    "too_many_requests": (429, "You have asked or filed much today; try again tomorrow"),
    "unavailable": (503, "Not answered; try again later"),
}


class Refused(Exception):
    """The request gets a problem; `code` is one of this module's table."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return _PROBLEMS[self.code][0]

    @property
    def headers(self) -> dict[str, str]:
        """Headers that go with it."""
        return {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}


def make_problem(refused: Refused) -> Response:
    """Write the problem; its type is stable, its title in English."""
    status, title = _PROBLEMS[refused.code]
    first, *words = refused.code.split("_")
    urn = "urn:problem-type:best:links:" + first + "".join(word.capitalize() for word in words)
    return Response(
        orjson.dumps({"type": urn, "title": title, "status": status}),
        status_code=status,
        headers={**NO_STORE, **refused.headers},
        media_type=MEDIA_TYPE,
    )
