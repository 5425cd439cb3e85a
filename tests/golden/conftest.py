from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden-update",
        action="store_true",
        default=False,
        help="rewrite what the golden tests expect; the diff is the review of the change",
    )


@pytest.fixture
def golden_update(request: pytest.FixtureRequest) -> bool:
    """Whether to rewrite. The option is known when tests/golden is named on the command line."""
    return bool(request.config.getoption("--golden-update", default=False))
