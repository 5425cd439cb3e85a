"""OpenAPI 3.1 written down to 3.0.3, for what pydantic and FastAPI write."""

from typing import Any

Node = dict[str, Any]


def to_openapi_30(contract: Node) -> Node:
    """Return the same contract in OpenAPI 3.0.3."""
    lowered: Node = _lower(contract)
    return {**lowered, "openapi": "3.0.3"}


def _lower(node: Any) -> Any:
    if isinstance(node, list):
        return [_lower(part) for part in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "object" and "properties" in node:
        node = _drop_nulls_of_absent(node)
    elif "schema" in node and isinstance(node.get("in"), str):
        node = _lower_parameter(node)
    lowered = {name: _lower_member(name, part) for name, part in node.items()}
    for rule in (_merge_null, _lower_const, _lower_bounds, _lower_examples, _wrap_reference):
        lowered = rule(lowered)
    return lowered


def _lower_member(name: str, part: Any) -> Any:
    if name in {"example", "examples", "default", "enum"}:
        return part  # data, not schemas
    if name in {"properties", "schemas"}:
        return {key: _lower(schema) for key, schema in part.items()}
    return _lower(part)


def _drop_nulls_of_absent(schema: Node) -> Node:
    """Members that may be absent are never null: nulls are stripped from answers."""
    required = schema.get("required", [])
    properties = {
        name: part if name in required else _without_null(part)
        for name, part in schema["properties"].items()
    }
    titled = {name: _without_title(part) for name, part in properties.items()}
    return {**_without_title(schema), "properties": titled}


def _without_null(schema: Node) -> Node:
    choices = schema.get("anyOf")
    rest = {name: part for name, part in schema.items() if name != "anyOf"}
    if rest.get("default", 0) is None:
        del rest["default"]
    if not isinstance(choices, list):
        return rest
    kept = [choice for choice in choices if choice != {"type": "null"}]
    return {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}


def _without_title(schema: Node) -> Node:
    return {
        name: part for name, part in schema.items() if name != "title" or not isinstance(part, str)
    }


def _lower_parameter(parameter: Node) -> Node:
    """A parameter is there or not, and it is described once."""
    schema = _without_title(_without_null(parameter["schema"]))
    if parameter.get("description"):
        schema = {name: part for name, part in schema.items() if name != "description"}
    if schema.get("default") == []:
        del schema["default"]
    return {**parameter, "schema": schema}


def _merge_null(schema: Node) -> Node:
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return schema
    return {**_without_null(schema), "nullable": True}


def _lower_const(schema: Node) -> Node:
    if "const" not in schema or isinstance(schema["const"], dict):
        return schema
    rest = {name: part for name, part in schema.items() if name != "const"}
    return {**rest, "enum": [schema["const"]]}


def _lower_bounds(schema: Node) -> Node:
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        value = schema.get(exclusive)
        if isinstance(value, int | float) and not isinstance(value, bool):
            schema = {**schema, bound: value, exclusive: True}
    return schema


def _lower_examples(schema: Node) -> Node:
    examples = schema.get("examples")
    if not isinstance(examples, list) or not examples:
        return schema
    rest = {name: part for name, part in schema.items() if name != "examples"}
    return {**rest, "example": examples[0]}


def _wrap_reference(schema: Node) -> Node:
    """In 3.0 nothing beside a $ref counts, so what is beside it goes around it."""
    if not isinstance(schema.get("$ref"), str) or len(schema) == 1:
        return schema
    rest = {name: part for name, part in schema.items() if name != "$ref"}
    return {**rest, "allOf": [{"$ref": schema["$ref"]}]}
