"""The contract, asked at random; and that the open API knows no door."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from api.deliveries.door import ROOT
from api.deliveries.problems import DOOR_PROBLEM_TYPES

if TYPE_CHECKING:
    from tests.deliveries.door.serving import Place

EXAMPLES = 6
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def test_the_contract_is_valid_and_says_who_may(place: Place) -> None:
    with place.open_client() as client:
        contract = client.get(f"{ROOT}/doc/openapi.json").json()
    validate(contract)
    assert contract["openapi"] == "3.0.3"
    open_ones = {
        operation["operationId"]
        for operations in contract["paths"].values()
        for name, operation in operations.items()
        if name != "servers" and "security" not in operation
    }
    assert open_ones == {
        "createToken",
        "getIssuerMetadata",
        "getIssuerKeys",
        "checkHealth",
        "getContract",
        "getProblemType",
        "getPage",
    }
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            if method != "servers" and operation["operationId"] not in open_ones:
                with place.open_client() as client:
                    told = path.replace("{", "").replace("}", "")
                    answer = client.request(method, f"{ROOT}{told}")
                assert answer.status_code == 401, operation["operationId"]


def test_every_problem_is_described(place: Place) -> None:
    with place.open_client() as client:
        for name, kind in DOOR_PROBLEM_TYPES.items():
            found = client.get(f"/refData/problemTypes/{name}")
            assert found.json()["status"] == kind.status
        assert client.get("/refData/problemTypes/none").status_code == 404
        assert client.get("/health").json() == {"status": "UP"}
        assert client.head("/health").content == b""
        assert client.delete(f"{ROOT}/deliveries").status_code == 405


def test_what_the_contract_allows_is_answered_as_it_says(place: Place) -> None:
    with place.as_client("anna") as client:
        token = client.headers["Authorization"]
    schema = schemathesis.openapi.from_url(f"{place.url}{ROOT}/doc/openapi.json")
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    operations = [found.ok() for found in schema.get_all_operations()]
    asked: Counter[str] = Counter()
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            asked[case.operation.label] += 1
            case.call_and_validate(checks=CHECKS, headers={"Authorization": token})

        ask()
    assert set(asked) == {operation.label for operation in operations}


FORBIDDEN = ("importers", "numpy", "pyproj", "lxml", "links", "api.app", "api.v1")


@pytest.mark.parametrize(
    ("program", "forbidden"),
    [
        ("import api.app, api.server", ("api.deliveries", "registry.deliveries", "procrastinate")),
        ("import api.deliveries.server, api.deliveries.app", FORBIDDEN),
    ],
)
def test_neither_process_has_the_other(program: str, forbidden: tuple[str, ...]) -> None:
    told = f"{program}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=30
    )
    loaded = {
        name
        for name in done.stdout.split()
        if any(name == part or name.startswith(f"{part}.") for part in forbidden)
    }
    assert loaded == set()
