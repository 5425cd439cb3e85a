"""Ten of all the places where an import can be interrupted; `./best soak` tries every one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from deploy.private_database import connect_as_superuser
from registry.store.connections import Role, make_conninfo
from tests.crashes.crashes import Crash
from tests.crashes.machine import wait_for

if TYPE_CHECKING:
    from tests.crashes.crashes import CrashTest

TEN = [
    "empty:bru/staged/streetNames:disk",
    "empty:vlg/turnTaken:log",
    "sample:bru/staged/streetNames+250ms:importer",
    "sample:bru/sampleDropped:importer",
    "sample:bru/attached:server",
    "empty:bru/staged/streetNames+0ms:worker",
    "filled:bru/committed:importer",
    "filled:vlg/compared/addresses:server",
    "filled:wal/counted:log",
]


@pytest.mark.parametrize("crash", TEN)
def test_after_a_crash_the_register_is_as_if_never_run_or_finished(
    crash_test: CrashTest, crash: str
) -> None:
    aftermath = crash_test.run(Crash.parse(crash))

    assert aftermath.exit_code != 0, "the crash came too late to be one"


def test_a_server_that_died_in_a_first_load_leaves_no_files_for_ever(crash_test: CrashTest) -> None:
    aftermath = crash_test.run(Crash.parse("empty:bru/indexed:server"))

    assert aftermath.abandoned_bytes > 500_000


def test_the_server_ends_a_statement_whose_importer_was_killed(crash_test: CrashTest) -> None:
    conninfo = make_conninfo(crash_test.machine.settings, Role.IMPORTER)
    long_statement = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute(sys.argv[2])"
    process = subprocess.Popen(
        [sys.executable, "-c", long_statement, conninfo, "select pg_sleep(600)"]
    )
    with connect_as_superuser(crash_test.machine.settings.home, "postgres") as connection:

        def is_running() -> bool:
            running = "select from pg_stat_activity where query = 'select pg_sleep(600)'"
            return connection.execute(running).fetchone() is not None

        wait_for(is_running)
        process.kill()
        process.wait()
        wait_for(lambda: not is_running())
