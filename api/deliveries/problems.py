"""The problems of the door, beside those of the open API."""

from typing import Final

from starlette.datastructures import Headers

from api.problems import (
    NOT_FOUND,
    PROBLEM_TYPES,
    Issue,
    Problem,
    ProblemType,
    make_bad_request,
)

NO_ACCESS_TOKEN = ProblemType(
    name="noAccessToken",
    status=401,
    title="No Access Token",
    meaning="Send an access token: `Authorization: Bearer ...`.",
)
INVALID_ACCESS_TOKEN = ProblemType(
    name="invalidAccessToken",
    status=401,
    title="Invalid Access Token",
    meaning="The access token is not accepted: ask for a new one. Who still is refused then was "
    "suspended or removed by the operator.",
)
EXPIRED_ACCESS_TOKEN = ProblemType(
    name="expiredAccessToken",
    status=401,
    title="Expired Access Token",
    meaning="The access token is too old: ask for a new one.",
)
MISSING_PERMISSION = ProblemType(
    name="missingPermission",
    status=403,
    title="Missing Permission",
    meaning="This member of this agency may not do this, or not now; the detail says why.",
)
REQUEST_TIMEOUT = ProblemType(
    name="requestTimeout",
    status=408,
    title="Request Timeout",
    meaning="Less than 64 KiB of the file came in half a minute. What came is kept: go on from "
    "`received`.",
    standard=False,
)
CONFLICT = ProblemType(
    name="conflict",
    status=409,
    title="Conflict",
    meaning="The delivery is not in a state in which this can be done, or the part does not begin "
    "at `received`.",
    standard=False,
)
LENGTH_REQUIRED = ProblemType(
    name="lengthRequired",
    status=411,
    title="Length Required",
    meaning="Say how long the file is, by Content-Length or Content-Range.",
    standard=False,
)
PRECONDITION_FAILED = ProblemType(
    name="preconditionFailed",
    status=412,
    title="Precondition Failed",
    meaning="The delivery changed since the ETag that If-Match gives: look at it once more.",
    standard=False,
)
PRECONDITION_REQUIRED = ProblemType(
    name="preconditionRequired",
    status=428,
    title="Precondition Required",
    meaning="Give the delivery's ETag in If-Match: what is done is done to what you have seen. "
    "`*` does not do for publish and rollback.",
    standard=False,
)
INSUFFICIENT_STORAGE = ProblemType(
    name="insufficientStorage",
    status=507,
    title="Insufficient Storage",
    meaning="There is no room on the disk for the file. The operator sees it too. What came is "
    "kept.",
    standard=False,
)

DOOR_PROBLEM_TYPES: Final = {
    kind.name: kind
    for kind in (
        *PROBLEM_TYPES.values(),
        NO_ACCESS_TOKEN,
        INVALID_ACCESS_TOKEN,
        EXPIRED_ACCESS_TOKEN,
        MISSING_PERMISSION,
        REQUEST_TIMEOUT,
        CONFLICT,
        LENGTH_REQUIRED,
        PRECONDITION_FAILED,
        PRECONDITION_REQUIRED,
        INSUFFICIENT_STORAGE,
    )
}


def make_not_found(detail: str = "There is nothing at this path.") -> Problem:
    """Return the one answer for what is not there and for what is another agency's."""
    contract = "The contract is /deliveries/v1/doc/openapi.json."
    return Problem(type=NOT_FOUND, detail=f"{detail} {contract}")


def make_conflict(detail: str, **members: object) -> Problem:
    """Return the problem of a delivery that is in another state than it would have to be."""
    return Problem(type=CONFLICT, detail=detail, members=members)


def make_forbidden(detail: str) -> Problem:
    """Return the problem of a member that may not."""
    return Problem(type=MISSING_PERMISSION, detail=detail)


def make_unauthorized(kind: ProblemType) -> Problem:
    """Return the problem of who did not show who it is (RFC 6750 3)."""
    error = "" if kind is NO_ACCESS_TOKEN else ', error="invalid_token"'
    headers = {"WWW-Authenticate": f'Bearer realm="deliveries"{error}'}
    return Problem(type=kind, detail=kind.meaning, headers=headers)


def make_bad_input(
    name: str, detail: str, *, kind: str = "invalidInput", place: str = "body"
) -> Problem:
    """Return the bad request of one input."""
    return make_bad_request([Issue(name=name, kind=kind, detail=detail, place=place)])


def check_version(headers: Headers, version: int, *, must_be_seen: bool) -> None:
    """Refuse to act on a delivery of another version than the client has seen (RFC 9110 13.1.1).

    `*` is of a client that has seen none: it will do where `must_be_seen` is false.
    """
    given = headers.get("if-match", "").strip()
    if not given or (given == "*" and must_be_seen):
        raise Problem(type=PRECONDITION_REQUIRED, detail=PRECONDITION_REQUIRED.meaning)
    if given == "*" or f'"{version}"' in [tag.strip() for tag in given.split(",")]:
        return
    detail = PRECONDITION_FAILED.meaning
    if given.isalnum():
        detail = f'An ETag has its quotation marks: If-Match: "{given}".'
    raise Problem(type=PRECONDITION_FAILED, detail=detail)
