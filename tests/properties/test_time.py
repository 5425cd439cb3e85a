"""What is read for any moment of the world at any number, against a model that keeps a list."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from registry.domain.identifiers import ObjectKey
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.connections import Role, connect, make_conninfo
from registry.store.reading.address_lookup import fetch_addresses
from registry.store.reading.addresses import AddressFilter, list_addresses
from registry.store.reading.named_objects import (
    NamedFilter,
    NameMatch,
    NamePattern,
    has_ended,
    list_named_objects,
)
from registry.store.reading.statements import ValidOn
from tests.database.editions import Address, Edition, import_editions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings
    from registry.store.reading.pool import Connection

FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
LAST = 6
EXTRACTED = {1: 2, 2: 5}
"""Days by source."""

STREET = "s"
KINDS = {"a": Resource.ADDRESS, "b": Resource.ADDRESS, STREET: Resource.STREET_NAME}
DAYS = st.integers(0, LAST)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was told about an object: what it is in [day, until), or that it is gone from day on."""

    id: str
    gone: bool
    day: int | None
    until: int | None
    dated: int | None
    source: int


def say(day: int, *, gone: bool = False) -> Told:
    return Told(id="a", gone=gone, day=day, until=None, dated=None, source=1)


TELLING = st.builds(
    Told,
    id=st.sampled_from([*KINDS, STREET]),
    gone=st.integers(0, 3).map(lambda n: n == 0),
    day=st.none() | DAYS,
    until=st.none() | st.none() | DAYS,
    dated=st.none() | DAYS,
    source=st.sampled_from([*EXTRACTED]),
)


class Reader(NamedTuple):
    runner: asyncio.Runner
    connection: Connection


def make_history(told: list[Told]) -> dict[int, Told]:
    """Number what can be told in this order: what is not there cannot be gone."""
    history: dict[int, Told] = {}
    for one in told:
        if not one.gone or (one.day is not None and find_recorded(history, one.id, LAST * 99)):
            history[len(history) + 1] = one
    return history


def find_recorded(history: dict[int, Told], object_id: str, seq: int) -> int | None:
    """The naive model of what was recorded: the last word."""
    last = max((n for n, one in history.items() if one.id == object_id and n <= seq), default=0)
    return last if last and not history[last].gone else None


def find_believed(history: dict[int, Told], object_id: str, day: int, seq: int) -> int | None:
    """The naive model of what was believed of a day: the last word that speaks of it."""
    last = None
    for number, one in history.items():
        if one.id == object_id and number <= seq and (one.day is None or one.day <= day):
            last = number
    if last is None or history[last].gone:
        return None
    until = history[last].until
    return last if until is None or day < until else None


def is_dated(one: Told, day: int, *, undated: bool) -> bool:
    dates = [EXTRACTED[one.source], *([] if one.dated is None else [one.dated])]
    return not undated or min(dates) <= day


def at(day: int | None) -> datetime | None:
    return None if day is None else FIRST_DAY + timedelta(days=day)


@pytest.fixture(scope="module")
def database(module_register: Settings) -> Iterator[psycopg.Connection]:
    """A register of one address, for its partitions, whose versions a test replaces."""
    import_editions(module_register, Edition(addresses=[Address(id="1")]))
    with connect(module_register, Role.OWNER, autocommit=True) as connection:
        connection.execute("update registry.source set extracted_at = %s", [at(EXTRACTED[1])])
        connection.execute(
            "update registry.source set extracted_at = %s where id = %s", [at(EXTRACTED[2]), 2]
        )
        yield connection


def write(connection: psycopg.Connection, history: dict[int, Told]) -> None:
    for resource in (Resource.ADDRESS, Resource.STREET_NAME):
        connection.execute(f"delete from registry.{resource}_version")
    for seq, one in history.items():
        if one.gone:
            continue
        following = (n for n, other in history.items() if n > seq and other.id == one.id)
        end = next(following, None)
        row: dict[str, Any] = {
            "region": "bru",
            "object_id": one.id,
            "seq_from": seq,
            "seq_to": end,
            "removed_at": at(history[end].day) if end and history[end].gone else None,
            "change": "altered",
            "content_hash": seq,
            "source_id": one.source,
            "source_offset": 0,
            "valid_from": at(one.day),
            "valid_to": at(one.until),
            "valid_from_assumed": True,
            "published_valid_from": at(one.dated),
            "municipality_id": "21004",
        }
        if one.id == STREET:
            row |= {"name_nl": f"straat {seq}", "key_nl": f"straat {seq}", "homonym_addition": "x"}
        else:
            row |= {"street_name_id": STREET, "house_number": "1", "sort_key": "1"}
        names, values = ", ".join(row), ", ".join(["%s"] * len(row))
        table = f"registry.{KINDS[one.id]}_version"
        connection.execute(f"insert into {table} ({names}) values ({values})", [*row.values()])


@pytest.fixture(scope="module")
def reader(module_register: Settings, database: psycopg.Connection) -> Iterator[Reader]:
    """A connection as the open API has them, and the loop that it lives in."""
    with asyncio.Runner() as runner:
        connection = runner.run(
            psycopg.AsyncConnection.connect(
                make_conninfo(module_register, Role.READER),
                row_factory=dict_row,
                autocommit=True,
                prepare_threshold=0,
            )
        )
        yield Reader(runner, connection)
        runner.run(connection.close())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    told=st.lists(TELLING, min_size=2, max_size=12),
    asked=st.lists(st.tuples(st.none() | DAYS, st.integers(0, 13)), min_size=8, max_size=8),
    undated=st.booleans(),
)
@example(told=[say(0), say(5), say(4, gone=True)], asked=[(4, 2), (4, 3), (5, 3)], undated=False)
def test_reading_at_two_moments_is_what_the_model_says(
    database: psycopg.Connection,
    reader: Reader,
    told: list[Told],
    asked: list[tuple[int | None, int]],
    undated: bool,
) -> None:
    history = make_history(told)
    write(database, history)
    regions = (Region.BRUSSELS,) if undated else ()

    for day, seq in asked:
        valid_on = None
        if (moment := at(day)) is not None:
            valid_on = ValidOn(moment=moment, undated=regions)
        reader.runner.run(check(reader.connection, history, day, seq, valid_on))


async def check(
    connection: Connection,
    history: dict[int, Told],
    day: int | None,
    seq: int,
    valid_on: ValidOn | None,
) -> None:
    expected: dict[str, int | None] = {
        object_id: find_recorded(history, object_id, seq)
        if day is None
        else find_believed(history, object_id, day, seq)
        for object_id in KINDS
    }
    street = expected[STREET]
    is_named = street is not None and (
        day is None or is_dated(history[street], day, undated=bool(valid_on and valid_on.undated))
    )
    names = (f"straat {street}", "x") if is_named else (None, None)

    found = await list_addresses(
        connection,
        AddressFilter(regions=(Region.BRUSSELS,), municipality_id="21004"),
        seq=seq,
        limit=10,
        valid_on=valid_on,
    )
    assert {row["object_id"]: row["seq_from"] for row in found} == {
        object_id: number for object_id, number in expected.items() if number and object_id in "ab"
    }
    for row in found:
        assert (row["street_nl"], row["homonym_addition"]) == names
        assert (row["street_name_found"] is not None) == (street is not None)
    keys = {ObjectKey(region=Region.BRUSSELS, object_id=object_id) for object_id in "ab"}
    by_key = await fetch_addresses(connection, keys, seq=seq, valid_on=valid_on)
    assert [by_key[key] for key in sorted(by_key, key=str)] == sorted(
        found, key=lambda row: row["object_id"]
    )
    await check_streets(connection, seq, valid_on, (street, is_named, names))
    for object_id, resource in KINDS.items():
        if expected[object_id] is None:
            begun = [
                n
                for n, one in history.items()
                if n <= seq and one.id == object_id and not one.gone
                if day is None or one.day is None or one.day <= day
            ]
            ended = await has_ended(
                connection, resource, object_id, [Region.BRUSSELS], seq=seq, valid_on=valid_on
            )
            assert ended == bool(begun)


async def check_streets(
    connection: Connection,
    seq: int,
    valid_on: ValidOn | None,
    expected: tuple[int | None, bool, tuple[str | None, str | None]],
) -> None:
    street, is_named, names = expected
    patterns = [
        NamePattern(text="straat", match=NameMatch.START),
        NamePattern(text="traa", match=NameMatch.PART),
        NamePattern(text="st", match=NameMatch.PART),
        NamePattern(text=f"straat {street}"),
    ]
    for pattern in (None, *patterns):
        rows = await list_named_objects(
            connection,
            Resource.STREET_NAME,
            NamedFilter(regions=(Region.BRUSSELS,), name=pattern),
            seq=seq,
            limit=10,
            valid_on=valid_on,
        )
        is_found = street is not None and (pattern is None or is_named)
        assert [row["seq_from"] for row in rows] == ([street] if is_found else [])
        assert [(row["name_nl"], row["homonym_addition"]) for row in rows] == [names] * len(rows)
