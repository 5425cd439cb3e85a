"""docs/howto/deliver.md, all that an outsider has, names what the door can say."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from api.deliveries.content_range import SMALLEST_PART
from api.deliveries.options import DoorOptions
from api.deliveries.problems import DOOR_PROBLEM_TYPES
from api.deliveries.schemas import DeliveryAnnounced
from registry.deliveries.guards import DEFAULT_THRESHOLDS
from registry.deliveries.rejections import Rejection
from registry.deliveries.states import MOST_ATTEMPTS, State

PAGE = (Path(__file__).parents[2] / "docs/howto/deliver.md").read_text(encoding="utf-8")


def read_table(heading: str) -> list[list[str]]:
    """Return the cells of the tables below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return [row for row in rows if not set(row[0]) <= set("-|")]


def quoted(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def test_every_state_is_explained() -> None:
    assert set().union(*(quoted(row[0]) for row in read_table("Wait"))) == set(State)
    assert MOST_ATTEMPTS == 8
    assert "eight times" in PAGE


def test_every_rejection_is_explained() -> None:
    found = set().union(*(quoted(row[0]) for row in read_table("What is wrong: the report")))
    assert set(Rejection) <= found


def test_the_thresholds_of_the_guards_are_those_that_hold() -> None:
    rows = read_table("Guards, and the second person")[1:]
    told = {row[0].strip("`"): float(row[2].removesuffix(" %")) / 100 for row in rows}
    assert told == dict(DEFAULT_THRESHOLDS)


def test_what_may_be_announced_is_explained() -> None:
    found = set().union(*(quoted(row[0]) for row in read_table("Announce")))
    assert found == {field.alias for field in DeliveryAnnounced.model_fields.values()}


def test_every_status_of_a_problem_is_explained() -> None:
    found = {int(n) for row in read_table("Errors") for n in re.findall(r"\d{3}", row[0])}
    refused = {kind.status for kind in DOOR_PROBLEM_TYPES.values()}
    never_of_the_door = {404, 405, 406, 408, 410, 414, 415, 500}
    assert refused - found <= never_of_the_door


def test_limits_are_those_of_the_door() -> None:
    options, rows = DoorOptions(), dict(row[:2] for row in read_table("Limits"))
    assert rows["files sent at once, by agency"] == str(options.uploads_at_once)
    assert rows["deliveries that have not ended, by agency"] == str(options.unfinished)
    assert rows["a file"].startswith(f"{options.max_bytes // 10**9} GB ")
    assert rows["a part"].startswith(f"{SMALLEST_PART >> 10} KiB at least")
    assert f"in each {options.idle_seconds:.0f} s" in rows["a part"]


@pytest.mark.parametrize("received", [0, 10, 25])
def test_the_loop_that_is_printed_ends_every_upload(received: int, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(def send.*?)```", PAGE, re.DOTALL)
    content = bytes(range(25))
    (tmp_path / "file").write_bytes(content)
    held, state = bytearray(content[:received]), "receiving"

    def get(_: str) -> dict[str, object]:
        return {"state": state, "file": {"received": len(held)}}

    def put(_: str, part: bytes, headers: dict[str, str]) -> None:
        nonlocal state
        span = f"{len(held)}-{len(held) + len(part) - 1}" if part else "*"
        assert headers == {"Content-Range": f"bytes {span}/25"}
        held.extend(part)
        state = "received" if len(held) == 25 else state
        if part[-1:] == b"\x0a":
            raise ConnectionError

    known = {"get": get, "put": put, "time": SimpleNamespace(sleep=lambda _: None)}
    exec(code.replace("8 << 20", "11"), known)  # noqa: S102 - the page's own lines
    known["send"](tmp_path / "file", "d1")  # type: ignore[operator]
    assert (bytes(held), state) == (content, "received")
