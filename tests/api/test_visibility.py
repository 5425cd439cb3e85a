"""How soon a release is in the feed: a follower that asks five times a second."""

from __future__ import annotations

import threading
import time
from statistics import quantiles
from typing import TYPE_CHECKING

from tests.api.serving import serving
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import fetch

if TYPE_CHECKING:
    import httpx2

    from registry.settings import Settings

RELEASES, GOAL_SECONDS = 20, 10.0


def follow(client: httpx2.Client, seen: dict[int, float], stop: threading.Event) -> None:
    after = 0
    while not stop.wait(0.2):
        for event in client.get(f"/v1/changes?after={after}&limit=500").json()["items"]:
            after = event["data"]["seq"]
            seen.setdefault(event["data"]["release"], time.monotonic())


def test_a_release_is_in_the_feed_within_ten_seconds(register: Settings) -> None:
    committed: dict[int, float] = {}
    seen: dict[int, float] = {}
    stop = threading.Event()
    with serving(register) as client:
        follower = threading.Thread(target=follow, args=(client, seen, stop))
        follower.start()
        for number in range(1, RELEASES + 1):
            day = f"2026-10-{number:02}"
            import_editions(register, Edition(day=day, addresses=[Address(id="1", number=day)]))
            committed[number] = time.monotonic()
        deadline = time.monotonic() + GOAL_SECONDS
        while len(seen) < RELEASES and time.monotonic() < deadline:
            time.sleep(0.1)
        stop.set()
        follower.join()

    assert fetch(register, "select count(*) from best.release") == [(RELEASES,)]
    waits = [seen[number] - moment for number, moment in committed.items()]
    print(f"p95 from the commit to the feed: {quantiles(waits, n=20)[-1]:.2f} s")
    assert quantiles(waits, n=20)[-1] < GOAL_SECONDS
