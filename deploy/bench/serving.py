"""How fast the API answers, against PostgreSQL alone, a bare ASGI application and tipg.

Subjects take turns in three rounds, so that a busy moment of the machine does not fall on one
of them alone; the medians of the rounds count.
"""

from __future__ import annotations

import http.client
import json
from contextlib import ExitStack
from enum import StrEnum
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from deploy.bench import draws
from deploy.bench.imports import list_family, read_megabytes
from deploy.bench.load import CLIENTS, Load, ask, combine, run_pgbench
from deploy.bench.report import Figure, make_ratio
from deploy.bench.restart import measure_restart
from deploy.bench.servers import WORKERS, fetch, serving_api, serving_hello, serving_tipg
from deploy.bench.statement import catch_statement, write_scripts
from deploy.cluster import Cluster
from deploy.cluster_processes import find_processes
from deploy.progress import step
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from deploy.bench.draws import DrawnAddress
    from deploy.bench.report import Report, Table
    from registry.settings import Settings

ROUNDS = 3
_KNOWN, _RESTARTS = 300, 3
"""Addresses whose ETag is asked for beforehand; restarts."""


class Subject(StrEnum):
    """A question to the API, or something that it is compared with."""

    BY_ID = "by id"
    UNCHANGED = "304"
    STREET = "street listing"
    BOX = "bbox"
    NEAREST = "nearest"
    PREFIX = "names by prefix"
    SUBSTRING = "names by substring"
    PREFIX_ALONE = "names by prefix, 1 client"
    SUBSTRING_ALONE = "names by substring, 1 client"
    HELLO = "bare ASGI hello"
    TIPG = "tipg"
    PGBENCH = "pgbench, same statement"


_ALONE = {Subject.PREFIX_ALONE: Subject.PREFIX, Subject.SUBSTRING_ALONE: Subject.SUBSTRING}
_EVEN = (Subject.BY_ID, Subject.STREET, Subject.BOX, Subject.NEAREST)
_NAMES = (Subject.PREFIX, Subject.SUBSTRING, *_ALONE)

Questions = dict[Subject, tuple[int, Path]]
"""The port of each subject and the file of paths that it is asked for."""


def measure_serving(settings: Settings, work: Path, seconds: int, report: Report) -> None:
    """Load the API and what it is compared with, then look at memory and at restarts."""
    addresses, names = draws.draw_addresses(settings), draws.draw_names(settings)
    missing: dict[Subject, str] = {}
    with serving_api(settings) as api:
        questions = write_questions(work, api.port, addresses, names)
        if not finds_substrings(api.port, names):
            note = "the API does not find street names by substring"
            missing |= {Subject.SUBSTRING: note, Subject.SUBSTRING_ALONE: note}
        with step("Catching the statement by which the API finds an address"):
            statement = catch_statement(settings, api.port, addresses[0])
        scripts, values = write_scripts(work, statement, addresses[0], addresses)
        pgbench = partial(run_pgbench, settings, scripts, values, seconds=seconds)
        with ExitStack() as others:
            hello = others.enter_context(serving_hello())
            questions[Subject.HELLO] = (hello.port, draws.write_lines(work / "hello", ["/"]))
            try:
                tipg = others.enter_context(serving_tipg(settings))
                questions[Subject.TIPG] = choose_form_of_tipg(work, tipg.port, addresses)
            except EnvironmentProblem as problem:
                missing[Subject.TIPG] = str(problem)
            loads, rate = run_rounds(questions, pgbench, seconds)
        conditions = f"{WORKERS} workers, {CLIENTS} clients, {ROUNDS} rounds of {seconds} s each"
        report.settings["serving"] = conditions
        report.tables["serving, medians of rounds"] = tabulate(loads, rate)
        report.figures += [*judge(loads, rate, missing), weigh(settings, api.process)]
    report.figures += measure_restart(settings, addresses[-_RESTARTS:])


def write_questions(
    work: Path, port: int, addresses: Sequence[DrawnAddress], names: Sequence[str]
) -> Questions:
    """Write what the API is asked for."""
    by_id = [address.path for address in addresses]
    lines = {
        Subject.BY_ID: by_id,
        Subject.UNCHANGED: [f"{path}\t{fetch_etag(port, path)}" for path in by_id[:_KNOWN]],
        Subject.STREET: draws.make_street_paths(addresses),
        Subject.BOX: draws.make_box_paths(addresses),
        Subject.NEAREST: draws.make_nearest_paths(addresses),
        Subject.PREFIX: draws.make_prefix_paths(names),
        Subject.SUBSTRING: draws.make_substring_paths(names),
    }
    questions = {
        subject: (port, draws.write_lines(work / subject.name, paths))
        for subject, paths in lines.items()
    }
    return questions | {alone: questions[same] for alone, same in _ALONE.items()}


def fetch_etag(port: int, path: str) -> str:
    """Return an answer's ETag, having seen that it is answered by 304 from then on."""
    etag = fetch(port, path).etag
    if fetch(port, path, etag).status != http.client.NOT_MODIFIED:
        raise EnvironmentProblem(f"{path} with its own ETag is not answered by 304.")
    return etag


def finds_substrings(port: int, names: Sequence[str]) -> bool:
    """Whether the end of a long name finds it: to an API that knows prefixes only it is none."""
    word = max((word for name in names for word in name.split()), key=len)
    answer = fetch(port, draws.make_name_path(word[-6:], "*{}*"))
    return answer.status == http.client.OK and bool(json.loads(answer.body)["items"])


def choose_form_of_tipg(
    work: Path, port: int, addresses: Sequence[DrawnAddress]
) -> tuple[int, Path]:
    """Write the same addresses by tipg's paths, as GeoJSON or JSON: the faster counts."""
    paths = [f"/collections/rival.address/items/{address.id}" for address in addresses]
    forms = [
        draws.write_lines(work / f"tipg{n}", (path + form for path in paths))
        for n, form in enumerate(["?f=geojson", "?f=json"])
    ]
    rates = {form: ask(port, form, seconds=2).rate for form in forms}
    return port, max(rates, key=lambda form: rates[form])


def run_rounds(
    questions: Questions, pgbench: Callable[[], float], seconds: int
) -> tuple[dict[Subject, Load], float]:
    """Load every subject in turn, after a second to warm up; also pgbench's rate."""
    rounds: dict[Subject, list[Load]] = {subject: [] for subject in questions}
    rates = []
    with step("Warming up"):
        for port, lines in questions.values():
            ask(port, lines, seconds=1)
    for number in range(ROUNDS):
        with step(f"Serving, round {number + 1} of {ROUNDS}"):
            rates.append(pgbench())
            for subject, (port, lines) in questions.items():
                clients = 1 if subject in _ALONE else CLIENTS
                rounds[subject].append(ask(port, lines, seconds=seconds, clients=clients))
    return {subject: combine(loads) for subject, loads in rounds.items()}, median(rates)


def tabulate(loads: Mapping[Subject, Load], pgbench_rate: float) -> Table:
    """Return what was seen of every subject."""
    table = {subject.value: load.tabulate() for subject, load in loads.items()}
    return table | {Subject.PGBENCH.value: {"answers/s": pgbench_rate}}


def judge(
    loads: Mapping[Subject, Load], pgbench_rate: float, missing: Mapping[Subject, str]
) -> Iterator[Figure]:
    """Return the targets of serving; `missing` says why a subject counts as not measured."""
    failed = {s: f"{load.failures} answers failed" for s, load in loads.items() if load.failures}
    missing = failed | dict(missing)
    seen = {subject: load for subject, load in loads.items() if subject not in missing}
    rates = {Subject.PGBENCH: pgbench_rate} | {subject: load.rate for subject, load in seen.items()}
    for ours, base, goal in (
        (Subject.BY_ID, Subject.PGBENCH, 0.15),
        (Subject.BY_ID, Subject.TIPG, 1.0),
        (Subject.UNCHANGED, Subject.HELLO, 0.25),
    ):
        name, note = f"{ours} / {base}", missing.get(ours) or missing.get(base)
        if note:
            yield Figure(name=name, value=None, unit="x", goal=goal, at_least=True, note=note)
        else:
            yield make_ratio(name, rates[ours], rates[base], "/s", goal=goal, at_least=True)
    for subject in _EVEN:
        name = f"{subject}: p99 / p50"
        if subject in seen:
            yield make_ratio(name, seen[subject].p99, seen[subject].p50, "ms", goal=3)
        else:
            yield Figure(name=name, value=None, unit="x", goal=3, note=missing[subject])
    yield from judge_pauses(seen, missing)


def judge_pauses(seen: Mapping[Subject, Load], missing: Mapping[Subject, str]) -> Iterator[Figure]:
    """Return the longest that any of 16 clients waited for an address, and p99s of names.

    The clients ask without a break, so one is waiting whenever the server stands still. What is
    the machine's own shows in how long the bare application kept them waiting meanwhile.
    """
    hello = seen[Subject.HELLO].longest if Subject.HELLO in seen else float("nan")
    note = f"the bare application's own in the same rounds: {hello:.1f}"
    by_id = seen[Subject.BY_ID].longest if Subject.BY_ID in seen else None
    note = missing.get(Subject.BY_ID, note)
    yield Figure(name="by id: longest pause", value=by_id, unit="ms", goal=30, note=note)
    for subject in _NAMES:
        p99 = seen[subject].p99 if subject in seen else None
        note = f"p50 {seen[subject].p50:.1f} ms" if subject in seen else missing[subject]
        yield Figure(name=f"{subject}: p99", value=p99, unit="ms", goal=10, note=note)


def weigh(settings: Settings, api: int) -> Figure:
    """Return what PostgreSQL and the API have in memory now, shared pages counted once."""
    server = find_processes(Cluster(home=settings.home).data)
    return Figure(
        name="memory of PostgreSQL and API after load",
        value=read_megabytes([*server, *list_family(api)]),
        unit="MB",
        goal=1700,
        note="PSS; of shared_buffers what was used so far",
    )
