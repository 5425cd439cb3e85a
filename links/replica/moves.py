"""Links follow their address: renumbered, merged, issued anew, split, taken back.

References are keyed here by the pseudonymiser, so the register never learns which addresses have
links: all that changed are asked for, and what is found stays here.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from psycopg import Connection
from psycopg.types.json import Jsonb

from links.ingest.sealing import seal_cells
from links.keys.client import BatchKeys
from links.replica.addresses import read_day

_MOST = 1000
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What took the place of what: chains followed to their end, by the id that is gone.

    `days`: when, in Brussels, where the register tells it.
    """

    single: Mapping[str, str]
    several: Mapping[str, tuple[str, ...]]
    days: Mapping[str, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A link that goes to another address; references hexadecimal."""

    link: int
    subj_ref: str
    kid: int
    address_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    id: int
    kind: str
    address_id: str
    subj_ref: str
    kid: int


def make_moves(successions: Iterable[Mapping[str, Any]]) -> Moves:
    """Return where links go, of successions as /v1/successions tells them.

    What has ended by now does not count.
    """
    following: defaultdict[str, list[str]] = defaultdict(list)
    days = {}
    for each in successions:
        if "endedSeq" not in each and each["successor"]["id"] not in following[each["id"]]:
            following[each["id"]].append(each["successor"]["id"])
        if "happenedAt" in each:
            days[each["id"]] = read_day(each["happenedAt"])
    ends = {old: _follow(old, following) for old in following}
    return Moves(
        single={old: new[0] for old, new in ends.items() if len(new) == 1},
        several={old: new for old, new in ends.items() if len(new) > 1},
        days=days,
    )


def _follow(old: str, following: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the ends of all ways from an id; a circle is no end."""
    ends: dict[str, None] = {}
    seen, ways = {old}, list(following[old])
    while ways:
        here = ways.pop(0)
        if here in seen:
            continue
        seen.add(here)
        if following.get(here):
            ways.extend(following[here])
        else:
            ends[here] = None
    return tuple(ends)


def apply_moves(connection: Connection, keys: BatchKeys, moves: Moves) -> Counter[str]:
    """Move links in the connection's transaction; return counts of `moved` and `open`.

    A link whose address became several stays, and its source is asked: class C of a work list.
    """
    counts: Counter[str] = Counter()
    if not (moves.single or moves.several):
        return counts
    connection.execute(
        "select links.put_former(%s, %s, %s::date[])",
        (
            list(moves.single.values()),
            list(moves.single),
            [moves.days.get(old) for old in moves.single],
        ),
    )
    for (sector,) in connection.execute("select * from links.list_sectors()").fetchall():
        found = list(_list_links(connection, keys, sector, [*moves.single, *moves.several]))
        for kind in sorted({link.kind for link in found}):
            own = [link for link in found if link.kind == kind]
            counts += _move_kind(connection, keys, sector, own, moves)
    return counts


def _list_links(
    connection: Connection, keys: BatchKeys, sector: str, ids: Sequence[str]
) -> Iterator[_Link]:
    for some in _cut(ids):
        references = {
            bytes.fromhex(ref): address_id
            for keyed in _key(keys, sector, some).values()
            for ref, address_id in zip(keyed, some, strict=True)
        }
        for link, kind, addr_ref, subj_ref, kid in connection.execute(
            "select * from links.list_links_at(%s, %s)", (sector, list(references))
        ):
            yield _Link(
                id=link,
                kind=kind,
                address_id=references[bytes(addr_ref)],
                subj_ref=bytes(subj_ref).hex(),
                kid=kid,
            )


def _move_kind(
    connection: Connection, keys: BatchKeys, sector: str, links: list[_Link], moves: Moves
) -> Counter[str]:
    going = [
        Move(
            link=link.id,
            subj_ref=link.subj_ref,
            kid=link.kid,
            address_id=moves.single[link.address_id],
        )
        for link in links
        if link.address_id in moves.single
    ]
    torn = [link for link in links if link.address_id in moves.several]
    moved = hashlib.sha256(repr([link.id for link in links]).encode()).hexdigest()
    digest = keys.ask("key_digest", sha256=moved)["digest"]
    counts = Counter(moved=len(going), open=len(torn))
    (number,) = connection.execute(
        "select links.open_moves(%s, %s, %s)",
        (links[0].kind, digest, Jsonb({"moved": len(going), "C": len(torn)})),
    ).fetchone() or (0,)
    move_links(connection, keys, sector, number, going)
    _ask(connection, keys, number, digest, torn, moves)
    return counts


def move_links(
    connection: Connection,
    keys: BatchKeys,
    sector: str,
    number: int,
    moves: Sequence[Move],
    *,
    by_owner: bool = False,
) -> int:
    """Key and seal the new addresses, and write the links there; return how many.

    In the order of subjects' references: that of addresses would tell which is whose.
    """
    moved = 0
    for some in _cut(sorted(moves, key=lambda move: move.subj_ref)):
        keyed = _key(keys, sector, [move.address_id for move in some])
        addr_refs = [bytes.fromhex(keyed[str(move.kid)][place]) for place, move in enumerate(some)]
        asked = [
            {"subjRef": move.subj_ref, "kid": move.kid, "address": move.address_id} for move in some
        ]
        sealed = keys.list_rows("seal_addresses", asked, "sealed", sector=sector)
        row = connection.execute(
            "select links.move_links(%s, %s, %s, %s, %s, %s)",
            (
                sector,
                number,
                [move.link for move in some],
                addr_refs,
                [bytes.fromhex(each) for each in sealed],
                by_owner,
            ),
        ).fetchone()
        moved += row[0] if row else 0
    return moved


def _ask(
    connection: Connection,
    keys: BatchKeys,
    number: int,
    digest: str,
    links: list[_Link],
    moves: Moves,
) -> None:
    rows = range(1, len(links) + 1)
    sealed = []
    for row, link in zip(rows, links, strict=True):
        kept = {
            "link": link.id,
            "address": link.address_id,
            "candidates": " ".join(moves.several[link.address_id]),
        }
        sealed.append(seal_cells(keys, kept, digest, row))
    connection.execute(
        "select links.add_work_items(%s, %s::integer[], %s, %s)",
        (number, list(rows), ["C"] * len(links), sealed),
    )


def return_links(connection: Connection, keys: BatchKeys, ids: Sequence[str]) -> int:
    """Take links back to addresses that are there again; return how many."""
    returned = 0
    for (sector,) in connection.execute("select * from links.list_sectors()").fetchall():
        for some in _cut(ids):
            refs = [
                bytes.fromhex(ref) for keyed in _key(keys, sector, some).values() for ref in keyed
            ]
            row = connection.execute("select links.return_links(%s, %s)", (sector, refs)).fetchone()
            returned += row[0] if row else 0
    return returned


def _key(keys: BatchKeys, sector: str, addresses: list[str]) -> dict[str, list[str]]:
    """Return the references of addresses by generation, hexadecimal."""
    return keys.ask("key_addresses", sector=sector, addresses=addresses)


def _cut(values: Sequence[_Value]) -> Iterator[list[_Value]]:
    rest = iter(values)
    while some := list(islice(rest, _MOST)):
        yield some
