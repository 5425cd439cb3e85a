"""The fields of the API's documents, from the models that make its contract."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.openapi import SCHEMA_MODULES
from api.v1 import schema_parts
from api.v1.schema_parts import Model

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARED = "#/$defs/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiField:
    """A member of a JSON object; `meaning` None where the contract leaves it to the name."""

    name: str
    type: str
    meaning: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiObject:
    """A kind of JSON object: its own members, and the kinds whose members it has as well."""

    name: str
    meaning: str
    extends: tuple[str, ...]
    fields: tuple[ApiField, ...]


def list_api_objects() -> Iterator[ApiObject]:
    """Yield every kind of object of v1, in the order in which they are declared."""
    found = {
        name: model
        for module in (schema_parts, *SCHEMA_MODULES)
        for name, model in vars(module).items()
    }
    for name, model in found.items():
        if not inspect.isclass(model) or not issubclass(model, Model):
            continue
        if model is Model:
            continue
        schema = model.model_json_schema(mode="serialization")
        # What refers to itself is described among what it refers to.
        properties = schema.get("$defs", {}).get(name, schema)["properties"]
        own = [
            model.model_fields[key]
            for key in inspect.get_annotations(model)
            if key in model.model_fields
        ]
        yield ApiObject(
            name=name,
            meaning=" ".join((inspect.getdoc(model) or "").split()),
            extends=tuple(b.__name__ for b in model.__bases__ if b is not Model),
            fields=tuple(_make_field(str(f.alias), f.description, properties) for f in own),
        )


def _make_field(name: str, meaning: str | None, properties: dict[str, Any]) -> ApiField:
    return ApiField(name=name, type=describe_type(properties[name]), meaning=meaning)


def describe_type(schema: dict[str, Any]) -> str:
    """Return the type of a JSON schema in words: `array of Address`, `string (uri)`."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    if choices:
        return " or ".join(dict.fromkeys(map(describe_type, choices)))
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_SHARED)
    if schema["type"] == "array":
        return f"array of {describe_type(schema['items'])}"
    if schema["type"] == "object":
        return f"map of {describe_type(schema['additionalProperties'])}"
    return _describe_scalar(schema)


def _describe_scalar(schema: dict[str, Any]) -> str:
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if values:
        return ", ".join(f"`{value}`" for value in values)
    kind, form = schema["type"], schema.get("format")
    return f"{kind} ({form})" if form else str(kind)
