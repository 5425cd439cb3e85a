"""A release that is not what was published is refused whole, and asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importers.mirror.peer import PeerGone
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.publication.upstream import ReleaseRefused
from tests.conftest import cloned
from tests.database.editions import Address
from tests.database.querying import fetch
from tests.mirror.conftest import Follower, edition, publish
from tests.mirror.upstream import altering, saying, stall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.settings import Settings
    from tests.mirror.upstream import Upstream

ZERO = "00" * 32


def alter_release(place: int, **members: Any) -> Callable[[Any], Any]:
    def alter(document: Any) -> Any:
        document["items"][place] |= members
        return document

    return alter


def alter_event(number: int, change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    def alter(document: Any) -> Any:
        change(document["items"][number]["data"])
        return document

    return alter


def remove_event(number: int) -> Callable[[Any], Any]:
    def alter(document: Any) -> Any:
        del document["items"][number]
        return document

    return alter


def repeat_event(number: int) -> Callable[[Any], Any]:
    def alter(document: Any) -> Any:
        document["items"].insert(number, document["items"][number])
        return document

    return alter


@pytest.fixture(scope="module")
def mirror_of_three(
    migrated_template: Settings, module_upstream: Upstream, publisher: Settings
) -> Iterator[Settings]:
    """A mirror at release 3, never connected to again; release 4 adds, alters and removes."""
    with cloned(migrated_template) as settings:
        follower = Follower(settings=settings, upstream=module_upstream)
        assert follower.run() == 3
        new, moved = Address(id="900", number="7"), Address(id="501", street="9")
        publish(publisher, edition(Region.BRUSSELS, "2026-11-09", new, moved, count=10))
        module_upstream.await_release(4)
        yield settings


@pytest.fixture
def following(mirror_of_three: Settings, upstream: Upstream) -> Iterator[Follower]:
    """A mirror at release 3 of a register at release 4."""
    with cloned(mirror_of_three) as settings:
        yield Follower(settings=settings, upstream=upstream)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (altering(remove_event(0)), "follows on"),
        (altering(remove_event(1)), "follows on"),
        (altering(repeat_event(1)), "follows on"),
        (altering(lambda d: d | {"items": []}), "no changes after"),
        (altering(lambda d: d | {"items": {}}), "`items`"),
        (altering(alter_event(0, lambda d: d.update(seq="x"))), "`seq`"),
        (altering(alter_event(0, lambda d: d.update(region="BE-VLG"))), "region BE-VLG"),
        (altering(alter_event(0, lambda d: d.update(release=9))), "of release 9"),
        (altering(alter_event(0, lambda d: d.update(record=[]))), "no canonical record"),
        (altering(alter_event(0, lambda d: d["record"].update(status="x"))), "its root is"),
        (altering(alter_event(0, lambda d: d["record"].update(status="\0"))), "0x00"),
        (altering(alter_event(0, lambda d: d["record"].update(status=[]))), "members"),
        (altering(alter_event(0, lambda d: d["record"].pop("houseNumber"))), "houseNumber"),
        (altering(alter_event(0, lambda d: d["record"].update(objectIdentifier="x"))), "root|fol"),
        (altering(alter_event(0, lambda d: d.update(change="eaten"))), "eaten"),
        (altering(alter_event(0, lambda d: d.pop("validity"))), "validity"),
        (altering(alter_event(-1, lambda d: d.update(id="bru-4711"))), "does not follow"),
        (altering(alter_event(-1, lambda d: d.update(id="vlg-11"))), "no id of Brussels"),
        (altering(alter_event(-1, lambda d: d.update(id="bru-9"))), "an object twice|its root"),
        (altering(alter_event(-1, lambda d: d.update(removedAt="2026"))), "removedAt"),
    ],
)
def test_a_release_that_is_not_right_is_refused_whole(
    following: Follower, fault: Any, words: str
) -> None:
    following.upstream.fail("/changes", fault)
    with pytest.raises(ReleaseRefused, match=f"(?s)Release 4 of .* is refused: .*({words})"):
        following.run()
    assert following.fetch_position().number == 3
    assert following.run() == 4
    assert following.verify().difference is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"root": ZERO}, f"its root is {ZERO}"),
        ({"number": 5}, "here release 3 ends"),
        ({"firstSeq": 1}, "here release 3 ends"),
        ({"lastSeq": 10**12}, "no changes after"),
        ({"region": "BE-WAL"}, "region BE-BRU"),
    ],
)
def test_a_release_that_lies_about_itself_is_refused(
    following: Follower, change: dict[str, Any], words: str
) -> None:
    following.upstream.fail("/releases", altering(alter_release(-1, **change)))
    with pytest.raises(InputRefused, match=words):
        following.run()
    assert following.fetch_position().number == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (alter_release(0, root=ZERO), "is another"),
        (alter_release(0, publishedAt="2026-11-01T00:00:00Z"), "is another"),
        (lambda d: d | {"items": d["items"][1:]}, "is not there"),
        (lambda d: d | {"items": []}, "is not there"),
    ],
)
def test_a_register_that_went_another_way_is_not_followed(
    following: Follower, change: Callable[[Any], Any], words: str
) -> None:
    following.upstream.fail("/releases", altering(change))
    told = rf"went another way since: release 3 {words}\. .*\./best reset, then \./best mirror http"
    with pytest.raises(ReleaseRefused, match=told):
        following.run()
    assert following.fetch_position().number == 3
    assert following.run() == 4


def test_a_removal_without_a_moment_is_as_if_it_never_was(following: Follower) -> None:
    following.upstream.fail("/changes", altering(alter_event(-1, lambda d: d.pop("removedAt"))))
    assert following.run() == 4
    ended = "select removed_at = '0001-01-01 00:00+00' from best.address_version"
    assert fetch(following.settings, f"{ended} where region = 'bru' and object_id = '11'") == [
        (True,)
    ]


def test_changes_that_are_let_go_of_say_what_to_do(following: Follower) -> None:
    following.upstream.fail("/changes", saying(410))
    with pytest.raises(PeerGone, match=r"\./best reset, then \./best mirror http"):
        following.run()


def test_following_goes_on_and_waits_longer_each_time(following: Follower) -> None:
    for fault in (saying(500), stall, altering(remove_event(0))):
        following.upstream.fail("/changes", fault, times=3 if fault is not stall else 1)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if following.fetch_position().number == 4:
            raise KeyboardInterrupt

    mirror = following.mirror
    object.__setattr__(mirror, "wait", wait)
    with pytest.raises(KeyboardInterrupt):
        mirror.follow(1.0)
    assert waited[0] == 2.0
    assert waited == [*sorted(waited[:-1]), 1.0]
    assert any("Release 4" in line and "stays as it is" in line for line in following.said)
