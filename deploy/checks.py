"""The operator's self-test: named checks, each with a verdict and, if need be, a hint."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from deploy.migrations import find_schema_version
from deploy.own_database import list_missing_extensions
from deploy.statements import read_statement
from deploy.update import is_updating
from deploy.update_state import read_state
from deploy.weekly import describe_next_run, list_systemds
from geo.pipelines import GRID_NAME, choose_datum_shift
from registry.clock import utc_now
from registry.publication.mirroring import fetch_position, find_mirrored_url
from registry.store.connections import Role, connect, has_several_hosts, may_act_as
from registry.store.schema_version import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import psycopg

    from registry.settings import Settings


GIGABYTE = 1024**3
ENOUGH_FREE_BYTES = 25 * GIGABYTE
"""The whole country with one later edition: download, tables, indexes and log."""
STALE_DAYS = 15
"""The public download is weekly: by then two were missed."""
TOO_LITTLE_FREE_BYTES = 1 * GIGABYTE
MOST_BYTES_BEHIND = 16 * 1024**2
"""Of a standby in passing: one file of PostgreSQL's log."""


class Verdict(StrEnum):
    """`warn`: it works, but something is worth knowing; `fail`: it does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, what was found, and what to do about it (empty when all is well)."""

    name: str
    verdict: Verdict
    found: str
    hint: str = ""


def list_checks(settings: Settings, connection: psycopg.Connection) -> list[Check]:
    """Run every check that needs a database, then those that do not."""
    checks: list[Callable[[], Check]] = [
        lambda: check_server(connection),
        lambda: check_extensions(connection),
        lambda: check_migrations(settings),
        lambda: check_roles(settings, connection),
        lambda: check_privileges(connection, Role.READER, "reader_excess"),
        lambda: check_privileges(connection, Role.IMPORTER, "importer_excess"),
        lambda: check_counts(settings, connection),
        lambda: check_freshness(settings, connection, utc_now()),
        lambda: check_disk(settings),
        lambda: check_stored_positions(settings, connection),
        lambda: check_positions(settings),
    ]
    if has_several_hosts(settings):
        checks.insert(1, lambda: check_replica(settings, connection))
    return [check() for check in checks]


def check_server(connection: psycopg.Connection) -> Check:
    """A connection proves that the server answers; the version is for the report."""
    version = connection.info.parameter_status("server_version")
    return Check(name="server", verdict=Verdict.OK, found=f"PostgreSQL {version} answers")


def check_replica(settings: Settings, primary: psycopg.Connection) -> Check:
    """Which of several hosts reads use, and how far it is behind the primary."""
    name, place = "replica", "docs/howto/scale-out.md"
    with connect(settings, Role.READER) as connection:
        found = f"reads use {connection.info.host}, port {connection.info.port}"
        if connection.info.parameter_status("in_hot_standby") != "on":
            hint = f"Start the standby, or make a new one: {place}."
            found += ", the primary: no standby answers"
            return Check(name=name, verdict=Verdict.WARN, found=found, hint=hint)
        (written,) = primary.execute("select pg_current_wal_lsn()").fetchone() or (None,)
        (behind,) = connection.execute(
            "select greatest(0, pg_wal_lsn_diff(%s, pg_last_wal_replay_lsn()))::bigint", [written]
        ).fetchone() or (0,)
    found += f", a standby, {behind:,} bytes behind"
    if behind <= MOST_BYTES_BEHIND:
        return Check(name=name, verdict=Verdict.OK, found=found)
    hint = f"After an import it catches up by itself. If not: {place}."
    return Check(name=name, verdict=Verdict.WARN, found=found, hint=hint)


def check_extensions(connection: psycopg.Connection) -> Check:
    """PostGIS and the rest must be there, in the version that the server's programs have."""
    missing = list_missing_extensions(connection)
    if missing:
        return Check(
            name="extensions",
            verdict=Verdict.FAIL,
            found=f"missing: {', '.join(missing)}",
            hint="`./best migrate` creates them, or says what an administrator must run.",
        )
    row = connection.execute("select extversion from pg_extension where extname = 'postgis'")
    return Check(
        name="extensions",
        verdict=Verdict.OK,
        found=f"PostGIS {cast('tuple[str]', row.fetchone())[0]}",
    )


def check_migrations(settings: Settings) -> Check:
    """The database's version against this software's."""
    found = find_schema_version(settings)
    if found == HEAD:
        return Check(name="migrations", verdict=Verdict.OK, found=f"at {HEAD}, the newest")
    return Check(
        name="migrations",
        verdict=Verdict.FAIL,
        found=f"the database is at {found or 'none'}, this software at {HEAD}",
        hint="Run ./best migrate; if the database is the newer one, update the checkout.",
    )


def check_roles(settings: Settings, connection: psycopg.Connection) -> Check:
    """Whether owner, importer and reader are three different users for the database."""
    url = settings.database_url
    if url is not None and not all(may_act_as(url, role) for role in Role):
        return Check(
            name="roles",
            verdict=Verdict.WARN,
            found=f"not separated: everything runs as {connection.info.user}",
            hint=(
                "Give the user of BEST_DATABASE_URL the attribute CREATEROLE and run ./best"
                " migrate, or have an administrator create best_owner, best_importer and"
                " best_reader and grant them to it."
            ),
        )
    return Check(name="roles", verdict=Verdict.OK, found=", ".join(Role))


def check_privileges(connection: psycopg.Connection, role: Role, statement: str) -> Check:
    """Whether `role` may do more than its work needs; the statement lists what is too much."""
    name = f"privileges of {role}"
    if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
        return Check(name=name, verdict=Verdict.WARN, found="there is no such role: see roles")
    excess: list[str] = [row[0] for row in connection.execute(read_statement(statement))]
    if not excess:
        return Check(name=name, verdict=Verdict.OK, found="no more than its work needs")
    return Check(
        name=name,
        verdict=Verdict.FAIL,
        found=f"may also: {'; '.join(excess[:10])}",
        hint="Revoke that as the owner or a superuser (./best psql --role owner).",
    )


def check_counts(settings: Settings, connection: psycopg.Connection) -> Check:
    """Rows that are current now, against what the last release of each region counted."""
    if find_schema_version(settings) != HEAD:
        return Check(name="counts", verdict=Verdict.WARN, found="not compared: see migrations")
    rows = connection.execute(read_statement("counts_against_totals")).fetchall()
    wrong = [
        f"{region} {kind}: {now}, not {then}" for region, kind, now, then in rows if now != then
    ]
    if wrong:
        return Check(
            name="counts",
            verdict=Verdict.FAIL,
            found="; ".join(wrong),
            hint="Somebody changed rows by hand. ./best import the last edition again.",
        )
    if not rows:
        return Check(
            name="counts",
            verdict=Verdict.WARN,
            found="the register is empty",
            hint="./best import loads the whole country.",
        )
    addresses = sum(now for _, kind, now, _ in rows if kind == "address")
    return Check(name="counts", verdict=Verdict.OK, found=f"{addresses:,} addresses, as released")


def check_freshness(settings: Settings, connection: psycopg.Connection, now: datetime) -> Check:
    """How old the oldest region's newest file is, how the last update ended, when the next is."""
    name = "freshness"
    if find_schema_version(settings) != HEAD:
        return Check(name=name, verdict=Verdict.WARN, found="not looked at: see migrations")
    if (url := find_mirrored_url(connection)) is not None:
        found = f"a mirror of {url}, at release {fetch_position(connection).number}"
        return Check(name=name, verdict=Verdict.OK, found=found)
    row = connection.execute(read_statement("oldest_region")).fetchone()
    if row is None:
        return Check(name=name, verdict=Verdict.OK, found="no real data yet")
    days = (now - row[0]).days
    state = read_state(settings)
    next_run = describe_next_run(settings, list_systemds(os.environ))
    found = f"{days} days old; next update: {next_run}"
    if state.ended_at:
        found += f"; last one: {state.ended_at:%Y-%m-%d %H:%M} UTC"
    if state.failure and not is_updating(settings):
        said = f"it failed: {' '.join(state.failure.split())}"
        hint = "Run ./best update once that is mended; docs/runbook/import.md says how."
        return Check(name=name, verdict=Verdict.WARN, found=f"{found}; {said}", hint=hint)
    looked = state.ended_at and (now - state.ended_at).days <= STALE_DAYS
    if days > STALE_DAYS and not looked:  # else the publisher is late
        hint = "./best update renews it, ./best update --weekly does so every week."
        return Check(name=name, verdict=Verdict.WARN, found=found, hint=hint)
    return Check(name=name, verdict=Verdict.OK, found=found)


def check_disk(settings: Settings) -> Check:
    """Free room where the private database is, or would be."""
    place = settings.home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    found = f"{free / GIGABYTE:.1f} GB free at {place}"
    if free < TOO_LITTLE_FREE_BYTES:
        verdict, hint = Verdict.FAIL, "Free some space, or set BEST_HOME to another disk."
    elif free < ENOUGH_FREE_BYTES and settings.database_url is None:
        verdict, hint = Verdict.WARN, "Enough for the sample; the whole country wants 25 GB."
    else:
        verdict, hint = Verdict.OK, ""
    return Check(name="free disk", verdict=verdict, found=found, hint=hint)


def check_stored_positions(settings: Settings, connection: psycopg.Connection) -> Check:
    """Whether stored positions were derived the way this process derives them."""
    if find_schema_version(settings) != HEAD:
        return Check(
            name="stored positions", verdict=Verdict.WARN, found="not compared: see migrations"
        )
    shift = choose_datum_shift(settings.proj_grid)
    stored = connection.execute(
        "select distinct datum_shift, accuracy_metres from best.release"
        " where withdrawn_at is null and datum_shift <> %s",
        [shift.name],
    ).fetchall()
    if not stored:
        return Check(name="stored positions", verdict=Verdict.OK, found=f"by {shift.name}")
    others = ", ".join(f"{name}, {metres} m" for name, metres in stored)
    return Check(
        name="stored positions",
        verdict=Verdict.WARN,
        found=f"by {others}; here it would be {shift.name}, {shift.accuracy_metres} m",
        hint="./best reproject derives them anew.",
    )


def check_positions(settings: Settings) -> Check:
    """How Lambert 72 becomes Lambert 2008 here, and how well."""
    shift = choose_datum_shift(settings.proj_grid)
    found = f"{shift.name}, {shift.accuracy_metres} m"
    if settings.proj_grid is not None:
        return Check(name="positions", verdict=Verdict.OK, found=f"{found} ({settings.proj_grid})")
    return Check(
        name="positions",
        verdict=Verdict.WARN,
        found=f"{found}: the Belgian PROJ grid is not here",
        hint=(
            f"For 1 cm, put {GRID_NAME} (PROJ's public data collection) into"
            f" {settings.home / 'proj'} or name it in BEST_PROJ_GRID; then ./best reproject."
        ),
    )
