"""Any sequence of editions against a naive model that keeps dictionaries."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.throwaway import clone_database, drop_database
from registry.domain.resource import Resource
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import assert_sound, fetch_changes, fetch_current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.settings import Settings

_numbers = count(1)
ENDED = "retired"
GOOD = st.builds(
    Address,
    id=st.sampled_from("012345"),
    version=st.sampled_from("12"),
    number=st.sampled_from(["7", "7A"]),
    status=st.sampled_from(["current", "proposed", ENDED]),
)
REJECTED = st.builds(Address, id=st.sampled_from("012345"), number=st.none())
UNREADABLE = st.builds(Address, id=st.sampled_from([None, "4 4"]))
FILES = st.lists(
    st.one_of(GOOD, GOOD, GOOD, GOOD, REJECTED, UNREADABLE),
    max_size=6,
    unique_by=lambda row: row.id,
)


@dataclass(slots=True)
class Model:
    """What the register should hold: current rows by id, and the words of their histories."""

    current: dict[str, Address] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)

    def import_file(self, rows: list[Address]) -> Counter[str]:
        told: Counter[str] = Counter()
        readable = {row.id: row for row in rows if row.number and is_identifier(row.id)}
        mentioned = {row.id for row in rows}
        for object_id, row in readable.items():
            word = self._judge(object_id, row)
            told[word] += 1
            if word != "unchanged":
                self._tell(object_id, word)
                self.current[object_id] = row
        if all(is_identifier(row.id) for row in rows):
            for object_id in [known for known in self.current if known not in mentioned]:
                told["removed"] += 1
                self._tell(object_id, "removed")
                del self.current[object_id]
        told["rejected"] += len(rows) - len(readable)
        return +told

    def _tell(self, object_id: str, word: str) -> None:
        self.words.setdefault(object_id, []).append(word)

    def _judge(self, object_id: str, row: Address) -> str:
        known = self.current.get(object_id)
        if known is None:
            return "restored" if object_id in self.words else "added"
        if (known.number, known.status) == (row.number, row.status):
            return "unchanged" if known.version == row.version else "reversioned"
        if (known.status == ENDED) != (row.status == ENDED):
            return "retired" if row.status == ENDED else "restored"
        return "altered"


def is_identifier(text: str | None) -> bool:
    return text is not None and " " not in text


@contextmanager
def new_register(template: Settings) -> Iterator[Settings]:
    register = clone_database(template, f"property_{next(_numbers)}")
    try:
        yield register
    finally:
        drop_database(register)


def import_week(register: Settings, week: int, rows: list[Address]) -> Counter[str]:
    edition = Edition(day=f"2026-{week // 4 + 1:02d}-{week % 4 * 7 + 1:02d}", addresses=rows)
    summary = import_editions(register, edition, accept_totals=True)
    assert not summary.failed, summary.failure
    told = Counter(summary.outcomes[0].counts[Resource.ADDRESS].to_json())
    del told["seen"]
    return +told


def describe(address: Address) -> tuple[str | None, ...]:
    return (address.id, address.version, address.number, address.status)


def fetch_state(register: Settings) -> list[tuple[str | None, ...]]:
    return [
        (row["object_id"], row["version_id"], row["house_number"], row["status"])
        for row in fetch_current(register)
    ]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(FILES, min_size=2, max_size=4))
def test_words_and_state_are_those_of_the_model(
    migrated_template: Settings, files: list[list[Address]]
) -> None:
    model = Model()
    with new_register(migrated_template) as register:
        for week, rows in enumerate(files):
            expected = model.import_file(rows)
            assert import_week(register, week, rows) == expected
            assert import_week(register, week, rows[::-1]).keys() <= {"unchanged", "rejected"}
        assert fetch_state(register) == sorted(map(describe, model.current.values()))
        assert fetch_changes(register) == dict(sorted(model.words.items()))
        assert_sound(register)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(GOOD, max_size=6, unique_by=lambda row: row.id),
    st.lists(GOOD, max_size=6, unique_by=lambda row: row.id),
)
def test_the_second_of_two_editions_is_what_the_register_then_holds(
    migrated_template: Settings, first: list[Address], second: list[Address]
) -> None:
    with new_register(migrated_template) as register:
        import_week(register, 0, first)
        import_week(register, 1, second)

        assert fetch_state(register) == sorted(map(describe, second))
