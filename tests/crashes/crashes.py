"""A crash: where an import is interrupted, by what, and what must hold afterwards."""

from __future__ import annotations

import itertools
import re
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pytest
from psycopg import OperationalError

from deploy.abandoned_files import find_abandoned_files, remove_abandoned_files
from deploy.checks import Verdict, list_checks
from deploy.private_database import connect_as_superuser
from deploy.throwaway import clone_database, drop_database
from registry.store.connections import Role, connect
from tests.crashes.content import ROWS_OF_SOURCE, STATISTICS, compare, read_content
from tests.crashes.machine import wait_for
from tests.crashes.scenarios import Scenario, Start
from tests.crashes.stopping import Stopping, start_stopping
from tests.database.editions import import_path

if TYPE_CHECKING:
    from pathlib import Path

    from registry.settings import Settings
    from tests.crashes.machine import Machine

_numbers = itertools.count(1)


class Plug(StrEnum):
    """What fails: the whole importer, or one of the processes that read for it, and so on."""

    IMPORTER = "importer"
    WORKER = "worker"
    SERVER = "server"
    DISK = "disk"
    LOG = "log"

    @property
    def needs_own_disk(self) -> bool:
        return self in {Plug.DISK, Plug.LOG}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """As text: `filled:vlg/staged/addresses+35ms:server`; without `+ms`, at the boundary itself."""

    start: Start
    point: str
    plug: Plug
    milliseconds: int | None = None

    @classmethod
    def parse(cls, text: str) -> Crash:
        found = re.fullmatch(r"(\w+):([\w/]+)(?:\+(\d+)ms)?:(\w+)", text)
        assert found, f"not a crash point: {text}"
        start, point, milliseconds, plug = found.groups()
        late = None if milliseconds is None else int(milliseconds)
        return cls(start=Start(start), point=point, plug=Plug(plug), milliseconds=late)

    def __str__(self) -> str:
        late = "" if self.milliseconds is None else f"+{self.milliseconds}ms"
        return f"{self.start}:{self.point}{late}:{self.plug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What a crash led to, as it is told."""

    exit_code: int
    abandoned_bytes: int

    def __str__(self) -> str:
        return f"exit {self.exit_code}, {self.abandoned_bytes / 1000:,.0f} kB abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashTest:
    """Interrupts imports on one machine and looks at what is left."""

    machine: Machine
    scenarios: dict[Start, Scenario]
    temporary: Path

    def run(self, crash: Crash) -> Aftermath:
        """Crash, recover, compare, import again, compare."""
        self.require(crash.plug)
        self.machine.revive_server()  # in case an earlier crash failed its test
        scenario = self.scenarios[crash.start]
        register = self.clone(scenario.template)
        child = start_stopping(
            register,
            "import",
            crash.point,
            scenario.source,
            halt=crash.milliseconds is None,
            temporary=self.temporary,
        )
        try:
            if not child.wait_until_reached():
                pytest.fail(f"{crash} was not reached: {child.end()}")
            code = self._pull(crash, child)
            self.check_nothing_runs(child, register)
            removed = self._remove_abandoned_files(crash, register)
            self._check_whole_regions(crash, register)
            self.check_usable(register)
            self._check_import_again(scenario, register)
        finally:
            if child.process.poll() is None:
                child.kill()
        drop_database(register)
        return Aftermath(exit_code=code, abandoned_bytes=removed)

    def require(self, plug: Plug) -> None:
        """Skip what this machine cannot do."""
        if plug.needs_own_disk and not self.machine.has_own_disk:
            pytest.skip("NOT TESTED: a full disk; only root may mount a small one to fill")

    def clone(self, template: Settings) -> Settings:
        register = clone_database(template, f"crash_{next(_numbers)}")
        # A sequence writes 32 values ahead into the log of its own database, not of a clone: until
        # the next checkpoint, the clone's would fall back in a crash (seen with PostgreSQL 15).
        with connect_as_superuser(register.home, register.database_name) as connection:
            connection.execute("checkpoint")
        return register

    def _pull(self, crash: Crash, child: Stopping) -> int:
        time.sleep((crash.milliseconds or 0) / 1000)
        if crash.plug is Plug.IMPORTER:
            return child.kill()
        try:
            self._fail(crash.plug, child)
            code, said = child.end()
        finally:
            if crash.plug.needs_own_disk:
                self.machine.give_space_back()
            self.machine.revive_server()
        scenario = self.scenarios[crash.start]
        all_published = scenario.count_published(crash.point) == len(scenario.contents) - 1
        may_finish = all_published or crash.milliseconds is not None or crash.plug is Plug.DISK
        assert code == 3 or (may_finish and code == 0), f"exit code {code}, said: {said}"
        assert "Traceback" not in said, said
        return code

    def _fail(self, plug: Plug, child: Stopping) -> None:
        if plug is Plug.WORKER:
            child.kill_worker()
        elif plug is Plug.SERVER:
            self.machine.kill_server()
        elif plug is Plug.DISK:
            self.machine.fill_disk()
        else:
            with suppress(OperationalError):  # somebody else met the end of the log first
                self.machine.fill_log()

    def check_nothing_runs(self, child: Stopping, register: Settings) -> None:
        wait_for(lambda: child.list_left() == [])
        with closing(connect_as_superuser(register.home, register.database_name)) as connection:

            def list_left() -> list[tuple[object, ...]]:
                return connection.execute(
                    "select 'backend ' || pid from pg_stat_activity"
                    " where datname = current_database() and application_name like 'best import%'"
                    " union all select 'lock' from pg_locks where locktype = 'advisory'"
                    " union all select relname from pg_class where relpersistence = 't'"
                    " union all select gid from pg_prepared_xacts"
                ).fetchall()

            wait_for(lambda: list_left() == [])
        assert list(self.temporary.iterdir()) == []

    def _remove_abandoned_files(self, crash: Crash, register: Settings) -> int:
        """What a dead server left is gone after the next command; nobody else leaves anything."""
        removed = 0

        def clear() -> bool:
            nonlocal removed
            removed += remove_abandoned_files(register)
            with connect_as_superuser(register.home, register.database_name) as connection:
                return find_abandoned_files(register, connection) == []  # None: autovacuum is busy

        wait_for(clear)
        assert removed == 0 or crash.plug not in {Plug.IMPORTER, Plug.WORKER}
        return removed

    def _check_whole_regions(self, crash: Crash, register: Settings) -> None:
        """Each region whole or not at all."""
        scenario = self.scenarios[crash.start]
        published = scenario.count_published(crash.point)
        exact = crash.milliseconds is None and crash.plug in {Plug.IMPORTER, Plug.SERVER}
        allowed = range(published, published + 1 if exact else len(scenario.contents))
        found = read_content(register)
        differences = {
            count: compare(found, scenario.contents[count], but={STATISTICS}) for count in allowed
        }
        equal = [count for count in allowed if not differences[count]]
        assert equal, f"neither never run nor finished; differs by regions published: {differences}"

    def check_usable(self, register: Settings) -> None:
        with connect(register, Role.READER) as connection:
            views = connection.execute("select viewname from pg_views where schemaname = 'best'")
            for (view,) in views.fetchall():
                connection.execute(f"select count(*) from best.{view}")
        with connect(register, Role.OWNER, autocommit=True) as connection:
            checks = list_checks(register, connection)
        failed = [check for check in checks if check.verdict is Verdict.FAIL]
        assert failed == []

    def _check_import_again(self, scenario: Scenario, register: Settings) -> None:
        summary = import_path(register, scenario.source)
        assert summary.failure is None
        found = read_content(register)
        assert compare(found, scenario.contents[-1], but={ROWS_OF_SOURCE}) == []
        self.check_usable(register)
