"""docs/normalization.md shows every step of every field, in order, with an example that holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from registry.domain.region import Region
from registry.normalization import box_number, house_number, places, street_name
from registry.normalization.steps import STEPS, Where, normalize

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs" / "normalization.md").read_text(encoding="utf-8")
ROW = re.compile(r"\| `(\w+)` \| `([^`]+)` \| `([^`]+)` \| (?:`([^`]+)`|\(nothing\)) \|")


class Row(NamedTuple):
    field: str
    place: int
    step: str
    where: Where
    text: str
    becomes: str


def parse_where(text: str) -> Where:
    region, *codes = text.split()
    of_length = {len(code): code for code in codes}
    return Where(Region(region), municipality_id=of_length.get(5), postal_code=of_length.get(4))


def list_rows() -> list[Row]:
    rows = []
    for section in PAGE.split("\n## ")[1:]:
        field = section.partition("\n")[0]
        for place, (step, where, text, becomes) in enumerate(ROW.findall(section)):
            rows.append(Row(field, place, step, parse_where(where), text, becomes))
    return rows


ROWS = list_rows()


def run(row: Row) -> str:
    """The result as the page writes it, without the caches."""
    if row.field == "house_number":
        number = house_number.parse_house_number.__wrapped__(row.text, row.where.region)
        box = f" box {number.box}" if number.box else ""
        return number.key + box + (f" unread {number.rest}" if number.rest else "")
    for cached in (street_name.make_street_key, places.make_place_key, box_number._make_key):
        cached.cache_clear()
    return normalize(row.field, row.text, row.where)


def test_every_field_shows_its_steps_in_order() -> None:
    shown = {field: [row.step for row in ROWS if row.field == field] for field in STEPS}
    assert shown == {
        field: [step.__name__.removeprefix("_") for step in steps] for field, steps in STEPS.items()
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.field}: {row.text}")
def test_the_example_of_a_step_holds(row: Row) -> None:
    assert run(row) == row.becomes


def leave_out(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the row's step out of the tuple that its module runs."""
    if row.step == "read_first_letter":
        monkeypatch.setattr(box_number, "read_first_letter", lambda text, _: text)
        return
    step = STEPS[row.field][row.place]
    tuples = {
        "street_name": [(street_name, "STEPS")],
        "part": [(places, "STEPS")],
        "house_number": [(house_number, "STEPS")],
        "box_number": [(box_number, "SPELLING"), (box_number, "SHAPE")],
    }
    for module, name in tuples[row.field]:
        steps = getattr(module, name)
        if step in steps:
            at = row.place if module is house_number else steps.index(step)
            monkeypatch.setattr(module, name, (*steps[:at], *steps[at + 1 :]))


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if len(STEPS[row.field]) > 1 and row.field != "municipality"],
    ids=lambda row: f"{row.field}: {row.text}",
)
def test_without_its_step_the_example_becomes_something_else(
    row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out(row, monkeypatch)
    try:
        assert run(row) != row.becomes
    finally:
        monkeypatch.undo()
        run(row)  # empties the caches of what was made without the step
