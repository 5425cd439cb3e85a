"""Whatever owners, workers, operators and crashes do: never lost, never twice, never half."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from importers.containers import hash_file
from registry.clock import utc_now
from registry.deliveries.agencies import resume_agency, suspend_agency
from registry.deliveries.files import DeliveryFiles
from registry.deliveries.states import ENDED, State
from registry.deliveries.store import StateConflict
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.exports.best_xml import write_mutation_xml
from registry.store.connections import Role, connect
from tests.conftest import cloned
from tests.database.editions import Address, Edition, import_editions
from tests.database.querying import assert_sound, fetch
from tests.database.test_mutation_files import make_record
from tests.deliveries.owning import ANN, BOB, Owner

if TYPE_CHECKING:
    from pathlib import Path

    from registry.deliveries.store import Delivery
    from registry.settings import Settings

MOST = 6
ACTS = (
    *("deliver", *3 * ("deliver_mutations",), "work", *3 * ("die_at_work",)),
    *("publish", "publish", "publish_by_bob", "undo", "withdraw", "check_again"),
    *("import_beside", "suspend", "resume", "lose_jobs"),
)
"""What may happen next, by how often it should."""
NUMBERS = st.frozensets(st.integers(1, 6), min_size=1)
LATER = st.sampled_from([1, 1, 0, -1])
"""Days by which an edition is younger than the one before it."""


class Killed(BaseException):
    """The worker ends here, as kill -9 ends it: nothing catches this."""


@dataclass(frozen=True, slots=True)
class Mutations:
    """Addresses that come or are told anew, and one that goes."""

    day: str
    numbers: frozenset[int]

    @property
    def gone(self) -> int:
        return max(self.numbers) % 6 + 1

    def write_files(self) -> dict[str, str]:
        added = [make_record(str(number)) for number in sorted(self.numbers)]
        deleted = [{"objectIdentifier": str(self.gone)}] if self.gone not in self.numbers else []
        moment = datetime.fromisoformat(f"{self.day}T01:00:00+01:00")
        place = Region.BRUSSELS, Resource.ADDRESS
        xml = b"".join(write_mutation_xml(*place, added, deleted, moment))
        return {"mutations.xml": xml.decode()}

    def apply(self, before: frozenset[int]) -> frozenset[int]:
        return before - {self.gone} | self.numbers


def make_edition(day: int, numbers: frozenset[int]) -> Edition:
    addresses = [Address(id=str(number), number=str(number)) for number in sorted(numbers)]
    return Edition(day=f"2026-11-{day:02d}", addresses=addresses)


class Machine(RuleBasedStateMachine):
    """A model of what must be: what each delivery holds, and which release it became."""

    template: Settings
    happened: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.owner = Owner(self.stack.enter_context(cloned(self.template)))
        self.held: dict[str, Mutations | frozenset[int]] = {}
        self.digests: dict[str, str] = {}
        self.imported: dict[int, Mutations | frozenset[int]] = {}
        self.active = True
        self.minutes, self.day = 0, 9
        self.owner.now = lambda: utc_now() + timedelta(minutes=self.minutes)

    def teardown(self) -> None:
        try:
            self.resume()
            self.minutes += 10_000
            self.owner.work()
            self.look()
            for delivery_id in self.held:
                assert self.owner.find(delivery_id).state in {
                    *ENDED,
                    State.CHECKED,
                    State.AWAITING,
                    State.FAILED,
                }
            assert_sound(self.owner.settings)
            for delivery_id, content in self.held.items():
                released = self.owner.find(delivery_id).release_number is not None
                self.happened["mutations"] += released and isinstance(content, Mutations)
                for state, detail in self.owner.tell_history(delivery_id):
                    self.happened[f"{state}"] += 1
                    self.happened["rolled back"] += detail.startswith("Rolled back")
        finally:
            self.stack.close()

    @initialize(numbers=NUMBERS, others=NUMBERS, undone=st.booleans())
    def begin(self, numbers: frozenset[int], others: frozenset[int], *, undone: bool) -> None:
        self.deliver(numbers, 1)
        self.publish()
        self.deliver_mutations(others, 1)
        self.publish()
        if undone:
            self.undo()

    @rule(
        act=st.sampled_from(ACTS),
        numbers=NUMBERS,
        later=LATER,
        step=st.integers(1, 9),
        end=st.sampled_from([Killed(), OSError("A disk is broken.")]),
    )
    def act(
        self, act: str, numbers: frozenset[int], later: int, step: int, end: BaseException
    ) -> None:
        """One rule for all: hypothesis would leave some rules out of whole runs."""
        if act in {"deliver", "deliver_mutations", "import_beside"}:
            getattr(self, act)(numbers, later)
        elif act == "die_at_work":
            self.die_at_work(step, end)
        else:
            getattr(self, act)()

    def deliver(self, numbers: frozenset[int], later: int) -> None:
        if len(self.held) == MOST:
            return
        self.day = min(max(self.day + later, 1), 28)
        delivery_id = self.owner.deliver(make_edition(self.day, numbers))
        self.keep(delivery_id, numbers)

    def deliver_mutations(self, numbers: frozenset[int], later: int) -> None:
        if len(self.held) == MOST:
            return
        self.day = min(max(self.day + later, 1), 28)
        mutations = Mutations(f"2026-11-{self.day:02d}", numbers)
        self.keep(self.owner.deliver(mutations, complete=False), mutations)

    def keep(self, delivery_id: str, content: Mutations | frozenset[int]) -> None:
        self.held[delivery_id] = content
        self.digests[delivery_id] = hash_file(self.locate(delivery_id))

    def locate(self, delivery_id: str) -> Path:
        return DeliveryFiles(self.owner.settings.home).get_file(delivery_id, "edition.zip")

    def find(self, *states: State) -> Delivery | None:
        """The newest delivery that is in one of the states, not counting what was undone."""
        found = [self.owner.find(delivery_id) for delivery_id in reversed(self.held)]
        return next((d for d in found if d.state in states and d.undone_by is None), None)

    def work(self) -> None:
        self.owner.work()

    def die_at_work(self, step: int, end: BaseException) -> None:
        """Begin what is to be done next, and end or fail in the middle of it."""
        steps = count(1)

        def tell(_job: str, _subject: str, _step: str) -> None:
            if next(steps) == step:
                raise end

        jobs = self.owner.make_jobs(tell)
        try:
            for delivery_id in self.held:
                for work in (jobs.publish, jobs.undo, jobs.check):
                    work(delivery_id)
        except (Killed, OSError):
            self.minutes += 10
            self.happened["killed"] += 1

    def publish(self, client: str = ANN) -> None:
        self.owner.work()
        if checked := self.find(State.CHECKED, State.AWAITING):
            self.ask(checked.id, State.PUBLISHING, client)

    def publish_by_bob(self) -> None:
        self.publish(BOB)

    def withdraw(self) -> None:
        self.turn_back(State.WITHDRAWN)

    def check_again(self) -> None:
        self.turn_back(State.RECEIVED)

    def turn_back(self, to: State) -> None:
        if found := self.find(State.CHECKED, State.FAILED, State.RECEIVED, State.CHECKING):
            self.ask(found.id, to)

    def undo(self) -> None:
        self.owner.work()
        found = [self.owner.find(delivery_id) for delivery_id in self.held]
        standing = [d for d in found if d.release_number and not (d.undone_by or d.undoing)]
        if standing:
            newest = max(standing, key=lambda d: d.release_number or 0)
            self.ask(newest.id, State.PUBLISHED)

    def ask(self, delivery_id: str, to: State, client: str = ANN) -> None:
        try:
            self.owner.ask(delivery_id, to, client)
        except StateConflict:
            return

    def import_beside(self, numbers: frozenset[int], later: int) -> None:
        """The operator imports a file himself, past the door."""
        self.day = min(max(self.day + later, 1), 28)
        try:
            summary = import_editions(
                self.owner.settings, make_edition(self.day, numbers), accept_totals=True
            )
        except InputRefused:
            return
        for outcome in summary.outcomes:
            if outcome.release:
                self.imported[outcome.release.number] = numbers

    def lose_jobs(self) -> None:
        """The rows of deliveries are the truth: jobs are only there to wake somebody."""
        with connect(self.owner.settings, Role.IMPORTER) as connection:
            connection.execute("delete from procrastinate_jobs")

    def suspend(self) -> None:
        if self.active:
            with connect(self.owner.settings, Role.OWNER) as connection:
                suspend_agency(connection, "agency", utc_now())
            self.active = False

    def resume(self) -> None:
        if not self.active:
            with connect(self.owner.settings, Role.OWNER) as connection:
                resume_agency(connection, "agency")
            self.active = True

    @invariant()
    def look(self) -> None:
        """What is current is what the newest release says; each release is somebody's, once."""
        releases = fetch(
            self.owner.settings, "select number, undoes from best.release order by number"
        )
        states: dict[int, frozenset[int]] = {0: frozenset()}
        whose = dict(self.imported)
        for delivery_id, content in self.held.items():
            found = self.owner.find(delivery_id)
            assert hash_file(self.locate(delivery_id)) == self.digests[delivery_id]
            if found.release_number is not None:
                assert found.state is State.PUBLISHED
                assert found.release_number not in whose
                whose[found.release_number] = content
        for number, undoes in releases:
            if undoes:
                states[number] = states[undoes - 1]
                continue
            told = whose.pop(number)
            states[number] = told.apply(states[number - 1]) if isinstance(told, Mutations) else told
        assert not whose
        rows = fetch(
            self.owner.settings,
            "select object_id from best.address_version where seq_to is null"
            " and status = 'current'",
        )
        assert not self.list_differing()
        newest = releases[-1][0] if releases else 0
        assert {int(object_id) for (object_id,) in rows} == states[newest]

    def list_differing(self) -> list[str]:
        """Deliveries whose release is not what their last preview said."""
        with connect(self.owner.settings, Role.IMPORTER) as connection:
            rows = connection.execute(
                "select d.id from deliveries.delivery d"
                " join deliveries.delivery_check c on c.delivery_id = d.id and c.number = d.checks"
                " join registry.release r on r.number = d.release_number"
                " where c.preview -> 'counts' is distinct from r.counts"
            ).fetchall()
        return [delivery_id for (delivery_id,) in rows]


def test_never_lost_never_twice_never_half(migrated_template: Settings) -> None:
    Machine.template, Machine.happened = migrated_template, Counter()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=4,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    # A machine that never gets anywhere proves nothing.
    ends = ("published", "mutations", "rolled back", "killed")
    assert all(Machine.happened[end] for end in ends), Machine.happened
