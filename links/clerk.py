"""The clerk: what must happen each minute and each day though nobody asks for it."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import psycopg

from links.audit.alarms import list_alarms
from links.audit.log import LogForked
from links.audit.note import NoteRefused
from links.audit.places import find_published, open_log
from links.audit.retention import drop_due_records, drop_ended_links, drop_passed
from links.audit.transparency import publish_counts, publish_decisions
from links.audit.witness import WitnessRefused
from links.clock import utc_now
from links.failures import explain_failure
from links.keys.client import BatchKeys
from links.progress import print_progress
from links.settings import LinksSettings
from links.store.connections import LinksRole, connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from links.audit.log import Log

    Task = Callable[[psycopg.Connection, datetime], object]

SECONDS = 60.0
LEAST_LEAVES = 8
"""A minute adds as many, or 16, 32, ...: nobody sees a minute of few questions from an idle one."""


class Clerk:
    """The clerk of one installation; `least` is how many leaves a minute adds, see Log.sign."""

    def __init__(self, settings: LinksSettings, *, least: int = LEAST_LEAVES) -> None:
        self.settings = settings
        self.least = least
        self.log: Log | None = None
        self.day: date | None = None
        self.told = 0

    def work(self, now: datetime) -> list[str]:
        """Do what is due; return the names of what failed: one failure stops nothing else."""
        tasks: list[Task] = [
            self.sign_checkpoint,
            self.raise_unanswered,
            self.tell_alarms,
            self.drop_passed,
            self.publish_decisions,
        ]
        tasks += [] if self.settings.is_peer else [self.follow]
        daily: list[Task] = [self.make_partitions, self.retain, self.publish_counts]
        with connect(self.settings, LinksRole.AUDIT, autocommit=True) as connection:
            failed = [t.__name__ for t in tasks if not self._attempt(t, connection, now)]
            if self.day != now.date():
                late = [t.__name__ for t in daily if not self._attempt(t, connection, now)]
                self.day = None if late else now.date()
                failed += late
        return failed

    def _attempt(self, task: Task, connection: psycopg.Connection, now: datetime) -> bool:
        try:
            task(connection, now)
        except Exception as error:  # noqa: BLE001 - the next task does not depend on it
            # Texts of the database may hold what was asked: only ours are repeated.
            is_ours = isinstance(error, LogForked | WitnessRefused | NoteRefused)
            said = str(error) if is_ours else explain_failure(error) or type(error).__name__
            print_progress(f"clerk: {task.__name__}: {said}")
            return False
        return True

    def sign_checkpoint(self, connection: psycopg.Connection, now: datetime) -> None:
        """Sign what was recorded since the last minute; who cannot go on raises an alarm."""
        try:
            if self.log is None:
                log = open_log(self.settings)
                log.load(connection)
                self.log = log
            self.log.sign(connection, least=self.least, moment=now)
        except (LogForked, NoteRefused, WitnessRefused):
            connection.execute("select links.raise_alarm('log_forked', null, '{}', true)")
            self.log = None
            raise
        except psycopg.Error:
            self.log = None  # whether it was committed is not known: all is read again
            raise

    def raise_unanswered(self, connection: psycopg.Connection, _: datetime) -> None:
        """Raise alarms of intents that nobody answered."""
        connection.execute("select links.raise_unanswered()")

    def tell_alarms(self, connection: psycopg.Connection, _: datetime) -> None:
        """Say once which alarms nobody has seen yet; who asked what is in none of them."""
        for number, _at, rule, organisation, _facts in list_alarms(connection):
            if number > self.told:
                self.told = number
                whose = f" of organisation {organisation}" if organisation else ""
                print_progress(f"clerk: alarm {number}: {rule}{whose}; ./best links alarms list")

    def drop_passed(self, connection: psycopg.Connection, _: datetime) -> None:
        """Drop what is kept for a while only."""
        drop_passed(connection)

    def publish_decisions(self, connection: psycopg.Connection, _: datetime) -> None:
        """Publish who may ask what."""
        publish_decisions(connection, find_published(self.settings))

    def make_partitions(self, connection: psycopg.Connection, _: datetime) -> None:
        """Make room for the months to come."""
        connection.execute("select links.make_record_partitions()")

    def retain(self, connection: psycopg.Connection, _: datetime) -> None:
        """Let go of what has been kept long enough."""
        retain(connection, self.settings)

    def publish_counts(self, connection: psycopg.Connection, now: datetime) -> None:
        """Publish the counts of months that are over."""
        publish_counts(connection, find_published(self.settings), now)

    def follow(self, _connection: psycopg.Connection, _: datetime) -> None:
        """Follow the public register; where roles are users, the user of ingest does that."""
        importlib.import_module("links.replica.follow").follow_once(self.settings)


def retain(connection: psycopg.Connection, settings: LinksSettings) -> tuple[list[str], int]:
    """Drop due months, their keys first, and ended links; return the months and how many links."""

    def shred_month(month: str) -> None:
        with BatchKeys(settings.batch_socket) as keys:
            keys.shred_month(month)

    return drop_due_records(connection, shred_month), drop_ended_links(connection)


def main() -> int:
    """Work each minute until SIGTERM."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    clerk = Clerk(LinksSettings.from_environment(os.environ))
    while True:
        try:
            clerk.work(utc_now())
        except psycopg.Error as error:
            print_progress(f"clerk: {explain_failure(error)}")
        if stopped.wait(SECONDS):
            return 0


if __name__ == "__main__":
    sys.exit(main())
