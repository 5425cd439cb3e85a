"""A real public register changes, and links go along: with history, notices, and work lists."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from geo.pipelines import HELMERT
from links.ingest.owner_files import load_owner_file
from links.ingest.work_lists import export_work_list, read_back
from links.keys.client import BatchKeys
from links.keys.sealing import open_number
from links.replica.follow import follow_once
from links.replica.moves import apply_moves, make_moves
from links.store.connections import LinksRole, connect, connect_as_superuser
from registry.domain.errors import InputRefused
from registry.publication.roll_back import roll_back
from registry.store.connections import Role
from registry.store.connections import connect as connect_to_register
from tests.database.editions import Address, import_editions
from tests.database.successive import publish, street, week
from tests.links.deliveries import deliver, fill_replica, grant_right, list_links, write
from tests.links.world import PEOPLE
from tests.mirror.upstream import Upstream, altering, relaying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from links.keys.keyring import KeyRing
    from links.settings import LinksSettings
    from registry.settings import Settings

pytestmark = pytest.mark.usefixtures("key_service")

OPEN = "[2020-01-01,)"
NAMES = {"anna": "bru-1", "eva": "bru-1", "ben": "bru-2", "cato": "bru-5", "dirk": "bru-6"}
MUNICIPALITIES = ("21004", "21005")


def moved(object_id: str, number: str = "1", **others: Any) -> Address:
    return Address(id=object_id, number=number, street="20", municipality="21005", **others)


def stays(object_id: str, number: str, **others: Any) -> Address:
    return Address(id=object_id, number=number, street="40", municipality="21015", **others)


STREETS = (street("20", municipality="21005"), street("40", "Kerkstraat", municipality="21015"))
ALL = (*MUNICIPALITIES, "21015")
FIRST = week(
    [Address(id="1"), Address(id="2", number="2"), stays("5", "5"), stays("6", "6")],
    [street("10"), STREETS[1]],
    ALL,
)
# Brussels (21004) goes: number 1 is issued anew, number 2 keeps its id; 5 is gone, 6 retired.
SECOND = week(
    [
        moved("3"),
        moved("2", "2", valid_from="2026-11-05T00:00:00Z"),
        stays("6", "6", status="retired", valid_from="2026-11-03T00:00:00Z"),
    ],
    STREETS,
    ALL[1:],
)
THIRD = week(
    [moved("4"), moved("2", "2", valid_from="2026-11-05T00:00:00Z"), stays("5", "5")],
    STREETS,
    ALL[1:],
)


@dataclass(slots=True, kw_only=True)
class Followed:
    """A wall that follows a register of its own."""

    wall: LinksSettings
    register: Settings
    upstream: Upstream
    weeks: int = 1

    def go_on(self, edition: Any) -> None:
        """Publish the register's next week and follow it."""
        self.weeks += 1
        self.publish(edition)
        self.upstream.await_release(self.weeks)
        assert follow_once(self.wall)

    def publish(self, edition: Any) -> None:
        day = (date(2026, 11, 2) + timedelta(weeks=self.weeks - 1)).isoformat()
        summary = import_editions(self.register, replace(edition, day=day), accept_totals=True)
        assert summary.failure is None

    def find_municipality(self, address: str, day: str) -> str | None:
        with connect(self.wall, LinksRole.API) as connection:
            row = connection.execute(
                "select links.find_municipality(%s, %s)", (address, day)
            ).fetchone()
        return None if row is None else row[0]

    def look(self, query: str) -> list[Any]:
        with connect_as_superuser(self.wall) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def followed(wall: LinksSettings, register: Settings, tmp_path: Path) -> Iterator[Followed]:
    """A register's first week, its replica, and links at its addresses."""
    publish(register, FIRST)
    with relaying(register) as upstream:
        upstream.await_release(1)
        settings = replace(wall, register_url=upstream.url)
        assert follow_once(settings)
        assert not follow_once(settings)
        rows = [
            f"{PEOPLE[name]},resident,,2020-01-01,,{address}" for name, address in NAMES.items()
        ]
        deliver(settings, write(tmp_path, *rows))
        hold_dossiers(settings, tmp_path)
        yield Followed(wall=settings, register=register, upstream=upstream)


def hold_dossiers(settings: LinksSettings, tmp_path: Path) -> None:
    grant_right(settings, "0000010001", "public_authority")
    header = "organisation,sector,subjectType,subject,capacity,from,subscribed,handle"
    rows = [
        f"0000010001,RN,person,{PEOPLE[name]},open_file,2024-01-01,{subscribed},{name}"
        for name, subscribed in [
            ("anna", "yes"),
            ("ben", "yes"),
            ("cato", "no"),
            ("eva", "yes"),
            ("gus", "yes"),
        ]
    ]
    load_owner_file(settings, "dossiers", write(tmp_path, *rows, header=header))
    header = "subjectType,subject,level,basis,from"
    row = f"person,{PEOPLE['eva']},2,order,2020-01-01"
    load_owner_file(settings, "protections", write(tmp_path, row, header=header))


def links_of(followed: Followed, keyring: KeyRing, **which: bool) -> dict[str, str]:
    names = {value: name for name, value in PEOPLE.items()}
    return {
        names[subject]: address
        for address, subject, _, _ in list_links(followed.wall, keyring, **which)
    }


def test_links_follow_a_register(followed: Followed, keyring: KeyRing) -> None:
    assert followed.find_municipality("bru-1", "2026-11-01") == "21004"
    assert followed.find_municipality("bru-999", "2026-11-01") is None

    followed.go_on(SECOND)
    assert links_of(followed, keyring) == NAMES | {"anna": "bru-3", "eva": "bru-3"}
    assert links_of(followed, keyring, is_current=False) == {"anna": "bru-1", "eva": "bru-1"}
    assert {valid for *_, valid in list_links(followed.wall, keyring)} == {OPEN}
    # The territory is of the day that is asked, for ids old and new.
    for address in ("bru-1", "bru-2", "bru-3"):
        assert followed.find_municipality(address, "2026-11-01") == "21004", address
    for address in ("bru-2", "bru-3"):
        assert followed.find_municipality(address, "2026-11-20") == "21005", address
    # What is gone or retired keeps its links; the replica knows when it ended.
    ended = followed.look(
        "select id, upper(valid)::text from links.replica_address where not upper_inf(valid)"
        " order by id"
    )
    assert ended == [("bru-1", "2026-11-09"), ("bru-5", "2026-11-09"), ("bru-6", "2026-11-03")]
    # "Changed", to who subscribed; not that a protected person's link did.
    ((holder, sealed),) = followed.look("select organisation, handle from links.notice")
    assert (holder, open_number(keyring, holder, sealed)) == ("0000010001", "anna")

    followed.go_on(THIRD)
    assert links_of(followed, keyring) == NAMES | {"anna": "bru-4", "eva": "bru-4"}
    sealed = followed.look(
        "select addr_sealed, subj_ref, kid from links.link where upper_inf(recorded)"
    )
    opened = {
        keyring.find_sector("RN").find_generation(kid).open_address(each, subject).decode()
        for each, subject, kid in sealed
    }
    assert opened == {"bru-4", "bru-2", "bru-5", "bru-6"}
    # Within a day one notice is enough.
    assert len(followed.look("select from links.notice")) == 1


def test_a_roll_back_takes_links_back(followed: Followed, keyring: KeyRing) -> None:
    followed.go_on(SECOND)
    with connect_to_register(followed.register, Role.IMPORTER) as connection:
        roll_back(connection, 2, shift=HELMERT, progress=lambda _: None)
    followed.upstream.await_release(3)
    assert follow_once(followed.wall)
    assert links_of(followed, keyring) == NAMES
    assert followed.find_municipality("bru-2", "2026-11-20") == "21004"


def test_nothing_that_is_asked_names_an_address(followed: Followed) -> None:
    followed.go_on(SECOND)
    assert followed.upstream.asked
    assert not [path for path in followed.upstream.asked if "bru-" in path or "addresses/" in path]


def test_a_register_that_was_begun_anew(followed: Followed, keyring: KeyRing) -> None:
    with connect_as_superuser(followed.wall) as connection:
        connection.execute("update links.replica_position set root = repeat('0', 64), seq = 3")
        connection.execute("update links.replica_address set municipality = '0' where id = 'bru-5'")
        connection.execute(
            "insert into links.replica_address values ('bru-77', '0', 'bru-0', '1', '[2010-1-1,)')"
        )
    said: list[str] = []
    assert follow_once(followed.wall, said.append)
    assert "beginning anew" in said[0]
    assert followed.find_municipality("bru-5", "2026-11-20") == "21015"
    assert followed.look(
        "select upper_inf(valid) from links.replica_address where id = 'bru-77'"
    ) == [(False,)]
    assert links_of(followed, keyring) == NAMES


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/snapshots/latest", lambda document: document | {"root": "0" * 64}),
        (
            "/snapshots/latest",
            lambda document: {
                **document,
                "regions": [
                    {**region, "parts": [{**part, "digest": "0" * 64} for part in region["parts"]]}
                    for region in document["regions"]
                ],
            },
        ),
    ],
)
def test_a_snapshot_that_proves_nothing(
    path: str, change: Any, wall: LinksSettings, followed: Followed
) -> None:
    with connect_as_superuser(wall) as connection:
        connection.execute("truncate links.replica_position, links.replica_address")
    followed.upstream.fail(path, altering(change))
    with pytest.raises(InputRefused, match="root of its snapshot"):
        follow_once(followed.wall)
    assert followed.look("select from links.replica_address") == []


def test_an_address_that_became_several_is_asked_of_its_source(
    wall: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    fill_replica(wall)
    rows = [f"{PEOPLE[name]},resident,,2020-01-01,,bru-1" for name in ("anna", "ben")]
    deliver(wall, write(tmp_path, *rows))
    moves = make_moves([succeed("bru-1", "bru-2"), succeed("bru-1", "bru-3")])
    with (
        connect(wall, LinksRole.INGEST) as connection,
        BatchKeys(wall.batch_socket) as keys,
    ):
        assert apply_moves(connection, keys, moves) == {"open": 2}
    assert {address for address, *_ in list_links(wall, keyring)} == {"bru-1"}
    with connect_as_superuser(wall) as connection:
        (delivery,) = connection.execute("select max(id) from links.delivery").fetchone() or (0,)
    assert export_work_list(wall, delivery, tmp_path / "work.csv") == 2
    with (tmp_path / "work.csv").open(newline="") as file:
        listed = list(csv.DictReader(file))
    assert {(row["class"], row["candidates"]) for row in listed} == {("C", "bru-2 bru-3")}
    wrong = write(tmp_path, "1,bru-9", header="row,addressId", name="wrong.csv")
    with pytest.raises(InputRefused, match="now one of bru-2 bru-3"):
        read_back(wall, delivery, wrong)
    back = write(tmp_path, "1,bru-2", "2,", header="row,addressId", name="back.csv")
    assert read_back(wall, delivery, back)["moved"] == 1
    with connect_as_superuser(wall) as connection:
        found = connection.execute("select verdict from links.link where upper_inf(recorded)")
        assert sorted(verdict for (verdict,) in found) == ["given", "owner"]
    places = {subject: address for address, subject, *_ in list_links(wall, keyring)}
    assert places.keys() == {PEOPLE["anna"], PEOPLE["ben"]}
    assert sorted(places.values()) == ["bru-1", "bru-2"]
    assert export_work_list(wall, delivery, tmp_path / "rest.csv") == 1


def test_two_addresses_that_became_one(
    wall: LinksSettings, tmp_path: Path, keyring: KeyRing
) -> None:
    fill_replica(wall)
    rows = [f"{PEOPLE['anna']},resident,,2020-01-01,,bru-{n}" for n in (1, 2)]
    deliver(wall, write(tmp_path, *rows))
    moves = make_moves([succeed("bru-1", "bru-2")])
    with (
        connect(wall, LinksRole.INGEST) as connection,
        BatchKeys(wall.batch_socket) as keys,
    ):
        apply_moves(connection, keys, moves)
    assert list_links(wall, keyring) == {("bru-2", PEOPLE["anna"], "resident", OPEN)}


def succeed(old: str, new: str, **others: Any) -> dict[str, Any]:
    return {"id": old, "successor": {"id": new}, **others}


@pytest.mark.parametrize(
    ("successions", "single", "several"),
    [
        ([("a", "b")], {"a": "b"}, {}),
        ([("a", "b"), ("b", "c")], {"a": "c", "b": "c"}, {}),
        ([("a", "c"), ("b", "c")], {"a": "c", "b": "c"}, {}),
        ([("a", "b"), ("a", "b")], {"a": "b"}, {}),
        ([("a", "b"), ("a", "c")], {}, {"a": ("b", "c")}),
        ([("a", "b"), ("b", "c"), ("b", "d")], {}, {"a": ("c", "d"), "b": ("c", "d")}),
        ([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")], {"a": "d", "b": "d", "c": "d"}, {}),
        ([("a", "b"), ("b", "a")], {}, {}),
    ],
)
def test_chains_of_successions(
    successions: list[tuple[str, str]], single: Any, several: Any
) -> None:
    moves = make_moves([succeed(*each) for each in successions])
    assert (moves.single, moves.several) == (single, several)


def test_a_succession_that_has_ended_moves_nothing() -> None:
    assert make_moves([succeed("a", "b", endedSeq=7)]).single == {}
