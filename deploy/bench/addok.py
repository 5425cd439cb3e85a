"""addok beside our matching: the same questions, of street and number, in the order it wants.

addok is the geocoder of the French national address base: Python on redis, one core per process.
It gets what is kind to it: names in every language, places by all their names, no boxes, the
number first. It is installed below `home`; redis-server is Debian's, on a socket of its own.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Any

from deploy.bench.match import SURE
from deploy.bench.report import Figure, make_ratio
from deploy.bench.servers import install_rival
from deploy.bench.spoiling import ORDERS, Layout
from deploy.bench.spoiling_kinds import spoil_naturally
from deploy.bench.spoiling_targets import draw_targets
from deploy.migrations import CHECKOUT
from deploy.progress import step
from registry.domain.errors import EnvironmentProblem
from registry.normalization.house_number import parse_house_number
from registry.search.answers import Question
from registry.search.index import Standing
from registry.search.matching import match

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from deploy.bench.report import Report
    from deploy.bench.spoiling_rule import Rule
    from deploy.bench.spoiling_targets import Target
    from registry.search.index import SearchIndex

ROWS = 5_000
_SEED = 8
_LOCK = CHECKOUT / "deploy" / "requirements-addok.txt"
_PATIENCE_SECONDS = 30.0
_CONFIGURATION = """
QUERY_PROCESSORS_PYPATHS = [
    "addok.helpers.text.check_query_length", "addok_france.extract_address",
    "addok_france.clean_query", "addok_france.remove_leading_zeros",
]
PROCESSORS_PYPATHS = [
    "addok.helpers.text.tokenize", "addok.helpers.text.normalize", "addok_france.glue_ordinal",
    "addok_france.fold_ordinal", "addok_france.flag_housenumber",
    "addok.helpers.text.synonymize", "addok_fr.phonemicize",
]
"""
_ASK = """
import json, sys, time
from addok.config import config
config.load()
from addok.core import search
for line in sys.stdin:
    began = time.perf_counter()
    found = search(json.loads(line), limit=1)
    took = time.perf_counter() - began
    best = found[0] if found else None
    answer = [best._id, best.housenumber, took] if best else ["", None, took]
    print("answer", json.dumps(answer), flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of street and number that keeps enough to tell, and what it means."""

    text: str
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an engine made of a question; wrong is another address, not a street or nothing."""

    is_right: bool
    is_wrong: bool
    seconds: float


def measure_addok(home: Path, index: SearchIndex, rule: Rule, report: Report) -> None:
    """Load the index's addresses into addok, ask both the same, and report both."""
    asked = list(islice(write_questions(index, rule), ROWS))
    ours = [match_here(index, one) for one in asked]
    python = install_rival(home, "addok", _LOCK, wheels_only=False)
    with running_redis(home) as socket:
        configuration = home / "addok.py"
        configuration.write_text(_CONFIGURATION)
        environment = {"REDIS_SOCKET": str(socket), "ADDOK_CONFIG_MODULE": str(configuration)}
        environment |= {"ADDOK_LOG_DIR": str(home), "PATH": "/usr/bin:/bin"}
        load_addok(python, home, index, environment)
        theirs = list(ask_addok(python, asked, environment))
    tables = {"match": tabulate(ours), "addok": tabulate(theirs)}
    report.tables[f"{len(asked):,} questions of street and number"] = tables
    ours_rate, theirs_rate = (table["answers/s"] for table in tables.values())
    report.figures += [
        make_ratio("match / addok", ours_rate, theirs_rate, "/s", goal=1, at_least=True),
        Figure(name="addok: right", value=tables["addok"]["right %"], unit="%"),
        Figure(name="addok: wrong", value=tables["addok"]["wrong %"], unit="%"),
    ]


def write_questions(index: SearchIndex, rule: Rule) -> Iterator[Asked]:
    """Write the natural mix without boxes, the number first, as one text."""
    chance = random.Random(_SEED)  # noqa: S311 - the same questions every time
    for target in draw_targets(index, chance):
        written, _ = spoil_naturally(target, chance)
        plain = replace(written, box="", order=ORDERS[2], joint=" ", comma=" ", layout=Layout.TEXT)
        if rule.find_lost(plain, target) is None:
            yield Asked(text=plain.make_question().text, target=target)


def match_here(index: SearchIndex, asked: Asked) -> Outcome:
    """Ask our matching; the building is enough."""
    began = time.perf_counter()
    answer = match(Question(text=asked.text), index)
    seconds = time.perf_counter() - began
    a = answer.best.address if answer.best else -1
    columns, meant = index.addresses, (asked.target.street, asked.target.house)
    is_right = a >= 0 and (columns.streets[a], columns.houses[a]) == meant
    is_sure = answer.verdict in SURE
    return Outcome(
        is_right=is_sure and is_right, is_wrong=is_sure and not is_right, seconds=seconds
    )


@contextmanager
def running_redis(home: Path) -> Iterator[Path]:
    """Run Debian's redis-server without persistence, on a socket in `home`."""
    program = shutil.which("redis-server")
    if program is None:
        raise EnvironmentProblem("addok needs redis: apt-get install redis-server")
    socket = home / "redis.sock"
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", ""]
    command += ["--dir", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not socket.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise EnvironmentProblem("redis-server did not start.")
            time.sleep(0.05)
        yield socket
    finally:
        process.terminate()
        process.wait()


def load_addok(python: Path, home: Path, index: SearchIndex, environment: dict[str, str]) -> None:
    """Write a document per street and postal code, and have addok load them."""
    documents = home / "addok.ndjson"
    with documents.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(one)}\n" for one in make_documents(index))
    addok = python.with_name("addok")
    with step("Loading addok"):
        for command in (["batch", str(documents)], ["ngrams"]):
            done = subprocess.run(
                [addok, *command], env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise EnvironmentProblem(f"addok did not load: {done.stderr.strip()[-300:]}")


def make_documents(index: SearchIndex) -> Iterator[dict[str, Any]]:
    """Return the current streets as addok takes them, with their house numbers."""
    streets, columns = index.streets, index.addresses
    for s in range(len(streets.public_ids)):
        if streets.standings[s] != Standing.CURRENT:
            continue
        by_code: dict[int, dict[str, dict[str, float]]] = {}
        for a in range(*streets.first_addresses[s : s + 2]):
            if columns.standings[a] == Standing.CURRENT:
                label = index.numbers.house_labels[columns.house_labels[a]]
                by_code.setdefault(columns.postal_codes[a], {})[label] = {"lat": 50.8, "lon": 4.4}
        names = (streets.names_nl[s], streets.names_fr[s], streets.names_de[s])
        place = index.municipalities[streets.municipalities[s]]
        for code, houses in by_code.items():
            parts = index.postal_names.get(f"{code:04d}", {})
            yield {
                "_id": f"{s}-{code}",
                "type": "street",
                "name": list(dict.fromkeys(name for name in names if name)),
                "postcode": f"{code:04d}",
                "city": list(dict.fromkeys([*place.names.values(), *parts.values()])),
                "lat": 50.8,
                "lon": 4.4,
                "importance": 0.1,
                "housenumbers": houses,
            }


def ask_addok(python: Path, asked: list[Asked], environment: dict[str, str]) -> Iterator[Outcome]:
    """Ask addok in one process; loading it is not timed."""
    lines = "".join(f"{json.dumps(one.text)}\n" for one in asked)
    with step(f"Asking addok {len(asked):,} questions"):
        done = subprocess.run(
            [python, "-c", _ASK],
            input=lines, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    answers = [line[7:] for line in done.stdout.splitlines() if line.startswith("answer ")]
    if len(answers) != len(asked):
        raise EnvironmentProblem(f"addok did not answer: {done.stderr.strip()[-300:]}")
    for one, line in zip(asked, answers, strict=True):
        name, number, seconds = json.loads(line)
        is_right = name.partition("-")[0] == str(one.target.street) and is_same_number(
            number or "", one.target
        )
        yield Outcome(is_right=is_right, is_wrong=bool(number) and not is_right, seconds=seconds)


def is_same_number(number: str, target: Target) -> bool:
    """Whether a house number is the target's by the rule of its region: 07 is 7."""
    keys = [parse_house_number(one, target.region).key for one in (number, target.house_label)]
    return keys[0] == keys[1]


def tabulate(outcomes: list[Outcome]) -> dict[str, float]:
    """Return what came of the questions of one engine."""
    total = len(outcomes) or 1
    return {
        "right %": 100 * sum(one.is_right for one in outcomes) / total,
        "wrong %": 100 * sum(one.is_wrong for one in outcomes) / total,
        "answers/s": total / sum(one.seconds for one in outcomes),
        "p50, ms": 1e3 * median(one.seconds for one in outcomes),
    }
