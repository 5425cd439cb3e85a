"""How well and how fast matching answers addresses that are spoiled by switches, from fixed seeds.

docs/benchmarks.md says how rows are written, which keep enough to tell, and what counts as right.
"""

from __future__ import annotations

import gc
import json
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from deploy.bench.match_scores import BINS, find_calibration_error, fit, write_scores
from deploy.bench.report import Figure
from deploy.bench.spoiling import write_clean
from deploy.bench.spoiling_kinds import Kind, spoil_every_kind, spoil_naturally
from deploy.bench.spoiling_targets import draw_targets
from deploy.progress import step
from registry.search.answers import MatchLevel, Verdict
from registry.search.matching import match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from deploy.bench.report import Report
    from deploy.bench.spoiling import Written
    from deploy.bench.spoiling_rule import Lost, Rule
    from deploy.bench.spoiling_targets import Target
    from registry.search.answers import Answer, Question
    from registry.search.index import SearchIndex

SEED, FITTING_SEED = 1830, 2126
SURE = (Verdict.EXACT, Verdict.CORRECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A question, what was meant, what was answered and in how many nanoseconds."""

    question: Question
    target: Target
    kinds: tuple[str, ...]
    lost: Lost | None
    answer: Answer
    nanoseconds: int
    is_best: bool
    """The best candidate is the target."""
    is_among: bool
    """One of the candidates is."""
    is_true: bool
    """The best candidate is the target or what it is in: what the score is the probability of."""

    @property
    def is_sure(self) -> bool:
        """The answer says that it is one address."""
        return self.answer.verdict in SURE

    @property
    def outcome(self) -> str:
        """Right is sure and the target, building is its house where a box was asked.

        Among is ambiguous with the target in it.
        """
        if self.is_sure:
            is_house = self.is_true and self.answer.match_level is MatchLevel.BUILDING
            return "right" if self.is_best else "building" if is_house else "wrong"
        if self.answer.verdict is Verdict.AMBIGUOUS:
            return "among" if self.is_among else "ambiguous"
        return "none"


def ask(
    index: SearchIndex, rule: Rule, rows: Iterable[tuple[Target, Written, tuple[str, ...]]]
) -> Iterator[Row]:
    """Match each row, and look at whether it kept enough to tell.

    The collector is off: what the bench keeps of earlier rows is not the matcher's to walk through.
    """
    gc.disable()
    for target, written, kinds in rows:
        question = written.make_question()
        began = time.perf_counter_ns()
        answer = match(question, index)
        took = time.perf_counter_ns() - began
        hits = [target.is_hit(index, candidate.address) for candidate in answer.candidates]
        yield Row(
            question=question,
            target=target,
            kinds=kinds,
            lost=rule.find_lost(written, target),
            answer=answer,
            nanoseconds=took,
            is_best=hits[:1] == [True],
            is_among=any(hits),
            is_true=answer.best is not None and target.is_in(index, answer.best),
        )
    gc.enable()


def write_mix(
    index: SearchIndex, rows: int, seed: int
) -> Iterator[tuple[Target, Written, tuple[str, ...]]]:
    """Write the natural mix."""
    chance = random.Random(seed)  # noqa: S311 - the same rows every time, no secret
    for target in islice(draw_targets(index, chance), rows):
        written, kinds = spoil_naturally(target, chance)
        yield target, written, kinds


def write_without_noise(
    index: SearchIndex, rows: int, seed: int
) -> Iterator[tuple[Target, Written, tuple[str, ...]]]:
    """Write addresses without a fault."""
    chance = random.Random(seed)  # noqa: S311
    for target in islice(draw_targets(index, chance), rows):
        yield target, write_clean(target, chance), ()


def write_kinds(
    index: SearchIndex, rows: int, seed: int
) -> Iterator[tuple[Target, Written, tuple[str, ...]]]:
    """Write `rows` addresses of each kind alone."""
    chance = random.Random(seed)  # noqa: S311
    for kind, target, written in spoil_every_kind(draw_targets(index, chance), rows, chance):
        yield target, written, (kind,)


@dataclass(slots=True, kw_only=True)
class Tally:
    """Rows of one sort: what came of those that keep enough, and of those that do not."""

    told: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        """Count a row."""
        (self.told if row.lost is None else self.lost)[row.outcome] += 1
        if row.lost is not None:
            self.reasons[row.lost] += 1

    def share(self, outcome: str) -> float:
        """Return the share of an outcome among rows that keep enough, in percent."""
        return 100 * self.told[outcome] / (self.told.total() or 1)

    def tabulate(self) -> dict[str, float]:
        """Return the counts as a row of a table, shares in percent."""
        return {
            "rows": self.told.total(),
            **{f"{name} %": self.share(name) for name in OUTCOMES},
            "lost": self.lost.total(),
            "lost: right": self.lost["right"],
            "lost: wrong": self.lost["wrong"],
        }


OUTCOMES = ("right", "wrong", "building", "among", "ambiguous", "none")


def fit_scores(index: SearchIndex, rule: Rule, rows: int) -> None:
    """Fit the table of scores to a natural mix that the bench does not ask."""
    with step(f"Fitting scores to {rows:,} rows"):
        asked = ask(index, rule, write_mix(index, rows, FITTING_SEED))
        write_scores(fit((row.answer, row.is_true) for row in asked), rows)


def measure_match(
    index: SearchIndex, rule: Rule, rows: int, report: Report, misses: Path | None
) -> None:
    """Ask the natural mix, clean addresses, each kind alone, and garbage; report against goals."""
    with step(f"Matching {rows:,} rows of the natural mix"):
        mixed = list(ask(index, rule, write_mix(index, rows, SEED)))
    with step(f"Matching {rows:,} rows without noise"):
        clean = list(ask(index, rule, write_without_noise(index, rows, SEED + 1)))
    with step(f"Matching {rows // 10:,} rows of each kind alone"):
        alone = list(ask(index, rule, write_kinds(index, max(1, rows // 10), SEED + 2)))
    tallies = {"natural mix": make_tally(mixed), "without noise": make_tally(clean)}
    for kind in Kind:
        tallies[kind] = make_tally(row for row in alone if row.kinds == (kind,))
    report.tables["match"] = {name: tally.tabulate() for name, tally in tallies.items()}
    report.tables["match, us"] = {
        "natural mix": tabulate_times(mixed),
        "without noise": tabulate_times(clean),
        **{kind: tabulate_times([r for r in alone if r.kinds == (kind,)]) for kind in Kind},
    }
    report.figures += judge(tallies, mixed)
    if misses is not None:
        write_misses(misses, index, [*mixed, *clean, *alone])


def make_tally(rows: Iterable[Row]) -> Tally:
    """Count rows."""
    tally = Tally()
    for row in rows:
        tally.add(row)
    return tally


def judge(tallies: dict[str, Tally], mixed: list[Row]) -> Iterator[Figure]:
    """Return the targets of matching."""
    mix, clean = tallies["natural mix"], tallies["without noise"]
    why = ", ".join(f"{reason}: {count}" for reason, count in mix.reasons.most_common())
    yield Figure(
        name="match: right", value=mix.share("right"), unit="%", goal=98.5, at_least=True,
        note=f"{mix.told.total():,} rows that keep enough; left out: {why or 'none'}",
    )  # fmt: skip
    yield Figure(name="match: wrong while sure", value=mix.share("wrong"), unit="%", goal=0.2)
    yield Figure(name="match: wrong without noise", value=clean.share("wrong"), unit="%", goal=0.05)
    for kind in Kind:
        value = tallies[kind].share("right") if tallies[kind].told else None
        yield Figure(
            name=f"match: {kind}: right", value=value, unit="%", goal=95, at_least=True,
            note=f"wrong {tallies[kind].share('wrong'):.2f} %",
        )  # fmt: skip
    error = 100 * find_calibration_error([(row.answer.score, row.is_true) for row in mixed])
    yield Figure(
        name="match: expected calibration error", value=error, unit="%", goal=1,
        note=f"{BINS} bins, all rows of the mix",
    )  # fmt: skip


def tabulate_times(rows: list[Row]) -> dict[str, float]:
    """Return what a row took, in microseconds."""
    return make_percentiles([row.nanoseconds / 1_000 for row in rows])


def make_percentiles(values: list[float]) -> dict[str, float]:
    """Return median, p99, longest and mean."""
    if not values:
        return {}
    ordered = sorted(values)
    return {
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[len(ordered) * 99 // 100],
        "max": ordered[-1],
        "mean": sum(ordered) / len(ordered),
    }


def write_misses(path: Path, index: SearchIndex, rows: Iterable[Row]) -> None:
    """Write what went wrong, a JSON object per line: rows that keep enough and are not right."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            wrong_anyway = row.lost is not None and row.outcome == "wrong"
            if wrong_anyway or (row.lost is None and row.outcome != "right"):
                file.write(json.dumps(describe_miss(index, row), ensure_ascii=False) + "\n")


def describe_miss(index: SearchIndex, row: Row) -> dict[str, object]:
    """Return a row as somebody who mends the matcher wants to see it."""
    asked = {name: value for name, value in asdict(row.question).items() if value}
    meant = row.target
    best = row.answer.best
    return {
        "outcome": row.outcome,
        "kinds": row.kinds,
        "lost": row.lost,
        "question": asked,
        "meant": [
            *meant.street_names.values(), meant.house_label, meant.box_label,
            meant.postal_code, *meant.place_names.values(),
        ],
        "verdict": row.answer.verdict,
        "score": row.answer.score,
        "level": row.answer.match_level,
        "reasons": row.answer.reasons,
        "got": describe_candidate(index, best.street, best.address) if best else [],
        "candidates": row.answer.candidates_total,
        "is_among": row.is_among,
        "microseconds": row.nanoseconds // 1_000,
    }  # fmt: skip


def describe_candidate(index: SearchIndex, s: int, a: int) -> list[str]:
    """Return the street, number, box, postal code and municipality of a candidate."""
    if s < 0:
        return []
    streets, columns = index.streets, index.addresses
    names = (streets.names_nl[s], streets.names_fr[s], streets.names_de[s])
    place = index.municipalities[streets.municipalities[s]]
    found = [name for name in names if name]
    if a >= 0:
        found += [
            index.numbers.house_labels[columns.house_labels[a]],
            index.numbers.box_labels[columns.box_labels[a]] if columns.boxes[a] else "",
            str(columns.postal_codes[a]),
        ]
    return [*found, *place.names.values()]
