"""What is refused and how it is said: RFC 9457, a stable type each, and nothing of the request."""

from collections.abc import Mapping
from typing import Final

import orjson

from links.domain.reasons import Reason

MEDIA_TYPE: Final = "application/problem+json"

_AT_THE_DOOR: Final = {
    "request_malformed": (400, "The signed request is not as the documentation describes it"),
    "query_string": (400, "Nothing is asked by URL"),
    "token_refused": (401, "The access token is missing, expired, not ours or not yours"),
    "proof_refused": (401, "The DPoP proof is missing, old, of another request or of another key"),
    "request_signature": (401, "The request is not signed now, with a key of this client"),
    "too_many_refusals": (429, "Too many requests of this client were refused; wait a minute"),
    "handle_not_opened": (403, "The handle is not for you, was opened before, or is too old"),
    "not_found": (404, "There is nothing at this path"),
    "method_not_allowed": (405, "This path does not take this method"),
    "too_large": (413, "The request is too large"),
    "media_type": (415, "A request is a signed one: application/jose"),
    "unavailable": (503, "Not answered; ask again later"),
}
_TITLES: Final = {
    Reason.CLIENT_INACTIVE: "This client is suspended or revoked",
    Reason.ORGANISATION_INACTIVE: "This organisation is suspended",
    Reason.PROOF_REPLAYED: "This DPoP proof or signed request was used before",
    Reason.SCOPE: "The access token was not asked for this deliberation",
    Reason.QUOTA_HOUR: "The deliberation's quota of this hour is used up",
    Reason.QUOTA_DAY: "The deliberation's quota of today is used up",
    Reason.QUOTA_ADDRESSES_DAY: "The deliberation's number of addresses of today is used up",
    Reason.QUOTA_END_USER: "This end user's quota is used up",
}
_UNAUTHENTICATED: Final = {
    Reason.CLIENT_INACTIVE,
    Reason.ORGANISATION_INACTIVE,
    Reason.PROOF_REPLAYED,
}
_MALFORMED: Final = {Reason.REFERENCE_MALFORMED, Reason.QUESTION_MALFORMED}
_QUOTAS: Final = {
    Reason.QUOTA_HOUR,
    Reason.QUOTA_DAY,
    Reason.QUOTA_ADDRESSES_DAY,
    Reason.QUOTA_END_USER,
}

# A canary that is told is none; what went wrong inside is nobody's outside.
_SAID_AS: Final[Mapping[str, str]] = {
    Reason.CANARY: Reason.CLIENT_INACTIVE,
    Reason.EVALUATION_FAILED: "unavailable",
    Reason.SIGNATURE_INVALID: "unavailable",
    Reason.BODY_MISMATCH: "unavailable",
    Reason.VERSION: "unavailable",
}


class Refused(Exception):
    """The request gets a problem: a code of the table or a Reason; `detail` repeats no value."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def make_urn(code: str) -> str:
    """Return the problem's type, such as urn:problem-type:best:links:noPurpose."""
    first, *words = code.split("_")
    return "urn:problem-type:best:links:" + first + "".join(word.capitalize() for word in words)


def list_problems() -> Mapping[str, tuple[int, str]]:
    """Return status and title of every code, as the documentation lists them."""
    return _PROBLEMS


def make_problem(refused: Refused) -> tuple[int, bytes]:
    """Return status and body of a problem."""
    code = _SAID_AS.get(refused.code, refused.code)
    code = code if code in _PROBLEMS else "unavailable"
    status, title = _PROBLEMS[code]
    body = {"type": make_urn(code), "title": title, "status": status}
    if refused.detail is not None:
        body["detail"] = refused.detail
    return status, orjson.dumps(body)


def _make_reason(reason: Reason) -> tuple[int, str]:
    if reason in _UNAUTHENTICATED:
        status = 401
    elif reason in _MALFORMED:
        status = 400
    else:
        status = 429 if reason in _QUOTAS else 403
    return status, _TITLES.get(reason, "The deliberation does not allow this question")


_PROBLEMS: Final[Mapping[str, tuple[int, str]]] = _AT_THE_DOOR | {
    reason.value: _make_reason(reason)
    for reason in Reason
    if reason.value not in _SAID_AS and reason is not Reason.NO_DOSSIER
}
