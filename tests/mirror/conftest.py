"""An upstream with three small regions, and an empty register that may become its mirror."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from importers.mirror.peer import Peer
from importers.mirror.run import FOLDER, Mirror
from importers.mirror.verify import Verdict, verify_mirror
from registry.domain.region import Region
from registry.publication.mirroring import fetch_position
from registry.store.connections import Role, connect
from tests.conftest import cloned
from tests.database.editions import Address, Edition, Named, StreetName, import_editions
from tests.mirror.mirror_alone import start_mirror
from tests.mirror.upstream import Upstream, relaying
from tests.publisher import make_patience

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.publication.upstream import Position
    from registry.settings import Settings

WALLOON_PARTS = (Named(id="17", names={"fr": "Wavre"}), Named(id="9", names={"fr": "Bierges"}))


@dataclass(slots=True, kw_only=True)
class Follower:
    """A register of ours that mirrors `upstream`, and all that it said."""

    settings: Settings
    upstream: Upstream
    said: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    silence_seconds: float = 0.25

    @property
    def mirror(self) -> Mirror:
        silence = self.silence_seconds
        patience = replace(make_patience()[0], sleep=self.slept.append, silence_seconds=silence)
        peer = Peer(url=self.upstream.url, progress=self.said.append, patience=patience)
        return Mirror(settings=self.settings, peer=peer, progress=self.said.append)

    @property
    def folder(self) -> Path:
        return self.settings.home / FOLDER

    def run(self) -> int:
        """Begin, if that is still to be done, and catch up."""
        self.mirror.begin()
        return self.mirror.catch_up()

    def verify(self) -> Verdict:
        with connect(self.settings, Role.OWNER, autocommit=True) as connection:
            return verify_mirror(connection, self.mirror.peer)

    def fetch_position(self) -> Position:
        with connect(self.settings, Role.IMPORTER) as connection:
            return fetch_position(connection)


def run_apart(follower: Follower, kill_at: int) -> tuple[int, str]:
    """Run in a process that is killed before that statement, 0: never; exit code and output."""
    process = start_mirror(follower.settings, follower.upstream.url, kill_at=kill_at)
    told, _ = process.communicate(timeout=60)
    return process.returncode, told


@pytest.fixture(scope="module")
def publisher(module_register: Settings) -> Settings:
    """A register with a release of each region."""
    publish(module_register, *(edition(region) for region in Region))
    return module_register


def publish(settings: Settings, *editions: Edition) -> None:
    summary = import_editions(settings, *editions, accept_totals=True)
    assert summary.failure is None, summary.failure


def edition(
    region: Region = Region.BRUSSELS, day: str = "2026-11-02", *more: Address, count: int = 12
) -> Edition:
    """Two municipalities, boxes, positions of both systems, one unknown, and `more`."""
    box = '"0/1\\ é' if region is Region.BRUSSELS else None
    addresses = [
        Address(
            id=f"{n}", number=f"{n}", street="10" if n % 2 else "9", box=box if n == 3 else None
        )
        for n in range(count)
    ]
    elsewhere = Address(
        id="500", street="77", municipality="21005", position="649328.0 665262.0", crs=3812
    )
    return Edition(
        region=region,
        day=day,
        addresses=[*addresses, elsewhere, Address(id="501", position=None, part="17"), *more],
        street_names=[
            StreetName(id="10"),
            StreetName(id="9", names={"fr": "Rue de l'Été", "nl": "Zomerstraat"}, homonym="B"),
            StreetName(id="77", municipality="21005", status="proposed"),
        ],
        municipalities=[Named(id="21005", names={"fr": "Etterbeek"}), Named(id="21004")],
        parts=WALLOON_PARTS if region is Region.WALLONIA else None,
    )


@pytest.fixture(scope="module")
def module_upstream(publisher: Settings) -> Iterator[Upstream]:
    with relaying(publisher) as serving:
        yield serving


@pytest.fixture
def upstream(module_upstream: Upstream) -> Upstream:
    module_upstream.faults.clear()
    module_upstream.asked.clear()
    return module_upstream


@pytest.fixture
def follower(migrated_template: Settings, upstream: Upstream) -> Iterator[Follower]:
    """An empty register that may become a mirror."""
    with cloned_follower(migrated_template, upstream) as follower:
        yield follower


@pytest.fixture
def sampled(sample_template: Settings, upstream: Upstream) -> Iterator[Follower]:
    """A register of the sample that may become a mirror."""
    with cloned_follower(sample_template, upstream) as follower:
        yield follower


@contextmanager
def cloned_follower(template: Settings, upstream: Upstream) -> Iterator[Follower]:
    with cloned(template) as settings:
        follower = Follower(settings=settings, upstream=upstream)
        yield follower
        shutil.rmtree(follower.folder, ignore_errors=True)
