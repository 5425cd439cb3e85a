"""The bench's own arithmetic, its reading of other programs' output, and one small run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.bench import draws, load, statement
from deploy.bench.imports import ImportRun, watch_memory
from deploy.bench.report import Figure, Report, make_ratio
from deploy.bench.serving import Subject, judge
from deploy.bench.update import compare_readers
from importers.sample.write import write_sample
from registry.normalization.text import fold
from tests.deploy.conftest import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG = """\
2026-11-22 10:22:39.583 UTC [61] best_reader@best best api LOG:  execute _pg3_1: select seq
\tfrom best.release
2026-11-22 10:22:39.584 UTC [61] best_reader@best best api LOG:  execute _pg3_0: select $2
\tfrom unnest($1::text[], $2::text[])
\twhere seq <= $3 and name = $4 and $5 is null and $1 = $6
2026-11-22 10:22:39.584 UTC [61] best_reader@best best api DETAIL:  parameters: $1 = '{vlg}', \
$2 = '{1412477}', $3 = '70406', $4 = 'l''eau', $5 = NULL, $6 = 'vlg'
2026-11-22 10:22:40.001 UTC [61] best_reader@best best api LOG:  statement: select 1
"""
CAUGHT = draws.DrawnAddress(
    region="vlg", object_id="1412477", street_name_id="1", longitude=4.6, latitude=51.0
)


needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="apt-get install wrk")


def make_load(rate: float = 100.0, **other: float) -> load.Load:
    values = {"p50": 1.0, "p99": 2.0, "longest": 3.0, "failures": 0} | other
    return load.Load(rate=rate, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "at_least", "verdict"),
    [(3.9, False, "met"), (4.1, False, "missed"), (4.1, True, "met"), (3.9, True, "missed")],
)
def test_a_goal_is_met_or_missed(value: float, at_least: bool, verdict: str) -> None:
    figure = make_ratio("import / floor", value * 2, 2, "s", goal=4, at_least=at_least)
    assert figure.value == pytest.approx(value)
    assert figure.verdict == verdict


def test_what_was_not_measured_is_said_and_never_met() -> None:
    report = Report(settings={"cores": "2"})
    report.figures.append(Figure(name="x", value=None, unit="ms", goal=30, note="no wrk"))
    (figure,) = json.loads(json.dumps(report.to_json()))["figures"]
    assert (figure["value"], figure["verdict"], figure["note"]) == (None, "not measured", "no wrk")
    assert re.search(r"^x +- +<= 30 +not measured +no wrk$", report.describe(), re.MULTILINE)


def test_steps_are_summed_over_kinds_and_regions() -> None:
    boundaries = {"bru/staged/addresses": 2.0, "bru/staged/streetNames": 1.0, "vlg/staged/x": 4.0}
    run = ImportRun(began=10.0, ended=18.0, addresses=1, boundaries=boundaries, peak_megabytes=1.0)
    table = run.tabulate()
    assert table["staged"] == {"all": 7.0, "bru": 3.0, "vlg": 4.0}
    assert table["outside the steps"] == {"all": 1.0}


def test_memory_of_child_processes_counts() -> None:
    eat = "import time; eaten = b'x' * 80_000_000; time.sleep(0.6)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {eat!r}])"
    assert watch_memory(subprocess.Popen([sys.executable, "-c", parent])) > 80


def test_output_of_wrk_and_pgbench_is_read() -> None:
    wrk = 'Requests/sec: 1.0\nRESULT {"rate": 2, "p50": 3, "p99": 4, "longest": 5, "failures": 6}\n'
    assert load.read_result(wrk) == load.Load(rate=2, p50=3, p99=4, longest=5, failures=6)
    assert load.read_rate("latency = 1 ms\ntps = 8336.06 (without initial connection time)") > 8336


def test_the_median_of_rounds_counts_but_the_longest_wait_stays() -> None:
    rounds = [make_load(1.0, longest=9.0, failures=1), make_load(5.0), make_load(3.0)]
    assert load.combine(rounds) == make_load(3.0, longest=9.0, failures=1)


def test_a_subject_that_failed_or_is_missing_gives_no_figure() -> None:
    api = (Subject.BY_ID, Subject.STREET, Subject.BOX, Subject.NEAREST)
    names = (Subject.PREFIX, Subject.PREFIX_ALONE)
    loads = {subject: make_load() for subject in (*api, *names, Subject.HELLO)}
    loads[Subject.UNCHANGED] = make_load(failures=7)
    missing = {Subject.TIPG: "no network"}
    missing |= dict.fromkeys((Subject.SUBSTRING, Subject.SUBSTRING_ALONE), "not yet")
    figures = {figure.name: figure for figure in judge(loads, 400.0, missing)}
    assert figures["by id / pgbench, same statement"].value == 0.25
    assert figures["by id / tipg"].note == "no network"
    assert figures["304 / bare ASGI hello"].note == "7 answers failed"
    assert figures["bbox: p99 / p50"].value == 2.0
    unmeasured = {name for name, figure in figures.items() if figure.value is None}
    assert len(unmeasured) == 4
    assert len(figures) == 3 + 4 + 1 + 4


def test_the_statement_is_read_from_the_log_with_its_parameters() -> None:
    (found,) = statement.read_statements(LOG)
    assert found.text.startswith("select $2\nfrom unnest(")
    assert found.parameters == {
        1: "{vlg}",
        2: "{1412477}",
        3: "70406",
        4: "l'eau",
        5: None,
        6: "vlg",
    }


def test_pgbench_runs_the_statement_with_drawn_ids(tmp_path: Path) -> None:
    (found,) = statement.read_statements(LOG)
    scripts, values = statement.write_scripts(tmp_path, found, CAUGHT, [CAUGHT])
    ((script, weight),) = scripts.items()
    assert weight == 1
    assert script.read_text().splitlines()[:3] == [
        "\\set n random(0, 0)",
        "\\set id 1412477",
        "select array[:id]::text[]",
    ]
    assert "seq <= :p3 and name = :p4 and null is null" in script.read_text()
    assert script.read_text().endswith("= :vlg;\n")
    assert (values["vlg"], values["p3"], values["p4"]) == ("vlg", "70406", "l'eau")


@pytest.mark.parametrize("count", [1, 2, 3, 10, 17])
def test_a_choice_finds_every_number(count: int) -> None:
    numbers = [100 + n for n in range(count)]
    expression = statement.make_choice(numbers)
    for sql, python in (("case when", "("), ("then", "and"), ("else", "or"), ("end", ")")):
        expression = expression.replace(sql, python)
    found = [eval(expression.replace(":n", str(n))) for n in range(count)]  # noqa: S307
    assert found == numbers


def test_names_are_asked_for_by_parts_that_are_theirs() -> None:
    names = ["Avenue de la Métrologie", "Brusselsesteenweg", "Œuvre", "Rue de l'Église"] * 20
    paths = (draws.make_prefix_paths(names), draws.make_substring_paths(names))
    for name, prefix, substring in zip(names, *paths, strict=True):
        start, part = (parse_qs(urlsplit(path).query)["name"][0] for path in (prefix, substring))
        assert start.endswith("*")
        assert fold(name).startswith(fold(start))
        assert part[0] == part[-1] == "*"
        assert fold(part) in fold(name)


class Stalling(BaseHTTPRequestHandler):
    """Answers at once, but stands still for everyone for half a second after `/stall`."""

    protocol_version = "HTTP/1.1"
    still_until = 0.0

    def do_GET(self) -> None:
        if self.path == "/stall":
            Stalling.still_until = time.monotonic() + 0.5
        time.sleep(max(0.0, Stalling.still_until - time.monotonic()))
        self.send_response(404 if self.path == "/wrong" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def stalling() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stalling) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@needs_wrk
def test_a_pause_that_readers_wait_for_shows_in_their_p99(stalling: int, tmp_path: Path) -> None:
    lines = draws.write_lines(tmp_path / "paths", ["/"] * 40 + ["/stall"] + ["/"] * 10_000)
    with load.asking(stalling, lines, clients=4, rest=40) as loads:
        time.sleep(2.5)
    (seen,) = loads
    assert 40 < seen.rate < 100
    assert seen.longest >= 450
    # Four waited, but forty more would have: the pause is a fifth of the time.
    assert seen.p99 > 300
    assert seen.failures == 0


@needs_wrk
def test_answers_that_fail_are_counted(stalling: int, tmp_path: Path) -> None:
    lines = draws.write_lines(tmp_path / "paths", ["/", "/wrong"])
    assert load.ask(stalling, lines, seconds=1, clients=2).failures > 0


def test_readers_are_not_judged_by_a_handful_of_answers() -> None:
    before = make_load(99.0)
    assert compare_readers(before, make_load(99.0), 2.0).verdict == "not measured"
    assert compare_readers(before, make_load(99.0, failures=1), 9.0).verdict == "not measured"
    assert compare_readers(before, make_load(99.0, p99=3.0), 9.0).value == 1.5


def test_the_sample_is_measured_against_its_floor(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample.zip")
    command = [sys.executable, "-m", "deploy", "bench", "--only", "import", "--json"]
    done = subprocess.run(
        [*command, "--dump", tmp_path / "sample.zip"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["settings"]["PostgreSQL synchronous_commit"] == "on"
    assert int(report["settings"]["addresses"].replace(",", "")) > 1000
    figures = {figure["name"]: figure["value"] for figure in report["figures"]}
    assert figures["import / floor"] > 1
    assert 10 < figures["import: peak memory"] < 400
    assert set(report["tables"]["floor, seconds"]["all regions"]) == {
        "copy",
        "insert",
        "index",
        "analyze",
    }
    assert report["tables"]["import, seconds"]["staged"]["all"] > 0


@pytest.mark.parametrize("wrong", [("--share", "2"), ("--share", "x"), ("--only", "lunch")])
def test_wrong_usage_of_bench_exits_2(wrong: tuple[str, str]) -> None:
    command = [sys.executable, "-m", "deploy", "bench", *wrong]
    assert subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=False).returncode == 2
