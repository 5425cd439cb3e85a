"""Releases of every kind reach a mirror: a region's first, changes, a roll-back; killed or not."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from geo.pipelines import HELMERT
from registry.domain.region import Region
from registry.publication.roll_back import roll_back
from registry.store.connections import Role, connect
from tests.api.serving import serving
from tests.conftest import cloned
from tests.database.editions import Address
from tests.mirror.asking import ask, list_questions
from tests.mirror.conftest import Follower, edition, publish, run_apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings
    from tests.mirror.upstream import Upstream

LAST = 6


@pytest.fixture(scope="module")
def publisher(module_register: Settings) -> Settings:
    """A register with Brussels alone."""
    publish(module_register, edition(Region.BRUSSELS))
    return module_register


@pytest.fixture(scope="module")
def mirror_of_one(
    migrated_template: Settings, module_upstream: Upstream, publisher: Settings
) -> Iterator[Settings]:
    """A mirror at release 1 of a register that goes on from there."""
    with cloned(migrated_template) as settings:
        assert Follower(settings=settings, upstream=module_upstream).run() == 1
        new, moved = Address(id="900", number="7"), Address(id="501", street="9")
        publish(publisher, edition(Region.FLANDERS))
        publish(publisher, edition(Region.BRUSSELS, "2026-11-09", new, moved, count=10))
        with connect(publisher, Role.IMPORTER) as connection:
            roll_back(connection, 3, shift=HELMERT, progress=lambda _: None)
        publish(publisher, edition(Region.WALLONIA))
        publish(publisher, edition(Region.FLANDERS, "2026-11-16", moved, count=9))
        module_upstream.await_release(LAST)
        yield settings


@pytest.fixture
def following(mirror_of_one: Settings, upstream: Upstream) -> Iterator[Follower]:
    with cloned(mirror_of_one) as settings:
        yield Follower(settings=settings, upstream=upstream)


def test_every_kind_of_release_is_followed(following: Follower) -> None:
    begun = following.fetch_position().seq
    assert following.run() == LAST
    with serving(following.settings) as mirror:
        for question in list_questions(LAST, begun):
            assert ask(mirror, question) == ask(following.upstream.client, question), question
    assert following.verify().difference is None


@pytest.fixture(scope="module")
def statements(mirror_of_one: Settings, module_upstream: Upstream) -> int:
    with cloned(mirror_of_one) as settings:
        code, told = run_apart(Follower(settings=settings, upstream=module_upstream), 0)
    assert code == 0, told
    return int(told.split()[-1])


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7, 0.95])
def test_a_mirror_killed_while_it_follows_goes_on_where_it_was(
    following: Follower, statements: int, share: float
) -> None:
    code, told = run_apart(following, round(share * statements))
    assert code == -signal.SIGKILL, told
    assert 1 <= following.fetch_position().number < LAST
    assert following.run() == LAST
    assert following.verify().difference is None
