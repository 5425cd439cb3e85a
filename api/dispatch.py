"""The way from a question to its handler, without what FastAPI adds to each: half of its time.

Routes are declared with FastAPI, which writes the contract from them; here they are called. What
is no GET of one of them goes on to FastAPI: pages, other methods, paths that do not exist.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import make_error_response
from api.validation import make_validation_problem

_Handler = Callable[..., Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route and what its handler takes: perhaps the rest of the path, perhaps parameters."""

    route: APIRoute
    handler: _Handler
    takes_rest: bool
    parameters: type[BaseModel] | None
    lists: frozenset[str]
    defaults: BaseModel | None

    async def answer(self, request: Request, rest: str) -> Response:
        """Call the handler; Problem and others are raised as they are."""
        arguments: list[Any] = [request]
        if self.takes_rest:
            arguments.append(rest)
        if self.parameters is not None:
            asks = bool(request.scope["query_string"])
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
        takes_rest="{" in route.path,
        parameters=model,
        defaults=model() if model else None,
        lists=frozenset(
            field.alias or name
            for name, field in fields.items()
            if get_origin(field.annotation) is list
        ),
    )


@dataclass(frozen=True, slots=True)
class Dispatch:
    """ASGI middleware in place of FastAPI's routing; `operations` are by path, up to its end."""

    app: ASGIApp
    base_url: str
    operations: Mapping[str, Operation]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let what is not ours through."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        operation, rest = self.operations.get(path), ""
        if operation is None:
            # /v1/addresses/ and an id, which may have slashes of its own.
            head = path.find("/", path.find("/", 1) + 1) + 1
            operation, rest = self.operations.get(path[:head]), path[head:]
        if operation is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = operation.route
        try:
            response = await operation.answer(Request(scope, receive), rest)
        except Exception as error:  # noqa: BLE001 - the table of problems decides
            response = make_error_response(error, base_url=self.base_url)
        await response(scope, receive, send)


def make_operations(routes: Iterable[object]) -> dict[str, Operation]:
    """Return routes by their path, those that end in an id by what comes before it."""
    return {
        route.path.partition("{")[0]: make_operation(route)
        for route in routes
        if isinstance(route, APIRoute)
    }
