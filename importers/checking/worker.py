"""The worker of the agencies' door: takes the jobs of a register one after the other.

It may be killed at any moment, and that is how it is ended: what it does is either committed with
the state that says so, or not done. Whoever comes next puts back what was left.
"""

import asyncio
import logging
import os
import sys
import threading
import time
from functools import partial

import orjson
import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from psycopg.conninfo import make_conninfo as join_conninfo

from importers.checking.failures import describe_error
from importers.checking.jobs import Jobs, Tell
from registry.deliveries.jobs import CHECK, PUBLISH, SETTLE, SWEEP, UNDO
from registry.settings import Settings
from registry.store.connections import Role, make_conninfo, open_connection

APPLICATION_NAME = "best worker"
_OPTIONS = "-c client_connection_check_interval=1s"
"""A server process whose worker was killed notices within a second, also in a long statement."""
_LOOK_EVERY_SECONDS = 10.0
_EVERY_MINUTE = "* * * * *"


def run_worker(settings: Settings, tell: Tell | None = None) -> None:
    """Work until killed. Of several workers of a register one works and the others wait."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    conninfo = make_worker_conninfo(settings)
    with open_connection(conninfo, f"{APPLICATION_NAME} turn", autocommit=True) as turn:
        turn.execute("select pg_advisory_lock(hashtextextended('best.worker', 0))")
        _end_leftovers(turn)
        connect = partial(open_connection, conninfo, APPLICATION_NAME, autocommit=True)
        jobs = Jobs(settings, connect, tell or log_step)
        _sweep(jobs)
        threading.Thread(target=_end_with_turn, args=(turn,), daemon=True).start()
        asyncio.run(_work(jobs, conninfo))


def make_worker_conninfo(settings: Settings) -> str:
    """Return the connection text of what may be killed at any moment."""
    conninfo = make_conninfo(settings, Role.IMPORTER)
    options = psycopg.conninfo.conninfo_to_dict(conninfo).get("options") or ""
    return join_conninfo(conninfo, options=f"{options} {_OPTIONS}".strip())


async def _work(jobs: Jobs, conninfo: str) -> None:
    app = make_app(jobs, conninfo)
    async with app.open_async():
        await app.run_worker_async(
            concurrency=1,
            install_signal_handlers=False,
            delete_jobs="always",  # what happened is told by the deliveries
            listen_notify=True,
        )


def make_app(jobs: Jobs, conninfo: str) -> App:
    """Return procrastinate's application: each job by its name, run in a thread."""
    kwargs = {"application_name": f"{APPLICATION_NAME} jobs", "connect_timeout": 10}
    app = App(connector=PsycopgConnector(conninfo=conninfo, kwargs=kwargs, min_size=1, max_size=3))
    app.task(name=CHECK)(jobs.check)
    app.task(name=PUBLISH)(jobs.publish)
    app.task(name=UNDO)(jobs.undo)
    app.task(name=SETTLE)(jobs.settle)

    @app.periodic(cron=_EVERY_MINUTE)
    @app.task(name=SWEEP, queueing_lock=SWEEP, pass_context=True)
    def sweep(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate's
        _sweep(jobs, context.job.id)

    return app


def _sweep(jobs: Jobs, own: int | None = None) -> None:
    try:
        jobs.sweep(own)
    except Exception as error:  # noqa: BLE001 - it comes again in a minute
        jobs.tell(SWEEP, "", describe_error(error))


def log_step(job: str, subject: str, step: str) -> None:
    """Write one JSON line per step to standard output, as the API does per request."""
    line = {
        "time": round(time.time(), 3),
        "event": "job",
        "job": job,
        "subject": subject,
        "step": step,
    }
    sys.stdout.write(orjson.dumps(line).decode() + "\n")
    sys.stdout.flush()


def _end_leftovers(turn: psycopg.Connection) -> None:
    """End the server processes of a worker that was killed, which hold locks for a second more."""
    try:
        turn.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where application_name = %s and datname = current_database()",
            [APPLICATION_NAME],
        )
    except psycopg.errors.InsufficientPrivilege:
        return  # of a database of one's own: they notice by themselves


def _end_with_turn(turn: psycopg.Connection) -> None:
    """End this process when its turn is over: another worker may have begun."""
    while True:
        time.sleep(_LOOK_EVERY_SECONDS)
        try:
            turn.execute("select 1")
        except psycopg.Error as error:
            log_step("worker", "", f"ends: the database is away: {error}".strip())
            os._exit(3)
