"""Every boundary of an import with every failure, then random moments: `./best soak`."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from deploy.progress import print_progress
from tests.crashes.crashes import Crash, Plug
from tests.crashes.scenarios import Start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crashes.crashes import CrashTest
    from tests.crashes.scenarios import Scenario

RANDOM_MOMENTS = 30
LONGEST_MILLISECONDS = 700

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("plug", [plug for plug in Plug if plug is not Plug.WORKER])
@pytest.mark.parametrize("start", Start)
def test_every_boundary(
    crash_test: CrashTest, start: Start, plug: Plug, subtests: pytest.Subtests
) -> None:
    crash_test.require(plug)
    points = crash_test.scenarios[start].points
    for place, point in enumerate(points, 1):
        crash = Crash(start=start, point=point, plug=plug)
        with subtests.test(f"./best soak --point {crash}"):
            print_progress(f"{place:4} of {len(points)}  {crash}: {crash_test.run(crash)}")


def test_random_moments(crash_test: CrashTest, request: pytest.FixtureRequest) -> None:
    for seed, crash in choose_crashes(request.config, crash_test.scenarios):
        if crash.plug.needs_own_disk and not crash_test.machine.has_own_disk:
            print_progress(f"{crash}: NOT TESTED, only root may mount a small disk to fill")
            continue
        again = f"./best soak --point {crash}" + (f", or --seed {seed}" if seed else "")
        try:
            print_progress(f"{again}: {crash_test.run(crash)}")
        except Exception as error:
            raise AssertionError(f"To repeat: {again}") from error


def choose_crashes(
    config: pytest.Config, scenarios: dict[Start, Scenario]
) -> Iterator[tuple[int | None, Crash]]:
    """One crash that the options name, or random ones until their time is up."""
    point = config.getoption("--crash-point", default=None)
    seed = config.getoption("--crash-seed", default=None)
    until = config.getoption("--crash-until", default=0.0)
    if point is not None:
        yield None, Crash.parse(point)
        return
    wanted = RANDOM_MOMENTS if seed is None else 1
    first = random.SystemRandom().randrange(10**9) if seed is None else seed
    for number in range(10**9):
        if number >= wanted and time.time() >= until:
            return
        chance = random.Random(first + number)  # noqa: S311 - no secret
        yield first + number, choose_crash(chance, scenarios)


def choose_crash(chance: random.Random, scenarios: dict[Start, Scenario]) -> Crash:
    start = chance.choice(list(Start))
    return Crash(
        start=start,
        point=chance.choice(scenarios[start].points),
        plug=chance.choice(list(Plug)),
        milliseconds=chance.randrange(LONGEST_MILLISECONDS),
    )
