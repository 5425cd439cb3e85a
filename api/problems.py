"""Problems as RFC 9457 and the belgif guide write them, and the one table of what becomes which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from psycopg_pool import PoolTimeout, TooManyRequests
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.random_ids import make_uuid

PROBLEM_MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemType:
    """A kind of problem: its last word, the status it is sent with, English title, meaning."""

    name: str
    status: int
    title: str
    meaning: str
    standard: bool = True

    @property
    def urn(self) -> str:
        """The URN; the belgif name space only holds what the guide defines."""
        scope = "belgif" if self.standard else "best:addressRegistry"
        return f"urn:problem-type:{scope}:{self.name}"


BAD_REQUEST = ProblemType(
    name="badRequest",
    status=400,
    title="Bad Request",
    meaning="An input is unknown, missing, malformed or contradicts another one; "
    "`issues` names each of them.",
)
NOT_FOUND = ProblemType(
    name="resourceNotFound",
    status=404,
    title="Resource Not Found",
    meaning="There is nothing at this path. Paths have no trailing slash; "
    "the documentation is at /doc.",
)
METHOD_NOT_ALLOWED = ProblemType(
    name="methodNotAllowed",
    status=405,
    title="Method Not Allowed",
    meaning="This path does not take this method; Allow names those that it takes.",
    standard=False,
)
NOT_ACCEPTABLE = ProblemType(
    name="notAcceptable",
    status=406,
    title="Not Acceptable",
    meaning="None of the media types in Accept can be made of this resource.",
    standard=False,
)
GONE = ProblemType(
    name="resourceGone",
    status=410,
    title="Resource Gone",
    meaning="The object was in the register once and is in it no more.",
    standard=False,
)
HISTORY_GONE = ProblemType(
    name="historyGone",
    status=410,
    title="History Gone",
    meaning="The register keeps no history of that long ago. `oldest` is the first number it can "
    "be asked for, `snapshot` where a copy begins.",
    standard=False,
)
PAYLOAD_TOO_LARGE = ProblemType(
    name="payloadTooLarge",
    status=413,
    title="Payload Too Large",
    meaning="The body of the request is larger than may be sent here.",
)
URI_TOO_LONG = ProblemType(
    name="uriTooLong",
    status=414,
    title="URI Too Long",
    meaning="The address of the request is longer than 4,096 characters.",
    standard=False,
)
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    name="unsupportedMediaType",
    status=415,
    title="Unsupported Media Type",
    meaning="The body of the request is of a kind that is not read here, by its `Content-Type`.",
    standard=False,
)
TOO_MANY_REQUESTS = ProblemType(
    name="tooManyRequests",
    status=429,
    title="Too Many Requests",
    meaning="This client used up its cost units of this minute, or a municipality had its reports "
    "of a day; Retry-After says when to go on.",
)
INTERNAL_SERVER_ERROR = ProblemType(
    name="internalServerError",
    status=500,
    title="Internal Server Error",
    meaning="A mistake of ours. The trace id in BelGov-Trace-Id finds it in our logs.",
)
SERVICE_UNAVAILABLE = ProblemType(
    name="serviceUnavailable",
    status=503,
    title="Service Unavailable",
    meaning="The database does not answer, or not within the time that one request may take, or "
    "what is asked for is still being made.",
)

PROBLEM_TYPES: Mapping[str, ProblemType] = {
    kind.name: kind
    for kind in (
        BAD_REQUEST,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE,
        HISTORY_GONE,  # of those with one status the last is what a bare status becomes
        GONE,
        PAYLOAD_TOO_LARGE,
        URI_TOO_LONG,
        UNSUPPORTED_MEDIA_TYPE,
        TOO_MANY_REQUESTS,
        INTERNAL_SERVER_ERROR,
        SERVICE_UNAVAILABLE,
    )
}
_BY_STATUS = {kind.status: kind for kind in PROBLEM_TYPES.values()}

_DATABASE_IS_BUSY = "The question takes too long, or too many are asked at once. Try again later."
_DATABASE_IS_DOWN = "The register cannot be read at this moment. Try again later."

_DRIVER_ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (psycopg.errors.QueryCanceled, _DATABASE_IS_BUSY),
    (TooManyRequests, _DATABASE_IS_BUSY),
    (PoolTimeout, _DATABASE_IS_DOWN),
    (psycopg.OperationalError, _DATABASE_IS_DOWN),
    # A register that is being set up: the views are not there yet.
    (psycopg.errors.UndefinedTable, _DATABASE_IS_DOWN),
    (psycopg.errors.InvalidSchemaName, _DATABASE_IS_DOWN),
    (psycopg.errors.InsufficientPrivilege, _DATABASE_IS_DOWN),
)
"""Errors of the driver that are no mistake of ours; their own texts are never shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing that is wrong with the input; `kind` ends the input-validation URN."""

    name: str
    kind: str
    detail: str
    value: Any = None
    place: str = "query"

    def make_body(self) -> dict[str, Any]:
        """Return the issue as the guide writes it."""
        body = {
            "type": f"urn:problem-type:belgif:input-validation:{self.kind}",
            "title": _ISSUE_TITLES[self.kind],
            "detail": self.detail,
            "in": self.place,
            "name": self.name,
            # As text: a number that is refused may be larger than JSON writers can bear.
            "value": None if self.value is None else str(self.value),
        }
        return {name: value for name, value in body.items() if value is not None}


_ISSUE_TITLES = {
    "schemaViolation": "Input isn't valid with respect to schema",
    "invalidInput": "Invalid input",
    "unknownInput": "Unknown input",
    "referencedResourceNotFound": "Referenced resource not found",
    "requiredInput": "Input is required",
    "outOfRange": "Input is out of range",
    "invalidPeriod": "Period is invalid",
    "exactlyOneOfExpected": "Exactly one of these inputs must be present",
    "anyOfExpected": "Any of these inputs must be present",
    "zeroOrAllOfExpected": "All or none of these inputs must be present",
    "zeroOrExactlyOneOfExpected": "Exactly one or none of these inputs must be present",
}


# Not frozen: Python writes the traceback into an exception that is raised.
@dataclass(kw_only=True, eq=False)
class Problem(Exception):
    """A problem to answer with."""

    type: ProblemType
    detail: str
    issues: tuple[Issue, ...] = ()
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def make_bad_request(issues: Iterable[Issue]) -> Problem:
    """Return the problem that lists what is wrong with the input."""
    found = tuple(issues)
    detail = found[0].detail if len(found) == 1 else f"{len(found)} inputs are wrong: see issues."
    return Problem(type=BAD_REQUEST, detail=detail, issues=found)


def make_history_gone(oldest: int, base_url: str) -> Problem:
    """Return the problem of who comes too late, with where to begin anew."""
    return Problem(
        type=HISTORY_GONE,
        detail=f"The history before number {oldest} is kept no more: begin with the snapshot.",
        members={"oldest": oldest, "snapshot": f"{base_url}/v1/snapshots/latest"},
    )


def make_not_ready() -> Problem:
    """Return the problem of a worker that has not read the register's state yet."""
    detail = "The service is starting: the register's state is not known yet."
    return Problem(type=SERVICE_UNAVAILABLE, detail=detail, headers={"Retry-After": "1"})


def make_problem(error: Exception) -> Problem:
    """Return the problem that an exception becomes; what is not foreseen is a mistake of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _make_http_problem(error)
    for kind, detail in _DRIVER_ERRORS:
        if isinstance(error, kind):
            return Problem(type=SERVICE_UNAVAILABLE, detail=detail, headers={"Retry-After": "5"})
    return Problem(type=INTERNAL_SERVER_ERROR, detail=INTERNAL_SERVER_ERROR.meaning)


def make_error_response(error: Exception, *, base_url: str) -> Response:
    """Answer what an exception becomes; a mistake of ours is raised on, to be logged."""
    problem = make_problem(error)
    if problem.type is INTERNAL_SERVER_ERROR:
        raise error
    return make_problem_response(problem, base_url=base_url)


def _make_http_problem(error: HTTPException) -> Problem:
    kind = _BY_STATUS.get(error.status_code, INTERNAL_SERVER_ERROR)
    headers = dict(error.headers or {})
    if kind is METHOD_NOT_ALLOWED and headers.get("Allow", "GET") == "GET":
        headers = {"Allow": "GET, HEAD"}
    return Problem(type=kind, detail=kind.meaning, headers=headers)


def make_problem_response(problem: Problem, *, base_url: str) -> Response:
    """Write a problem; `base_url` is where its description is served."""
    kind = problem.type
    body: dict[str, Any] = {
        "type": kind.urn,
        "href": f"{base_url}/refData/problemTypes/{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": f"urn:uuid:{make_uuid()}",
        **problem.members,
    }
    if problem.issues:
        body["issues"] = [issue.make_body() for issue in problem.issues]
    # What is wrong is not kept: the next try may be right.
    headers = {"Cache-Control": "no-store", "Content-Language": "en", **problem.headers}
    return Response(
        orjson.dumps(body, default=str, option=orjson.OPT_UTC_Z),
        status_code=kind.status,
        headers=headers,
        media_type=PROBLEM_MEDIA_TYPE,
    )
