"""What the contract allows, and much that it does not, asked at random within a time budget."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from deploy.throwaway import clone_database, drop_database
from tests.api.serving import import_sample, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings

EXAMPLES_PER_OPERATION = 20
BUDGET_SECONDS = 60
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

BEGUN: list[float] = []


@pytest.fixture(scope="module")
def contract(
    migrated_template: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[schemathesis.BaseSchema]:
    """The contract as it is served, of a register that holds the sample."""
    register = clone_database(migrated_template, "contract_sample")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BEST_RATE_LIMIT", "0")
        import_sample(register, tmp_path_factory.mktemp("sample"))
        with serving(register) as client:
            BEGUN.append(time.monotonic())
            yield schemathesis.openapi.from_url(f"{client.base_url}/doc/openapi.json")
    drop_database(register)


schema = schemathesis.pytest.from_fixture("contract")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES_PER_OPERATION,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_every_answer_keeps_the_contract(case: schemathesis.Case) -> None:
    if time.monotonic() - BEGUN[0] > BUDGET_SECONDS:
        pytest.fail(f"the contract was not through after {BUDGET_SECONDS} seconds")
    response = case.call()
    case.validate_response(response, checks=CHECKS)
