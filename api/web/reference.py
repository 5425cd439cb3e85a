"""The documentation page: the contract, set as a page that needs no script."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from api.problems import PROBLEM_TYPES

Node = Mapping[str, Any]

_TRIED = {
    "listAddresses": {"streetName": "Rue de la Loi", "houseNumber": "16", "postCode": "1000"},
    "listStreetNames": {"name": "rue de la*", "municipalityCode": "21004"},
    "listMunicipalities": {"name": "Brussel"},
    "listPartsOfMunicipalities": {"pageSize": "5"},
    "listPostalInfos": {"name": "bruxelles*"},
    "suggestAddresses": {"q": "wetstr 16"},
    "searchRegister": {"q": "Wetstraat 16 Brussel"},
    "findNearby": {"lat": "50.84616", "lon": "4.36653"},
}
_METHODS = ("get", "post", "delete")


def make_reference(contract: Node) -> dict[str, Any]:
    """Return what the template of the documentation page shows."""
    schemas = contract["components"]["schemas"]
    return {
        "lang": "en",
        "contract": contract,
        "introduction": list(_read_paragraphs(contract["info"]["description"])),
        "tags": _group_by_tag(contract),
        "shapes": [_make_shape(name, schemas[name]) for name in sorted(schemas)],
        "problems": list(PROBLEM_TYPES.values()),
    }


def _read_paragraphs(text: str) -> Iterator[str | list[str]]:
    """Yield paragraphs, and lists of the lines that begin with a star."""
    for block in text.strip().split("\n\n"):
        joined = block.replace("\n  ", " ")
        lines = joined.split("\n")
        if lines[0].startswith("* "):
            yield [line.removeprefix("* ") for line in lines]
        else:
            yield joined.replace("\n", " ")


def _group_by_tag(contract: Node) -> list[dict[str, Any]]:
    operations = [
        _make_operation(contract, path, item, method)
        for path, item in contract["paths"].items()
        for method in _METHODS
        if method in item
    ]
    return [
        {**tag, "operations": [one for one in operations if one["tag"] == tag["name"]]}
        for tag in contract["tags"]
    ]


def _make_operation(contract: Node, path: str, item: Node, method: str) -> dict[str, Any]:
    operation = item[method]
    server = item.get("servers", contract["servers"])[0]["url"]
    parameters = operation.get("parameters", [])
    content = next(iter(operation["responses"].values())).get("content", {})
    sent = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "tag": operation["tags"][0],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", "").replace("\n\n", " "),
        "parameters": [
            {**parameter, "type": _name_type(parameter["schema"])}
            for parameter in parameters
            if parameter["in"] != "header"
        ],
        "sent": _list_shapes(sent),
        "answers": _list_shapes(content),
        "curl": _make_curl(server + path, operation["operationId"], parameters)
        + _make_options(contract, method, sent),
    }


def _make_curl(url: str, name: str, parameters: list[Node]) -> str:
    for parameter in parameters:
        if parameter["in"] == "path":
            url = url.replace(f"{{{parameter['name']}}}", parameter["schema"]["example"])
    query = urlencode(_TRIED.get(name, {}))
    return f"curl '{url}?{query}'" if query else f"curl '{url}'"


def _list_shapes(content: Node) -> list[tuple[str, str | None]]:
    return [(media, _find_shape(body["schema"])) for media, body in content.items()]


def _make_options(contract: Node, method: str, sent: Node) -> str:
    """Return what curl is told besides the address, to send a body or to delete."""
    if not sent:
        return "" if method == "get" else f" -X {method.upper()}"
    media, body = next(iter(sent.items()))
    shape = _find_shape(body["schema"])
    example = "@addresses.csv"
    if shape is not None:
        given = contract["components"]["schemas"][shape]["example"]
        example = f"'{json.dumps(given, ensure_ascii=False)}'"
    return f" -H 'Content-Type: {media}' --data-binary {example}"


def _find_shape(schema: Node) -> str | None:
    reference = schema.get("$ref") or next(
        (part["$ref"] for part in schema.get("allOf", []) if "$ref" in part), None
    )
    if reference is None and "items" in schema:
        return _find_shape(schema["items"])
    return None if reference is None else str(reference).rpartition("/")[2]


def _name_type(schema: Node) -> str:
    """Return the type of a schema in a few words."""
    if schema.get("type") == "array":
        return f"list of {_name_type(schema['items'])}"
    shape = _find_shape(schema)
    if shape:
        return shape
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "additionalProperties" in schema:
        return "object by link"
    name = str(schema.get("format") or schema.get("type", "any of several"))
    bounds = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    return ", ".join([name, *bounds])


_BOUNDS = {"minimum": "from", "maximum": "to", "default": "default"}


def _make_shape(name: str, schema: Node) -> dict[str, Any]:
    members = [
        {
            "name": member,
            "type": _name_type(part),
            "shape": _find_shape(part),
            "description": part.get("description", ""),
        }
        for member, part in schema.get("properties", {}).items()
    ]
    described = schema.get("description", "")
    if "enum" in schema:
        described = f"{described} {', '.join(map(str, schema['enum']))}"
    return {"name": name, "description": described, "members": members}
