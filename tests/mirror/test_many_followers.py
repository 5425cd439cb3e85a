"""Twenty followers and two mirrors of a publisher, while everything is killed at seeded moments.

No follower ever misses a number or sees one twice, and in the end all add up to one root.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from deploy.migrations import migrate
from deploy.throwaway import clone_database, make_reachable_directory
from importers.mirror.peer import Peer
from importers.mirror.verify import verify_mirror
from registry.domain.region import Region
from registry.settings import Settings
from registry.store.connections import Role, connect
from tests.crashes.machine import Machine, make_machine
from tests.database.editions import Address
from tests.database.import_alone import CHECKOUT, start_import
from tests.database.proving import compute_root_of
from tests.deploy.conftest import find_free_ports
from tests.mirror.conftest import edition, publish
from tests.mirror.mirror_alone import start_mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FOLLOWERS, MIRRORS = 20, 2
PATIENCE_SECONDS = 90.0
SERVE = """
import sys
from pathlib import Path
import uvicorn
from api.server import make_config
from registry.settings import Settings
settings = Settings(home=Path(sys.argv[1]), database_name=sys.argv[2])
port = int(sys.argv[3])
url = f"http://127.0.0.1:{port}"
uvicorn.Server(make_config(settings, base_url=url, host="127.0.0.1", port=port)).run()
"""


class FeedReader(threading.Thread):
    """Follows the changes of `url` and keeps what they add up to."""

    def __init__(self, url: str, limit: int) -> None:
        super().__init__(daemon=True)
        self.url, self.limit = url, limit
        self.seq = 0
        self.state: dict[tuple[str, str], Any] = {}
        self.faults: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        with httpx2.Client(base_url=self.url, timeout=10) as client:
            while not self.ended.wait(0.5):
                with suppress(httpx2.HTTPError):  # the server is down: it is asked again
                    self.read_pages(client)

    def read_pages(self, client: httpx2.Client) -> None:
        while True:
            response = client.get(f"/v1/changes?after={self.seq}&limit={self.limit}")
            if response.status_code != 200 or not (items := response.json()["items"]):
                return
            for event in items:
                self.take(event["data"])

    def take(self, change: dict[str, Any]) -> None:
        if change["seq"] != self.seq + 1:
            self.faults.append(f"{change['seq']} after {self.seq}")
        self.seq = change["seq"]
        key = (change["resource"], f"{change['region']}/{change['id']}")
        if change["change"] == "removed":
            del self.state[key]
        else:
            self.state[key] = change["record"]


@dataclass(slots=True, kw_only=True)
class Scene:
    """A publisher behind a server, its mirrors, and the database server that all of them use."""

    machine: Machine
    publisher: Settings
    mirrors: list[Settings]
    port: int
    folder: Path
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def keep_running(self) -> None:
        """Start again whatever ended, as a supervisor would."""
        for name, start in self.list_programs().items():
            if name not in self.running or self.running[name].poll() is not None:
                self.running[name] = start()

    def is_mirrored(self, root: bytes) -> bool:
        self.keep_running()
        return all(fetch_newest(mirror)[0] == root for mirror in self.mirrors)

    def list_programs(self) -> dict[str, Callable[[], subprocess.Popen[str]]]:
        def mirroring(settings: Settings) -> Callable[[], subprocess.Popen[str]]:
            return lambda: start_mirror(settings, self.url, interval=0.3, told=subprocess.DEVNULL)

        mirrors = {f"mirror {n}": mirroring(each) for n, each in enumerate(self.mirrors)}
        return {"server": self.serve, **mirrors}

    def serve(self) -> subprocess.Popen[str]:
        place = (str(self.publisher.home), self.publisher.database_name, str(self.port))
        return subprocess.Popen(
            [sys.executable, "-c", SERVE, *place],
            cwd=CHECKOUT,
            env=os.environ | {"BEST_RATE_LIMIT": "0"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def import_next(self, number: int, chance: random.Random, victim: str) -> None:
        """Import an edition while something is killed; import it again until it is there."""
        source = make_edition(number, chance).write(self.folder / str(number))
        importing = start_import(self.publisher, [source])
        time.sleep(chance.uniform(0.0, 2.5))
        self.kill(victim, importing)
        importing.communicate(timeout=PATIENCE_SECONDS)
        self.machine.revive_server()
        self.keep_running()
        if importing.returncode != 0:
            again = start_import(self.publisher, [source])
            again.communicate(timeout=PATIENCE_SECONDS)
            assert again.returncode == 0

    def kill(self, victim: str, importing: subprocess.Popen[str]) -> None:
        if victim == "postgres":
            self.machine.kill_server()
        else:
            process = importing if victim == "importer" else self.running[victim]
            process.send_signal(signal.SIGKILL)
            process.wait()

    def end(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


def make_edition(number: int, chance: random.Random) -> Any:
    """The next week of a region: some came, some went, some moved."""
    region = chance.choice(list(Region))
    more = [
        Address(
            id=f"{600 + n}", number=f"{chance.randrange(99)}", street=chance.choice(["9", "10"])
        )
        for n in chance.sample(range(20), chance.randrange(6))
    ]
    day = f"2027-{1 + number // 28:02}-{1 + number % 28:02}"
    return edition(region, day, *more, count=chance.randrange(56, 61))


@contextmanager
def making_scene() -> Iterator[Scene]:
    # The path of a socket has room for 107 bytes: a test's own folder may be too deep.
    with make_machine() as machine, make_reachable_directory() as folder:
        template = machine.settings
        migrate(template)
        publisher = clone_database(template, "publisher")
        publish(publisher, *(edition(region, count=58) for region in Region))
        (port,) = find_free_ports(1)
        scene = Scene(
            machine=machine,
            publisher=publisher,
            mirrors=[make_mirror(template, n, folder) for n in range(MIRRORS)],
            port=port,
            folder=folder,
        )
        try:
            scene.keep_running()
            yield scene
        finally:
            scene.end()


def make_mirror(template: Settings, number: int, folder: Path) -> Settings:
    """An empty register with a home of its own in the same database server."""
    home = folder / f"home{number}"
    home.mkdir()
    (home / "cluster").symlink_to(template.home / "cluster")
    name = clone_database(template, f"mirror{number}").database_name
    return Settings(home=home, database_name=name)


def run_scene(scene: Scene, kills: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    readers = [FeedReader(scene.url, limit=20 + n) for n in range(FOLLOWERS)]
    for reader in readers:
        reader.start()
    victims = ["importer", "postgres", *scene.list_programs()]
    for number in range(kills):
        scene.import_next(number, chance, victims[number % len(victims)])
    root, seq = fetch_newest(scene.publisher)
    try:
        wait_patiently(lambda: all(reader.seq == seq for reader in readers))
        wait_patiently(lambda: scene.is_mirrored(root))
    finally:
        for reader in readers:
            reader.ended.set()
    assert [reader.faults for reader in readers] == [[]] * FOLLOWERS
    assert {compute_root_of(reader.state.values()) for reader in readers} == {root}
    for mirror in scene.mirrors:
        with connect(mirror, Role.OWNER, autocommit=True) as connection:
            verdict = verify_mirror(connection, Peer(url=scene.url, progress=print))
        assert (verdict.root, verdict.difference) == (root, None)


def fetch_newest(settings: Settings) -> tuple[bytes, int]:
    with connect(settings, Role.READER) as connection:
        row = connection.execute(
            "select root, last_seq from best.release order by number desc limit 1"
        ).fetchone()
    return (b"", 0) if row is None else (bytes(row[0]), row[1])


def wait_patiently(came_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not came_true():
        assert time.monotonic() < deadline, f"not so after {PATIENCE_SECONDS} s"
        time.sleep(0.2)


def test_nothing_is_lost_whatever_is_killed() -> None:
    with making_scene() as scene:
        run_scene(scene, kills=5, seed=4)  # each victim once; importer and server in an import


@pytest.mark.soak
def test_nothing_is_lost_in_a_hundred_kills() -> None:
    with making_scene() as scene:
        run_scene(scene, kills=100, seed=random.SystemRandom().randrange(10**9))
