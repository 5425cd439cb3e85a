"""Garbage, from a fixed seed: whether any question makes matching slow or makes it fall over."""

from __future__ import annotations

import random
import string
import time
from statistics import median
from typing import TYPE_CHECKING

from deploy.bench.match import make_percentiles
from deploy.bench.report import Figure
from deploy.bench.spoiling import write_clean
from deploy.bench.spoiling_targets import draw_targets
from deploy.progress import step
from registry.search.answers import LONGEST_TEXT, Question
from registry.search.matching import match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.bench.report import Report
    from registry.search.index import SearchIndex

ROWS = 10_000
_SEED = 6
_SLOW, _AGAIN = 5, 5
_ALPHABETS = (
    string.printable,
    string.digits + " /-",
    "' \";--()%_*|&!:\\",
    ".*+?^$()[]{}|\\",
    "e\u0301\u0308\u0327a\u0300",
    "אבגדה\u202e\u200f ابتثج",
    "😀🏠👩\u200d👧\U0001f1e7\U0001f1ea ",
    "\x00\x01\x1b\t\r\n\u2028\ufeff x",
    "rue de la ",
    "straat 1",
)
_PHRASES = (
    "rue de la ",
    "st ",
    "1/2/3 bus ",
    "1000 Brussel ",
    "((((",
    "''''",
    "a ",
    "; drop table ",
)


def make_garbage(index: SearchIndex, rows: int) -> Iterator[Question]:
    """Return questions that nobody means: noise, one phrase over and over, words of addresses."""
    chance = random.Random(_SEED)  # noqa: S311 - the same garbage every time
    targets = draw_targets(index, chance)
    for _ in range(rows):
        length = chance.choice((0, 1, 2, 5, 20, 60, 150, LONGEST_TEXT))
        match chance.randrange(4):
            case 0:
                text = "".join(chance.choices(chance.choice(_ALPHABETS), k=length))
            case 1:
                text = (chance.choice(_PHRASES) * LONGEST_TEXT)[:length]
            case 2:
                words = " ".join(write_clean(next(targets), chance).street for _ in range(30))
                shuffled = words.split()
                chance.shuffle(shuffled)
                text = " ".join(shuffled)[:length]
            case _:
                letters = list(str(write_clean(next(targets), chance).make_question().text))
                chance.shuffle(letters)
                text = "".join(letters)[:LONGEST_TEXT]
        if chance.random() < 0.2:
            yield Question(street_name=text, house_number=text[:20], municipality=text[-40:])
        else:
            yield Question(text=text)


def time_match(question: Question, index: SearchIndex) -> float:
    """Return how many microseconds one question takes."""
    began = time.perf_counter_ns()
    match(question, index)
    return (time.perf_counter_ns() - began) / 1_000


def measure_fuzz(index: SearchIndex, report: Report, rows: int = ROWS) -> None:
    """Match garbage; what is slow again, and its shortest time counts.

    So neither a busy moment of the machine nor the first look at a municipality is the worst.
    """
    with step(f"Matching {rows:,} rows of garbage"):
        timed = [(time_match(question, index), question) for question in make_garbage(index, rows)]
    usual = median(took for took, _ in timed)
    times = [
        took
        if took < _SLOW * usual
        else min(took, *(time_match(question, index) for _ in range(_AGAIN)))
        for took, question in timed
    ]
    table = make_percentiles(times)
    report.tables.setdefault("match, us", {})["garbage"] = table
    report.figures.append(
        Figure(
            name="match: garbage, worst / median",
            value=table["max"] / table["p50"],
            unit="x",
            goal=10,
            note=f"{table['max']:,.0f} us against {table['p50']:,.0f} us",
        )
    )
