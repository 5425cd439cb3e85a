"""The contract: OpenAPI 3.0.3, valid, belgif style, with examples that fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from api.openapi_30 import to_openapi_30

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2


@pytest.fixture(scope="module")
def contract(client: httpx2.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/doc/openapi.json").json()
    return found


def check(contract: dict[str, Any], schema: dict[str, Any], value: object) -> list[str]:
    whole = {**schema, "components": contract["components"]}
    validator = OAS30Validator(whole, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(value)]


def list_operations(contract: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            if method != "servers":
                assert method in {"get", "post", "delete"}
                yield path, operation


def test_it_is_valid_openapi_30(contract: dict[str, Any]) -> None:
    assert contract["openapi"] == "3.0.3"
    assert [error.message for error in OpenAPIV30SpecValidator(contract).iter_errors()] == []


def test_yaml_says_the_same(client: httpx2.Client, contract: dict[str, Any]) -> None:
    answer = client.get("/doc/openapi.yaml")
    assert answer.headers["content-type"].startswith("application/yaml")
    assert yaml.safe_load(answer.text) == contract


def walk(node: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of a document with its path."""
    if isinstance(node, dict):
        yield path, node
    parts = node.items() if isinstance(node, dict) else enumerate(node)  # type: ignore[arg-type]
    for name, part in parts:
        if isinstance(part, dict | list):
            yield from walk(part, f"{path}/{name}")


def test_nothing_of_31_is_left(contract: dict[str, Any]) -> None:
    for path, node in walk(contract):
        if path.endswith(("properties", "schemas")):
            continue  # its members are names, not keywords
        assert node.get("type") != "null", path
        assert not isinstance(node.get("type"), list), path
        assert not {"const", "examples", "prefixItems", "$defs"} & node.keys(), path
        assert all(isinstance(node.get(f"exclusive{m}imum", True), bool) for m in ("Min", "Max"))
        assert "$ref" not in node or len(node) == 1, path


def test_operations_are_named_tagged_and_can_fail(contract: dict[str, Any]) -> None:
    declared = {tag["name"] for tag in contract["tags"]}
    names = []
    for path, operation in list_operations(contract):
        names.append(operation["operationId"])
        verbs = "list|get|check|create|delete|suggest|search|match|find"
        assert re.fullmatch(rf"({verbs})[A-Z][A-Za-z]+", operation["operationId"])
        assert len(operation["tags"]) == 1
        assert set(operation["tags"]) <= declared
        assert operation["tags"][0][0].isupper()
        assert operation["summary"]
        problem = {"$ref": "#/components/responses/ProblemResponse"}
        assert operation["responses"]["default"] == problem
        assert not path.endswith("/") or path == "/"
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "header":
                assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", parameter["name"])
                assert parameter.get("description")
    assert len(names) == len(set(names)) == 39


def test_schemas_are_in_upper_camel_case_without_titles(contract: dict[str, Any]) -> None:
    for name, schema in contract["components"]["schemas"].items():
        assert re.fullmatch(r"([A-Z][a-z0-9]+)+(GeoJson)?", name)
        if "properties" in schema:
            assert not isinstance(schema.get("title"), str)
            assert set(schema.get("required", [])) <= set(schema["properties"])


def test_server_is_the_version(contract: dict[str, Any]) -> None:
    assert contract["servers"] == [{"url": "https://addresses.example.be/v1"}]
    assert contract["paths"]["/health"]["servers"] == [{"url": "https://addresses.example.be"}]


def test_examples_fit_their_schemas(contract: dict[str, Any]) -> None:
    checked = 0
    for schema in contract["components"]["schemas"].values():
        if "example" in schema:
            assert check(contract, schema, schema["example"]) == []
            checked += 1
    for _, operation in list_operations(contract):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            if "example" in schema:
                assert check(contract, schema, schema["example"]) == []
                checked += 1
            if "default" in schema:
                assert check(contract, schema, schema["default"]) == []
    assert checked > 25


@pytest.mark.parametrize(
    ("path", "accept", "schema"),
    [
        ("/v1", "application/json", "Landing"),
        ("/health", "application/json", "Health"),
        (
            "/v1/addresses?pageSize=500&region=BE-BRU&crs=3857",
            "application/json",
            "AddressCollection",
        ),
        (
            "/v1/addresses?pageSize=500&region=BE-VLG&crs=4258",
            "application/json",
            "AddressCollection",
        ),
        (
            "/v1/addresses?pageSize=500&region=BE-WAL&embed=municipality",
            "application/json",
            "AddressCollection",
        ),
        ("/v1/addresses?pageSize=500", "application/geo+json", "AddressFeatureCollection"),
        ("/v1/addresses/bru-210225?embed=postalInfo", "application/json", "AddressDocument"),
        ("/v1/addresses/vlg-900000238", "application/geo+json", "AddressFeature"),
        ("/v1/streetNames?embed=municipality", "application/json", "StreetNameCollection"),
        ("/v1/streetNames/bru-1679", "application/json", "StreetNameDocument"),
        ("/v1/municipalities", "application/json", "MunicipalityCollection"),
        ("/v1/municipalities/21004", "application/json", "MunicipalityDocument"),
        ("/v1/partsOfMunicipalities", "application/json", "PartOfMunicipalityCollection"),
        ("/v1/partsOfMunicipalities/wal-1012", "application/json", "PartOfMunicipalityDocument"),
        ("/v1/postalInfos", "application/json", "PostalInfoCollection"),
        ("/v1/postalInfos/1000", "application/json", "PostalInfoDocument"),
        ("/v1/addresses?nonsense=1&pageSize=0", "application/json", "Problem"),
        ("/v1/addresses/none", "application/json", "Problem"),
    ],
)
def test_answers_fit_their_schemas_and_say_nothing_else(
    client: httpx2.Client, contract: dict[str, Any], path: str, accept: str, schema: str
) -> None:
    body = client.get(path, headers={"Accept": accept}).json()
    reference = {"$ref": f"#/components/schemas/{schema}"}
    assert check(contract, reference, body) == []
    assert list(find_undeclared(contract, reference, body)) == []


def find_undeclared(contract: dict[str, Any], schema: dict[str, Any], value: Any) -> Iterator[str]:
    """Yield members that an answer has and the contract does not."""
    if "$ref" in schema:
        schema = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for part in schema.get("allOf", []):
        yield from find_undeclared(contract, part, value)
    if isinstance(value, list):
        for item in value:
            yield from find_undeclared(contract, schema["items"], item)
    elif isinstance(value, dict) and "properties" in schema:
        yield from sorted(set(value) - set(schema["properties"]))
        for name in set(value) & set(schema["properties"]):
            yield from find_undeclared(contract, schema["properties"][name], value[name])


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        (
            {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]},
            {"nullable": True, "allOf": [{"$ref": "#/x"}]},
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        ),
        ({"const": "Point", "type": "string"}, {"enum": ["Point"], "type": "string"}),
        ({"exclusiveMinimum": 0}, {"minimum": 0, "exclusiveMinimum": True}),
        ({"examples": [1, 2]}, {"example": 1}),
        ({"$ref": "#/x", "description": "d"}, {"description": "d", "allOf": [{"$ref": "#/x"}]}),
        ({"default": None, "example": {"const": 1}}, {"default": None, "example": {"const": 1}}),
        (
            {
                "type": "object",
                "required": ["type"],
                "properties": {
                    "type": {"const": "Feature", "title": "Type"},
                    "properties": {"anyOf": [{"$ref": "#/x"}, {"type": "null"}], "default": None},
                    "in": {"type": "string"},
                },
            },
            {
                "type": "object",
                "required": ["type"],
                "properties": {
                    "type": {"enum": ["Feature"]},
                    "properties": {"$ref": "#/x"},
                    "in": {"type": "string"},
                },
            },
        ),
    ],
)
def test_writing_down_to_30(newer: dict[str, Any], older: dict[str, Any]) -> None:
    assert to_openapi_30({"schema": newer})["schema"] == older
