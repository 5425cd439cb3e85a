"""The way from a question to its handler, without what FastAPI adds to each: half of its time.

Routes are declared with FastAPI, which writes the contract from them; here they are called. What
is none of their GETs and POSTs goes on to FastAPI: pages, other methods, paths that do not exist.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

import psycopg
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import make_error_response
from api.validation import make_validation_problem
from registry.store.reading.pool import is_broken_off

_Handler = Callable[..., Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route and what its handler takes: perhaps pieces of the path, perhaps parameters."""

    route: APIRoute
    handler: _Handler
    takes_the_rest: bool
    parameters: type[BaseModel] | None
    lists: frozenset[str]
    defaults: BaseModel | None

    async def answer(self, request: Request, rest: Sequence[str]) -> Response:
        """Call the handler; Problem and others are raised as they are."""
        arguments: list[Any] = [request, *rest]
        if self.parameters is not None:
            asks = bool(request.scope["query_string"]) or self.defaults is None
            arguments.append(self._read(self.parameters, request) if asks else self.defaults)
        return await self.handler(*arguments)

    def _read(self, parameters: type[BaseModel], request: Request) -> BaseModel:
        """Return the parameters of a question, or raise the bad request that names each mistake."""
        given: dict[str, Any] = {}
        for name, value in request.query_params.multi_items():
            if name in self.lists:
                given.setdefault(name, []).append(value)
            else:
                given[name] = value
        try:
            return parameters.model_validate(given)
        except ValidationError as error:
            found = error.errors(include_url=False)
            # As FastAPI says it: the place before the name.
            raise make_validation_problem(
                {**one, "loc": ("query", *one["loc"])} for one in found
            ) from None


def make_operation(route: APIRoute) -> Operation:
    """Return how to call the handler of a route, by its signature."""
    _, *taken = inspect.signature(route.endpoint, eval_str=True).parameters.values()
    models = [get_args(p.annotation)[0] for p in taken if p.name == "parameters"]
    model: type[BaseModel] | None = models[0] if models else None
    fields = {} if model is None else model.model_fields
    return Operation(
        route=route,
        handler=route.endpoint,
        takes_the_rest=route.path.endswith(":path}"),
        parameters=model,
        defaults=model() if model and not any(f.is_required() for f in fields.values()) else None,
        lists=frozenset(
            field.alias or name
            for name, field in fields.items()
            if get_origin(field.annotation) is list
        ),
    )


async def _ask(operation: Operation, request: Request, rest: Sequence[str]) -> Response:
    """Answer, again if a connection broke meanwhile: nothing has been sent, and it is but read."""
    try:
        return await operation.answer(request, rest)
    except psycopg.OperationalError as error:
        if not is_broken_off(error):
            raise
        return await operation.answer(request, rest)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """ASGI middleware in place of FastAPI's routing.

    `operations` are by method, then by how their paths begin.
    """

    app: ASGIApp
    base_url: str
    operations: Mapping[str, Mapping[str, tuple[Operation, ...]]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let what is not ours through."""
        if scope["type"] != "http" or scope["method"] not in self.operations:
            await self.app(scope, receive, send)
            return
        operation, pieces = _find(self.operations[scope["method"]], scope["path"])
        if operation is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = operation.route
        try:
            response = await _ask(operation, Request(scope, receive), pieces)
        except Exception as error:  # noqa: BLE001 - the table of problems decides
            response = make_error_response(error, base_url=self.base_url)
        await response(scope, receive, send)


def _find(
    operations: Mapping[str, tuple[Operation, ...]], path: str
) -> tuple[Operation | None, Sequence[str]]:
    """Return the operation of a path and the pieces that it takes from it."""
    if path in operations and not path.endswith("/"):
        return operations[path][0], ()
    # /v1/addresses/ and an id, which may have slashes of its own.
    head = path.find("/", path.find("/", 1) + 1) + 1
    found = operations.get(path[:head]) or operations.get(path[: path.rfind("/") + 1], ())
    if len(found) == 1 and found[0].takes_the_rest:
        return found[0], (path[head:],)
    for operation in found:
        if match := operation.route.path_regex.match(path):
            return operation, match.groups()
    return None, ()


def make_operations(routes: Iterable[object]) -> dict[str, dict[str, tuple[Operation, ...]]]:
    """Return the routes that are read, and those that are asked with a body, by method.

    Of each: by their path up to what varies in it, in the order they are declared.
    """
    found: dict[str, dict[str, tuple[Operation, ...]]] = {"GET": {}, "POST": {}}
    for route in routes:
        if isinstance(route, APIRoute):
            head = route.path.partition("{")[0]
            for method in found.keys() & (route.methods or set()):
                alike = found[method].get(head, ())
                found[method][head] = (*alike, make_operation(route))
    for path, (operation, *_) in found["POST"].items():
        if not path.endswith("/"):  # or what follows /v1/addresses/ would be read as an id
            found["GET"].setdefault(path, (replace(operation, handler=_refuse, parameters=None),))
    return found


async def _refuse(_: Request) -> Response:
    raise HTTPException(405, headers={"Allow": "POST"})
