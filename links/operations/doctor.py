"""`doctor`: what keeps this wall up here, and what does not."""

from __future__ import annotations

import json
import os
import pwd
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from links.operations.cluster import is_running
from links.operations.database_checks import (
    list_excesses,
    list_other_rules,
    list_other_settings,
)
from links.operations.migrations import HEAD, find_schema_version
from links.operations.processes import PROGRAMS, is_ready
from links.operations.restored_secrets import list_missing_secrets
from links.operations.secret_files import list_open_files
from links.settings import find_register_home, list_unknown
from links.store.connections import connect_as_superuser
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    import psycopg

    from links.settings import LinksSettings


class Verdict(StrEnum):
    """`warn`: it works, but is worth knowing; `fail`: it is no wall, or does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at and what was found."""

    name: str
    verdict: Verdict
    found: str


def make_parser(parser: argparse.ArgumentParser) -> None:
    """Declare what `doctor` accepts."""
    parser.description = "Check this installation of the wall. Exit code 3 when something is wrong."
    parser.add_argument("--json", action="store_true", help="for machines")


def run(arguments: argparse.Namespace, settings: LinksSettings) -> int:
    """Print every check; 3 when one fails."""
    checks = list(list_checks(settings))
    if arguments.json:
        print(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        for check in checks:
            print(f"{check.verdict.upper():5} {check.name}: {check.found}")
    return 3 if any(check.verdict is Verdict.FAIL for check in checks) else 0


def list_checks(settings: LinksSettings) -> Iterator[Check]:
    """Run those that need the database only when it answers."""
    yield check_users(settings)
    unknown = list_unknown(os.environ)
    yield Check(
        name="variables",
        verdict=Verdict.WARN if unknown else Verdict.OK,
        found="; ".join(unknown) or "each BEST_LINKS_* is one that there is",
    )
    try:
        wrong = list(list_open_files(settings))
    except EnvironmentProblem as error:  # the users are not made yet; the rest can be told
        wrong = [str(error)]
    yield judge("files", wrong, "each belongs to the process that reads it")
    yield judge("public side", list_shared_places(settings), "shares nothing with the register")
    if not is_running(settings):
        yield Check(
            name="database",
            verdict=Verdict.FAIL,
            found="does not answer; ./best links up starts it",
        )
        return
    with connect_as_superuser(settings) as connection:
        yield judge("server", list_other_settings(settings, connection), "settings are ours")
        yield judge("access", list_other_rules(settings, connection), "rules are ours")
        version = find_schema_version(settings)
        wrong = [] if version == HEAD else [f"at {version}, not {HEAD}: ./best links up migrates"]
        yield judge("migrations", wrong, f"at {HEAD}, the newest")
        if version is not None:
            yield judge("rights", list_excesses(connection), "no role has more than its functions")
            yield check_alarms(connection)
            missing = list_missing_secrets(settings)
            yield judge("keys", missing, "those that the database was written with")
    silent = [program.name for program in PROGRAMS if not is_ready(settings, program)]
    found = f"not answering: {', '.join(silent)}" if silent else "all answer"
    yield Check(name="programs", verdict=Verdict.WARN if silent else Verdict.OK, found=found)


def judge(name: str, wrong: list[str], fine: str) -> Check:
    """Fail when anything is wrong."""
    if wrong:
        return Check(name=name, verdict=Verdict.FAIL, found="; ".join(wrong))
    return Check(name=name, verdict=Verdict.OK, found=fine)


def check_alarms(connection: psycopg.Connection) -> Check:
    """Whether somebody has looked at every alarm."""
    rows = connection.execute(
        "select rule from links.alarm where seen_at is null group by rule order by rule"
    ).fetchall()
    if not rows:
        return Check(name="alarms", verdict=Verdict.OK, found="none that nobody has seen")
    rules = ", ".join(rule for (rule,) in rows)
    found = f"nobody has seen: {rules}; ./best links alarms list"
    return Check(name="alarms", verdict=Verdict.WARN, found=found)


def check_users(settings: LinksSettings) -> Check:
    """Whether the kernel keeps the processes apart."""
    if settings.is_peer:
        names = ", ".join(settings.users.values())
        return Check(name="users", verdict=Verdict.OK, found=f"one per process: {names}")
    return Check(
        name="users",
        verdict=Verdict.WARN,
        found=f"everything runs as {pwd.getpwuid(os.geteuid()).pw_name}, and one uid is no wall:"
        " whoever becomes that user reads keys, links and records together. For real data run it"
        " as root, which makes a system user per process",
    )


def list_shared_places(settings: LinksSettings) -> list[str]:
    """What the register's installation beside this one could reach by its place alone."""
    register, home = find_register_home(os.environ).resolve(), settings.home.resolve()
    if home.is_relative_to(register) or register.is_relative_to(home):
        return [f"BEST_LINKS_HOME {home} and BEST_HOME {register} lie one in the other"]
    return []
