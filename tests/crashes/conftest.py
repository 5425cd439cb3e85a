"""One machine per session, on which everything crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.register_assert_rewrite("tests.crashes.crashes")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crashes.crashes import CrashTest


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `./best soak` passes on."""
    parser.addoption("--crash-point", help="only this one, as a failure names it")
    parser.addoption("--crash-seed", type=int, help="the random moment of this number first")
    parser.addoption("--crash-until", type=float, default=0.0, help="random ones until then")


@pytest.fixture(scope="session")
def crash_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashTest]:
    """Return a server that may be killed, with registers to interrupt imports into."""
    from tests.crashes.crashes import CrashTest
    from tests.crashes.machine import make_machine
    from tests.crashes.scenarios import make_scenarios

    with make_machine() as machine:
        yield CrashTest(
            machine=machine,
            scenarios=make_scenarios(machine.settings, tmp_path_factory.mktemp("editions")),
            temporary=tmp_path_factory.mktemp("temporary"),
        )
