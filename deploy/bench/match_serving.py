"""Search as it is served: one match over HTTP, one place by its position, the start, and a file."""

from __future__ import annotations

import asyncio
import csv
import http.client
import json
import random
import subprocess
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from api.v1.index_documents import IndexView
from api.v1.reverse import find_near, make_documents, make_surroundings
from api.v1.search_parameters import ReverseParameters
from deploy.bench.imports import make_own_environment, watch_memory
from deploy.bench.match import SEED, make_percentiles, write_mix
from deploy.bench.report import Figure, make_ratio
from deploy.bench.servers import fetch, serving_api
from deploy.migrations import CHECKOUT
from deploy.progress import step
from registry.domain.errors import RegistryError
from registry.search.index import NO_POSITION
from registry.store.connections import Role, make_conninfo
from registry.store.reading.pool import open_connection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from deploy.bench.report import Report
    from registry.search.answers import Question
    from registry.search.index import SearchIndex
    from registry.settings import Settings

QUESTIONS, POINTS, ROWS = 3_000, 3_000, 100_000
_NAMES = {
    "street_name": "streetName",
    "house_number": "houseNumber",
    "box_number": "boxNumber",
    "postal_code": "postCode",
}


def measure_search_serving(
    settings: Settings, index: SearchIndex, work: Path, report: Report
) -> None:
    """Start a server beside an index that is built; then a file of 100,000 rows without it."""
    times: dict[str, dict[str, float]] = {}
    with step("Asking one after the other over HTTP"), serving_api(settings) as api:
        began = time.perf_counter()
        fetch(api.port, "/v1/addresses/suggest?q=kerk")
        first = (time.perf_counter() - began) * 1e3
        times["match over HTTP"] = make_percentiles(list(time_matches(api.port, index)))
    with step("Asking where a point is"):
        times |= asyncio.run(time_reverse(settings, index))
    report.tables["search, 1 client, ms"] = times
    one, near, least = (times[name] for name in ("match over HTTP", "reverse", "select 1"))
    report.figures += [
        Figure(name="match over HTTP: p50", value=one["p50"], unit="ms", goal=2),
        Figure(name="match over HTTP: p99", value=one["p99"], unit="ms", goal=20),
        make_ratio("reverse: p99 / select 1", near["p99"], least["p99"], "ms", goal=2),
        Figure(name="first suggest after a start", value=first, unit="ms", goal=300),
        *measure_file(settings, index, work),
    ]


def time_matches(port: int, index: SearchIndex) -> Iterator[float]:
    """Match the natural mix over one connection; return the milliseconds of each."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json"}
    for _, written, _ in write_mix(index, QUESTIONS, SEED):
        body = json.dumps(make_body(written.make_question()))
        began = time.perf_counter()
        connection.request("POST", "/v1/addresses/match", body, headers)
        answer = connection.getresponse()
        answer.read()
        yield (time.perf_counter() - began) * 1e3
        if answer.status != http.client.OK:
            raise RegistryError(f"A match was answered by {answer.status}: {body}")
    connection.close()


def make_body(question: Question) -> dict[str, str]:
    """Return a question as the API takes it."""
    return {_NAMES.get(name, name): text for name, text in asdict(question).items() if text}


async def time_reverse(settings: Settings, index: SearchIndex) -> dict[str, dict[str, float]]:
    """Return what it takes to make the answer for a point, and `select 1` on a connection."""
    asked = ReverseParameters(lat=0, lon=0)  # the points are drawn in EPSG:3812
    view = IndexView(index=index, base_url="")
    points = list(draw_points(index))
    async with await open_connection(make_conninfo(settings, Role.READER)) as connection:

        async def find(n: int) -> None:
            near = find_near(points[n], asked, view)
            make_surroundings(near, None, view)
            make_documents(near, view, settings.proj_grid, asked)

        async def select(_: int) -> None:
            await (await connection.execute("select 1", prepare=True)).fetchone()

        times: dict[str, list[float]] = {"select 1": [], "reverse": []}
        for n in range(len(points)):  # once before, so that what is read lies in memory
            await find(n)
        for n in range(len(points)):  # in turn, so that a busy moment does not fall on one alone
            times["select 1"].append(await time_one(select, n))
            times["reverse"].append(await time_one(find, n))
    return {name: make_percentiles(values) for name, values in times.items()}


async def time_one(ask: Callable[[int], Awaitable[None]], n: int) -> float:
    """Return the milliseconds of one question."""
    began = time.perf_counter()
    await ask(n)
    return (time.perf_counter() - began) * 1e3


def draw_points(index: SearchIndex) -> Iterator[tuple[float, float]]:
    """Draw points up to thirty metres from an address."""
    chance, columns = random.Random(SEED), index.addresses  # noqa: S311 - the same points always
    for a in chance.sample(range(len(columns.xs)), min(POINTS, len(columns.xs))):
        if columns.xs[a] != NO_POSITION:
            x, y = columns.xs[a] / 1e3, columns.ys[a] / 1e3
            yield x + chance.uniform(-30, 30), y + chance.uniform(-30, 30)


def measure_file(settings: Settings, index: SearchIndex, work: Path) -> list[Figure]:
    """Match a CSV of the natural mix into another by the command, its start included."""
    source, target = work / "addresses.csv", work / "matched.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["address"])
        for _, written, _ in write_mix(index, ROWS, SEED + 3):
            line = written.make_question()
            writer.writerow([line.text or ", ".join(text for text in make_body(line).values())])
    with step(f"Matching a file of {ROWS:,} rows"):
        command = [sys.executable, "-m", "deploy", "match", str(source), "-o", str(target)]
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=make_own_environment(settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        peak = watch_memory(process)
        seconds = time.monotonic() - began
    if process.returncode:
        raise RegistryError("The file was not matched.")
    return [
        Figure(
            name="match a file: rows",
            value=ROWS / seconds,
            unit="/s",
            goal=20_000,
            at_least=True,
            note=f"{ROWS:,} rows in {seconds:.1f} s",
        ),
        Figure(name="match a file: peak memory", value=peak, unit="MB", goal=1_500),
    ]
