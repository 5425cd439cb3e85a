"""A mirror in a process of its own, which may kill itself before its n-th statement.

python -m tests.mirror.mirror_alone HOME DATABASE URL STATEMENT INTERVAL
STATEMENT 0 means to live, INTERVAL 0 to end once it is up to date. Prints how many were sent.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from importers.mirror.peer import Peer
from importers.mirror.run import Mirror
from importers.transfer import Patience
from registry.settings import Settings
from tests.database.import_alone import CHECKOUT, kill_before_statement

if TYPE_CHECKING:
    from typing import IO


def start_mirror(
    settings: Settings,
    url: str,
    *,
    kill_at: int = 0,
    interval: float = 0,
    told: IO[str] | int = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """Start a mirror as another process."""
    place = (str(settings.home), settings.database_name, url, str(kill_at), str(interval))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.mirror.mirror_alone", *place],
        cwd=CHECKOUT,
        stdout=told,
        stderr=told,
        text=True,
    )


def main(home: str, database: str, url: str, kill_at: str, interval: str) -> None:
    settings = Settings(home=Path(home), database_name=database)
    sent = kill_before_statement(int(kill_at))
    peer = Peer(url=url, progress=print, patience=Patience(pauses=(0.2, 0.5, 1.0)))
    mirror = Mirror(settings=settings, peer=peer, progress=print)
    mirror.begin()
    if float(interval):
        mirror.follow(float(interval))
    mirror.catch_up()
    print(len(sent))


if __name__ == "__main__":
    main(*sys.argv[1:])
