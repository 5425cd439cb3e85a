"""Whoever replays the changes from nothing has the register, at every release on the way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.pipelines import HELMERT
from registry.domain.region import Region
from registry.publication.roll_back import roll_back
from registry.store.connections import Role, connect
from tests.database.editions import Address, Edition, Named, StreetName, import_editions
from tests.database.querying import assert_sound, fetch
from tests.database.replaying import replay
from tests.properties.test_editions import new_register

if TYPE_CHECKING:
    from registry.settings import Settings

PLACES = st.sampled_from(["21004", "21005"])
REGIONS = st.sampled_from([Region.BRUSSELS, Region.FLANDERS])


@dataclass(frozen=True, slots=True)
class TakeBack:
    """A roll-back of the release that is so many before the newest."""

    back: int


def some(strategy: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, max_size=most, unique_by=lambda row: row.id)


def make_edition(**parts: Any) -> Edition:
    return Edition(postal_infos=[Named(id="1000")], **parts)


# Street names and addresses move from one municipality to the other: mergers, now and then.
EDITIONS = st.builds(
    make_edition,
    region=REGIONS,
    addresses=some(
        st.builds(
            Address,
            id=st.sampled_from("123456"),
            number=st.sampled_from(["7", "7A"]),
            street=st.sampled_from(["10", "11"]),
            municipality=PLACES,
            version=st.sampled_from("12"),
            status=st.sampled_from(["current", "current", "retired"]),
        ),
        5,
    ),
    street_names=some(
        st.builds(
            StreetName,
            id=st.sampled_from(["10", "11"]),
            names=st.sampled_from(
                [{"nl": "Wetstraat"}, {"nl": "Wetstr\u00e4\u00dfe", "fr": "Loi"}]
            ),
            municipality=PLACES,
        ),
        2,
    ),
    municipalities=some(st.builds(Named, id=PLACES, names=st.just({"nl": "Ergens"})), 2),
)
STORIES = st.lists(
    st.one_of(EDITIONS, EDITIONS, EDITIONS, st.builds(TakeBack, st.integers(0, 2))),
    min_size=2,
    max_size=6,
)


def tell(register: Settings, story: list[Edition | TakeBack]) -> None:
    for chapter in story:
        if isinstance(chapter, Edition):
            import_editions(register, chapter, accept_totals=True, allow_older=True)
            continue
        numbers = fetch(
            register, "select number from best.release where undoes is null order by number desc"
        )
        if len(numbers) > chapter.back:
            with connect(register, Role.IMPORTER) as connection:
                roll_back(connection, numbers[chapter.back][0], shift=HELMERT, progress=print)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STORIES, st.sampled_from([1, 3, 500]))
def test_replaying_the_changes_gives_the_register_and_every_root(
    migrated_template: Settings, story: list[Edition | TakeBack], page: int
) -> None:
    with new_register(migrated_template) as register:
        tell(register, story)

        proven = fetch(register, "select last_seq, root from best.release order by number")
        assert asyncio.run(replay(register, page)) == {seq: bytes(root) for seq, root in proven}
        assert_sound(register)
