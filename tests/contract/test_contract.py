"""What the contract allows, and much that it does not, asked at random within a time budget."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from deploy.throwaway import clone_database, drop_database
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings

EXAMPLES_PER_OPERATION = 25
BUDGET_SECONDS = 120
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
OPERATIONS = (
    "suggestAddresses",
    "searchRegister",
    "matchAddress",
    "findNearby",
    "createMatchBatch",
    "getMatchBatch",
    "deleteMatchBatch",
    "getMatchBatchResult",
    "getLanding",
    "listAddresses",
    "getAddress",
    "listStreetNames",
    "getStreetName",
    "listMunicipalities",
    "getMunicipality",
    "listPartsOfMunicipalities",
    "getPartOfMunicipality",
    "listPostalInfos",
    "getPostalInfo",
    "listChanges",
    "listReleases",
    "getReleaseProof",
    "getRelease",
    "listSuccessions",
    "getSnapshot",
    "getSnapshotPart",
    "listQualityRules",
    "getQualityRule",
    "listFindings",
    "getFinding",
    "listQualityScores",
    "createReport",
    "getReport",
    "checkHealth",
    "listMunicipalityVersions",
    "listPartOfMunicipalityVersions",
    "listPostalInfoVersions",
    "listStreetNameVersions",
    "listAddressVersions",
)


@pytest.fixture(scope="module")
def contract(sample_template: Settings) -> Iterator[schemathesis.BaseSchema]:
    """The contract as it is served, of a register that holds the sample."""
    register = clone_database(sample_template, "contract_sample")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BEST_RATE_LIMIT", "0")
        with serving(register) as client:
            yield schemathesis.openapi.from_url(f"{client.base_url}/doc/openapi.json")
    drop_database(register)


@pytest.fixture(scope="module")
def deadline() -> float:
    return time.monotonic() + BUDGET_SECONDS


def test_every_operation_is_asked(contract: schemathesis.BaseSchema) -> None:
    operations = [found.ok() for found in contract.get_all_operations()]
    named = [operation.definition.raw["operationId"] for operation in operations]
    assert tuple(named) == OPERATIONS


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_keeps_the_contract(
    contract: schemathesis.BaseSchema, deadline: float, name: str, mode: GenerationMode
) -> None:
    operation = contract.find_operation_by_id(name)
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES_PER_OPERATION,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        assert time.monotonic() < deadline, f"not through after {BUDGET_SECONDS} seconds"
        response = case.call()
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing can be wrong with no parameters
    assert statuses or mode is GenerationMode.NEGATIVE
