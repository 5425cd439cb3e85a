"""59: what is published of how often was asked, and what can be worked out from all of it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from links.audit.heads import hash_padding
from links.audit.log import Log, list_leaves
from links.audit.note import KeyType, make_key, read_note
from links.audit.transparency import (
    make_totals,
    publish_counts,
    publish_decisions,
    round_count,
)
from links.clerk import LEAST_LEAVES
from links.store.connections import LinksRole, connect
from tests.links.chains import CITY, CPAS, TAX, insert_records, make_intent, make_records, set_clock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.links.world import World

SMALL = range(10)
MONTHS = (date(2026, 9, 1), date(2026, 10, 1))
NOW = datetime(2026, 11, 2, tzinfo=UTC)

Cell = tuple[str, str, str]
"""Month, deliberation, allowed or refused."""

# How often was asked: small cells beside large ones, alone in their organisation, twice the same.
ASKED: dict[Cell, int] = {
    ("2026-09", "TEST/cpas_verify", "allowed"): 104,
    ("2026-09", "TEST/cpas_protected", "allowed"): 3,
    ("2026-09", "TEST/cpas_verify", "refused"): 9,
    ("2026-09", "TEST/city_subjects", "allowed"): 1,
    ("2026-10", "TEST/cpas_verify", "allowed"): 12,
    ("2026-10", "TEST/cpas_protected", "allowed"): 10,
    ("2026-10", "TEST/city_subjects", "allowed"): 1,
    ("2026-10", "TEST/tax_residence", "refused"): 17,
}
OWNERS = {"cpas": CPAS, "city": CITY, "tax": TAX}


def ask(world: World, asked: dict[Cell, int], months: int = 2) -> None:
    """Write the records of what was asked, all of a month on its third day."""
    with world.connect() as owner:
        for organisation in OWNERS.values():
            last: dict[str, Any] = {}
            for month in MONTHS[:months]:
                bodies = []
                for (of, deliberation, kind), times in asked.items():
                    name = deliberation.removeprefix("TEST/").partition("_")[0]
                    if of == f"{month:%Y-%m}" and OWNERS[name] == organisation:
                        type_ = {"allowed": "intent", "refused": "refusal"}[kind]
                        body = make_intent(organisation, deliberation=deliberation, type=type_)
                        bodies += [body] * times
                        bodies += [{"type": "outcome"}] * times * (kind == "allowed")
                if bodies:
                    start = datetime(month.year, month.month, 3, tzinfo=UTC)
                    records = make_records(organisation, bodies, start=start, **last)
                    insert_records(owner, records)
                    last = {"after": (records[-1].n, records[-1].hash)}


def read_counts(directory: Path) -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text()) for path in sorted(directory.glob("counts/*.json"))
    }


def find_bounds(published: dict[str, dict[str, Any]]) -> dict[Cell, list[int]]:
    """Return what a cell's own publication leaves possible."""
    bounds: dict[Cell, list[int]] = {}
    for month, content in published.items():
        for item in content["items"]:
            for kind in ("allowed", "refused"):
                shown = item[kind]
                bounds[month, item["deliberation"], kind] = (
                    [0, 9] if shown == 0 else [max(10, shown - 2), shown + 2]
                )
    return bounds


def subtract(published: dict[str, dict[str, Any]], bounds: dict[Cell, list[int]]) -> None:
    """Narrow cells by totals less parts, were totals those of the true numbers, rounded.

    A total that is not the sum of what is shown could be that: it would say something of the parts.
    """
    for month, content in published.items():
        owners = {item["deliberation"]: item["organisation"] for item in content["items"]}
        for total in content["totals"]:
            for kind in ("allowed", "refused"):
                cells = [
                    (month, name, kind)
                    for name, owner in owners.items()
                    if owner == total["organisation"]
                ]
                if total[kind] == sum(find_shown(content, cell) for cell in cells):
                    continue
                for cell in cells:
                    others = [bounds[other] for other in cells if other != cell]
                    least = total[kind] - 2 - sum(high for _, high in others)
                    most = total[kind] + 2 - sum(low for low, _ in others)
                    bounds[cell] = [max(bounds[cell][0], least), min(bounds[cell][1], most)]


def find_shown(content: dict[str, Any], cell: Cell) -> int:
    return next(item[cell[2]] for item in content["items"] if item["deliberation"] == cell[1])


def use_tree(bounds: dict[Cell, list[int]], month: str, heads: list[int], padding: bool) -> None:
    """Narrow cells by how much the tree grew, minute by minute: an intent has an outcome.

    `heads` are the sizes that were published. What a minute grew by holds at least half of it and
    one record, but the least holds any number of them, or none.
    """
    grown = [new - old for old, new in pairwise([0, *heads])]
    least = sum(g // 2 + 1 for g in grown if g > LEAST_LEAVES) if padding else sum(grown)
    cells = [cell for cell in bounds if cell[0] == month]
    for cell in cells:
        leaves = {"allowed": 2, "refused": 1}
        others = [(bounds[other], leaves[other[2]]) for other in cells if other != cell]
        low = least - sum(most * count for (_, most), count in others)
        high = sum(grown) - sum(fewest * count for (fewest, _), count in others)
        bounds[cell] = [
            max(bounds[cell][0], -(-low // leaves[cell[2]])),
            min(bounds[cell][1], high // leaves[cell[2]]),
        ]


MINUTES = 300


def publish_twice(world: World, tmp_path: Path) -> list[int]:
    """Count two months as the clerk would, and try to have the first counted again.

    Returns the sizes of the tree that were published in the first.
    """
    ask(world, ASKED, months=1)
    with (
        world.connect() as owner,
        connect(world.settings, LinksRole.AUDIT, autocommit=True) as clerk,
    ):
        owner.execute("set session_replication_role = replica")
        owner.execute("update links.deliberation set approved_at = '2026-08-01'")
        key = make_key("links.example/transparency", KeyType.LOG)
        log = Log(key=key, witness=None, published=tmp_path)
        set_clock(owner, datetime(2026, 9, 3, 12, tzinfo=UTC))
        log.load(clerk)
        for minute in range(MINUTES):
            moment = datetime(2026, 9, 4, tzinfo=UTC) + timedelta(minutes=minute)
            log.sign(clerk, least=LEAST_LEAVES, moment=moment)
        sizes = (tmp_path / "checkpoints").iterdir()
        heads = sorted(int(path.name) for path in sizes if path.name != "latest")
        assert len(heads) == MINUTES

        # A month that is not over is not counted, whoever asks how often.
        assert publish_counts(clerk, tmp_path, datetime(2026, 9, 30, 23, 59, tzinfo=UTC)) == []
        after = datetime(2026, 10, 1, tzinfo=UTC)
        assert publish_counts(clerk, tmp_path, after) == ["2026-09"]
        first = (tmp_path / "counts" / "2026-09.json").read_bytes()

        # Once: what is recorded or granted later changes nothing of it.
        ask_more = make_records(CPAS, [make_intent(CPAS)] * 50, start=after - timedelta(days=9))
        owner.execute("delete from links.record where organisation = %s", (CPAS,))
        insert_records(owner, ask_more)
        assert publish_counts(clerk, tmp_path, after + timedelta(days=1)) == []
        assert (tmp_path / "counts" / "2026-09.json").read_bytes() == first
        owner.execute("truncate links.record, links.chain, links.tree_leaf")
        ask(world, ASKED)
        assert publish_counts(clerk, tmp_path, NOW) == ["2026-10"]
        assert (tmp_path / "counts" / "2026-09.json").read_bytes() == first
    return heads


def test_59_no_cell_below_ten_can_be_derived(world: World, tmp_path: Path) -> None:
    heads = publish_twice(world, tmp_path)
    published = read_counts(tmp_path)
    # Each cell is there every month, whether anybody asked or not: an absent one would tell.
    cells = [[item["deliberation"] for item in content["items"]] for content in published.values()]
    assert all(one == two for one, two in pairwise(cells))
    assert set(cells[0]) == {one.id for one in world.deliberations.values()}

    bounds = find_bounds(published)
    for cell, true in bounds.items():
        count = ASKED.get(cell, 0)
        assert true[0] <= count <= true[1], cell  # the attack below reckons with what is so
    subtract(published, bounds)
    use_tree(bounds, "2026-09", heads, padding=True)
    for cell, (low, high) in bounds.items():
        if ASKED.get(cell, 0) in SMALL:
            assert low <= 0, cell
            assert high >= 9, cell

    # Two months next to each other, and two cells of one: a small count shows no difference.
    shown = {cell: find_shown(published[cell[0]], cell) for cell in bounds}
    assert {shown[cell] for cell in bounds if ASKED.get(cell, 0) in SMALL} == {0}
    assert shown["2026-09", "TEST/cpas_verify", "allowed"] == 105
    assert shown["2026-10", "TEST/tax_residence", "refused"] == 15


def test_the_attack_succeeds_on_totals_of_true_numbers(world: World, tmp_path: Path) -> None:
    """Test 59 can fail: with a careless total, or a tree without padding, a cell is derived."""
    items = [
        {"organisation": CPAS, "deliberation": "A", "allowed": 105, "refused": 0},
        {"organisation": CPAS, "deliberation": "B", "allowed": 0, "refused": 0},
    ]
    careless = [{"organisation": CPAS, "allowed": 115, "refused": 0}]  # 106 and 9, rounded
    published = {"2026-09": {"items": items, "totals": careless}}
    bounds = find_bounds(published)
    subtract(published, bounds)
    assert bounds["2026-09", "B", "allowed"][0] > 0
    published["2026-09"]["totals"] = make_totals(items)
    bounds = find_bounds(published)
    subtract(published, bounds)
    assert bounds["2026-09", "B", "allowed"] == [0, 9]
    use_tree(bounds, "2026-09", [2 * 105 + 2 * 3], padding=False)
    assert bounds["2026-09", "B", "allowed"][1] < 9


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=6), st.lists(st.integers(0, 9), max_size=6)
)
def test_small_cells_change_nothing_that_is_shown(large: list[int], small: list[int]) -> None:
    def show(counts: list[int]) -> list[dict[str, Any]]:
        items = [
            {"organisation": CPAS, "deliberation": str(n), "allowed": round_count(c), "refused": 0}
            for n, c in enumerate(counts)
        ]
        return [*items, *make_totals(items)]

    assert show([*large, *small]) == show([*large, *(0 for _ in small)])
    for count in large:
        assert round_count(count) % 5 == 0
        assert abs(round_count(count) - count) <= 2 or count < 10
        assert (round_count(count) == 0) == (count < 10)


def test_a_minute_of_few_questions_is_as_one_of_none(world: World, tmp_path: Path) -> None:
    grown, chain = [], 1
    with (
        world.connect() as owner,
        connect(world.settings, LinksRole.AUDIT, autocommit=True) as clerk,
    ):
        log = Log(key=make_key("log.example", KeyType.LOG), witness=None, published=tmp_path)
        log.load(clerk)
        assert log.sign(clerk, least=0, moment=NOW) is None
        for asked in (0, 1, 7, 8, 9, 16, 17, 0):
            if asked:
                insert_records(owner, make_records(f"chain {chain}", [make_intent(CPAS)] * asked))
            before, chain = log.tree.size, chain + 1
            assert log.sign(clerk, least=LEAST_LEAVES, moment=NOW) == log.tree.size
            grown.append(log.tree.size - before)
        leaves = list(list_leaves(clerk))
    assert grown == [8, 8, 8, 8, 16, 16, 32, 8]
    note = read_note((tmp_path / "checkpoints" / str(log.tree.size)).read_text())
    assert note.checkpoint.size == log.tree.size
    # A leaf of nothing cannot be reckoned from its place: its number is random, and is kept.
    numbers = [(index, n, digest) for index, whose, n, digest in leaves if not whose]
    assert len({n for _, n, _ in numbers}) == len(numbers) == sum(grown) - 58
    assert all(digest == hash_padding(index, n) for index, n, digest in numbers)
    assert all(digest != hash_padding(index, index) for index, _, digest in numbers)


def test_decisions_are_published_with_their_signatures(world: World, tmp_path: Path) -> None:
    with connect(world.settings, LinksRole.AUDIT, autocommit=True) as clerk:
        publish_decisions(clerk, tmp_path)
        before = (tmp_path / "deliberations.json").stat().st_mtime_ns
        publish_decisions(clerk, tmp_path)
    assert (tmp_path / "deliberations.json").stat().st_mtime_ns == before
    deliberations = json.loads((tmp_path / "deliberations.json").read_text())["items"]
    by_id = {one["id"]: one for one in deliberations}
    assert by_id["TEST/cpas_verify"]["signatureApprover"]
    assert by_id["TEST/cpas_verify"]["approverKey"]
    organisations = json.loads((tmp_path / "organisations.json").read_text())["items"]
    assert {"number", "name", "category", "status", "contact"} == set(organisations[0])
