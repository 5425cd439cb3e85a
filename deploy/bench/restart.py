"""The first answer after a restart, with nothing of the register in the machine's memory."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from deploy.bench.report import Figure
from deploy.bench.servers import fetch, serving_api
from deploy.cluster import Cluster
from deploy.progress import step
from deploy.session import stop_private_cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.bench.draws import DrawnAddress
    from registry.settings import Settings

_DROP = Path("/proc/sys/vm/drop_caches")


def measure_restart(settings: Settings, addresses: Sequence[DrawnAddress]) -> list[Figure]:
    """Stop API and PostgreSQL, drop the caches, start both, ask for an address: for each."""
    answers, starts, dropped = [], [], ""
    for address in addresses:
        with step("Restarting with caches dropped"):
            stop_private_cluster(settings.home)
            dropped = drop_caches(Cluster(home=settings.home).data)
            with serving_api(settings) as api:
                asked = time.monotonic()
                fetch(api.port, address.path)
                answered = time.monotonic()
        answers.append((answered - asked) * 1000)
        starts.append(answered - api.began)
    name = "restart, caches dropped: first answer"
    note = f"median of {', '.join(f'{ms:.0f}' for ms in answers)}; dropped: {dropped}"
    start = "from the start of ./best up, PostgreSQL's included, to that answer"
    return [
        Figure(name=name, value=median(answers), unit="ms", goal=50, note=note),
        Figure(name="restart: until answered", value=median(starts), unit="s", note=start),
    ]


def drop_caches(data: Path) -> str:
    """Forget what the machine keeps of files in memory; say of which: all takes root."""
    os.sync()
    try:
        _DROP.write_text("3\n")
    except OSError:
        for path in filter(Path.is_file, data.rglob("*")):
            with suppress(OSError), path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return "the database's files only"
    return "every file of the machine"
