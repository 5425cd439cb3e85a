"""An application of ours before it has routes: nothing of the framework's, our own problems."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout, TooManyRequests
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response

from api.problems import Problem

_ERRORS = (
    *(Problem, HTTPException, RequestValidationError),
    *(psycopg.Error, PoolTimeout, TooManyRequests),
)


def make_bare_app(
    *,
    title: str,
    version: str,
    live: Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Any]]],
    middleware: Sequence[Middleware],
    answer_problem: Callable[[Request, Exception], Awaitable[Response]],
) -> FastAPI:
    """Build the application; `live` runs around its service, `answer_problem` answers errors."""
    app = FastAPI(
        title=title,
        version=version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=live,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=middleware,
    )
    for error in _ERRORS:
        app.add_exception_handler(error, answer_problem)
    return app
