"""Questions that come in the body of a request: text that must stand in no address and no log."""

from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api.problems import (
    PAYLOAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    Issue,
    Problem,
    make_bad_request,
)
from api.validation import make_validation_problem

LARGEST_QUESTION = 65_536
"""Bytes; also of a body that does not say beforehand how long it is."""

_Model = TypeVar("_Model", bound=BaseModel)


async def read_question(request: Request, model: type[_Model]) -> _Model:
    """Return the JSON body of a request; what is wrong with it is a problem that says so."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        detail = "Send the question as application/json, and say so in Content-Type."
        raise Problem(type=UNSUPPORTED_MEDIA_TYPE, detail=detail)
    try:
        given = orjson.loads(await _read_all(request))
    except orjson.JSONDecodeError as error:
        detail = f"The body is not JSON in UTF-8: {error}."
        issue = Issue(name="body", kind="schemaViolation", detail=detail, place="body")
        raise make_bad_request([issue]) from None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise make_validation_problem(
            {**one, "loc": ("body", *one["loc"])} for one in found
        ) from None


async def _read_all(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_QUESTION:
            raise Problem(type=PAYLOAD_TOO_LARGE, detail=PAYLOAD_TOO_LARGE.meaning)
    return bytes(body)
