"""The door's contract: OpenAPI 3.0.3, from its routes and the shapes of its documents."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.deliveries import schemas
from api.openapi_30 import to_openapi_30

Contract = dict[str, Any]

_ROOT: Final = "/deliveries/v1"
_DESCRIPTION: Final = """\
How the owners of addresses deliver: announce a file, send it, read what is wrong with it and what
it would change, publish it, and undo that.

* A token first: `POST /oauth/token`, client credentials with `private_key_jwt` (ES256 or EdDSA,
  `kid` in the header, at most 60 seconds, audience exactly the `issuer` of
  `/.well-known/oauth-authorization-server`). It ends with the key that it was got with.
* A delivery's state is told by `GET .../deliveries/{deliveryId}` with all that happened; its `ETag`
  is what `If-Match` wants of `publish`, `withdraw`, `rollback` and `check`.
* What takes time answers 202 with a task in `Location`: ask it until it answers 303.
* What is another agency's is not there: 404.
* Unknown parameters and members are refused. Times are RFC 3339 with an offset.
"""
_TAGS: Final = {
    "Deliveries": "A file for a region, from its announcement to its publication.",
    "Checks": "What is wrong with it, and what it would change.",
    "Reports": "What people say is wrong, and what the owner answers.",
    "Access": "Tokens, and whether the door can answer.",
}
_FREE_OBJECT: Final = {"schema": {"type": "object", "additionalProperties": True}}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_TEXT: Final = {"schema": {"type": "string"}}
_OPEN: Final = frozenset(
    {
        *("createToken", "getIssuerMetadata", "getIssuerKeys", "checkHealth", "getContract"),
        *("getProblemType", "getPage"),
    }
)
"""Operations that need no token."""

_DELIVERY: Final = "DeliveryDocument"
_SHAPES: Final[dict[str, dict[str, str]]] = {
    "createDelivery": {"201": _DELIVERY},
    "listDeliveries": {"200": "DeliveryCollection"},
    "getDelivery": {"200": _DELIVERY},
    "sendFile": {"202": "", "204": ""},
    "getTask": {"200": "Task", "303": "Task"},
    "publishDelivery": {"200": _DELIVERY, "202": _DELIVERY},
    "withdrawDelivery": {"200": _DELIVERY},
    "rollBackDelivery": {"202": _DELIVERY},
    "checkDelivery": {"202": _DELIVERY},
    "createPage": {"201": "SignedPage"},
    "listAuthorisations": {"200": "AuthorisationCollection"},
    "listReports": {"200": "ReportCollection"},
    "checkHealth": {"200": "Health", "503": "Health"},
}
"""The document of each status; empty: no body."""
_CONTENT: Final[dict[str, dict[str, Any]]] = {
    "getFile": {"application/octet-stream": _BINARY},
    "getCheckReport": {
        "application/json": _FREE_OBJECT,
        "text/csv": _TEXT,
        "text/html": _TEXT,
    },
    "getPreviewFeatures": {"application/geo+json": _FREE_OBJECT},
    "getPage": {"text/html": _TEXT},
}
"""Answers of operations whose 200 is no document of ours; the others are free objects."""
_MEANINGS: Final = {
    "200": "The answer.",
    "201": "Made: `Location` says where.",
    "202": "Taken: `Location` is the task to follow.",
    "204": "So far: `Upload-Offset` says how far.",
    "303": "Done: `Location` is the result.",
    "503": "DOWN.",
}
_HEADERS: Final = {
    "201": ("Location",),
    "202": ("Location",),
    "204": ("Upload-Offset",),
    "303": ("Location",),
}
_CONDITIONAL: Final = frozenset(
    {"publishDelivery", "withdrawDelivery", "rollBackDelivery", "checkDelivery"}
)
_FORM: Final = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "client_assertion_type": {
            "type": "string",
            "enum": ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"],
        },
        "client_assertion": {"type": "string", "description": "the signed JWT"},
        "client_id": {"type": "string"},
    },
}
_SENT: Final[dict[str, Any]] = {
    "createDelivery": {
        "application/json": {"schema": {"$ref": "#/components/schemas/DeliveryAnnounced"}}
    },
    "answerReport": {"application/json": {"schema": {"$ref": "#/components/schemas/ReportAnswer"}}},
    "createToken": {"application/x-www-form-urlencoded": {"schema": _FORM}},
    "sendFile": {"application/octet-stream": _BINARY},
}


def make_contract(app: FastAPI, *, base_url: str) -> Contract:
    """Return the contract of a door served at `base_url`."""
    contract = get_openapi(
        title=app.title,
        version=app.version,
        description=_DESCRIPTION,
        routes=[*app.routes],
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        servers=[{"url": f"{base_url}{_ROOT}"}],
    )
    contract["components"] = {
        "schemas": _make_schemas(),
        "responses": {"ProblemResponse": _make_problem_response()},
        "securitySchemes": {"clientCredentials": _make_security(base_url)},
    }
    paths = {}
    for path, operations in contract["paths"].items():
        for operation in operations.values():
            _complete(operation)
        inside = path.startswith(f"{_ROOT}/")
        server = {} if inside else {"servers": [{"url": base_url}]}
        paths[path.removeprefix(_ROOT)] = server | operations
    contract["paths"] = paths
    return to_openapi_30(contract)


def _make_schemas() -> dict[str, Any]:
    models = [
        model
        for model in vars(schemas).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model is not BaseModel
    ]
    _, definitions = models_json_schema(
        [
            (model, "validation" if issubclass(model, schemas.Body) else "serialization")
            for model in models
            if model not in {schemas.Model, schemas.Body}
        ],
        ref_template="#/components/schemas/{model}",
    )
    found: dict[str, Any] = definitions["$defs"]
    return found


def _complete(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    content = _CONTENT.get(name, {"application/json": _FREE_OBJECT})
    shapes = _SHAPES.get(name)
    operation["responses"] = {
        **(
            {status: _make_answer(status, shape) for status, shape in shapes.items()}
            if shapes
            else {"200": {"description": _MEANINGS["200"], "content": content}}
        ),
        "default": {"$ref": "#/components/responses/ProblemResponse"},
    }
    if name not in _OPEN:
        operation["security"] = [{"clientCredentials": []}]
    if name in _SENT:
        operation["requestBody"] = {"required": True, "content": _SENT[name]}
    wanted = {
        **({"If-Match": "the ETag, with its quotation marks"} if name in _CONDITIONAL else {}),
        **({"Content-Range": "`bytes 0-1048575/52428800`"} if name == "sendFile" else {}),
    }
    for header, text in wanted.items():
        operation.setdefault("parameters", []).append(
            {
                "name": header,
                "in": "header",
                "required": header == "If-Match",
                "description": text,
                "schema": {"type": "string"},
            }
        )


def _make_answer(status: str, shape: str) -> dict[str, Any]:
    made: dict[str, Any] = {"description": _MEANINGS[status]}
    if shape:
        schema = {"$ref": f"#/components/schemas/{shape}"}
        made["content"] = {"application/json": {"schema": schema}}
    headers = {
        name: {"required": True, "schema": {"type": "string"}} for name in _HEADERS.get(status, ())
    }
    return made | ({"headers": headers} if headers else {})


def _make_security(base_url: str) -> dict[str, Any]:
    flow = {"tokenUrl": f"{base_url}/oauth/token", "scopes": {}}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def _make_problem_response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "What went wrong, as RFC 9457 and the belgif guide write it.",
        # The token endpoint answers its errors as RFC 6749 has them.
        "content": {
            "application/problem+json": {"schema": schema},
            "application/json": _FREE_OBJECT,
        },
    }
