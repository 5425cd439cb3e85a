"""What comes in the body of a request that is no file: read at once, within its time."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from fastapi import Request
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from api.deliveries.problems import make_bad_input
from api.deliveries.schemas import FORMS, Body
from api.deliveries.strict_json import JsonRefused, read_object
from api.problems import PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Problem
from api.validation import make_validation_problem

LARGEST_BODY: Final = 65_536
_PATIENCE_SECONDS: Final = 10.0

_Model = TypeVar("_Model", bound=Body)


async def read_body(request: Request) -> bytes:
    """Return the body: at most 64 KiB, within ten seconds."""
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST_BODY:
                    raise Problem(type=PAYLOAD_TOO_LARGE, detail=PAYLOAD_TOO_LARGE.meaning)
    except (TimeoutError, ClientDisconnect):
        headers = {"Connection": "close"}
        problem = make_bad_input("body", "The body did not come.", kind="schemaViolation")
        problem.headers = headers
        raise problem from None
    return bytes(body)


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        detail = "Send application/json, and say so in Content-Type."
        raise Problem(type=UNSUPPORTED_MEDIA_TYPE, detail=detail)
    try:
        return read_object(await read_body(request), limit=LARGEST_BODY)
    except JsonRefused as refusal:
        detail = f"The body is no JSON object as it is read here: {refusal}."
        raise make_bad_input("body", detail, kind="schemaViolation") from None


def read_model(given: dict[str, Any], model: type[_Model]) -> _Model:
    """Return what was sent as `model`, or raise the problem that says what does not fit."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = [
            {**one, "loc": ("body", *one["loc"]), "msg": _find_form(one) or one["msg"]}
            for one in error.errors(include_url=False)
        ]
        raise make_validation_problem(found) from None


def _find_form(error: Mapping[str, Any]) -> str | None:
    return FORMS.get(error.get("ctx", {}).get("pattern"))
