"""How many keys it takes until a street is among the first five, and how long a key takes.

Streets are drawn as often as they have addresses, and typed letter by letter in three habits.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING

from deploy.bench.match import make_percentiles
from deploy.bench.report import Figure, make_ratio
from deploy.bench.spoiling import lose_accents
from deploy.bench.spoiling_targets import draw_targets
from deploy.progress import step
from registry.search.suggestion_answers import Kind
from registry.search.suggestions import suggest
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.bench.report import Report
    from deploy.bench.spoiling_targets import Target
    from registry.search.index import SearchIndex
    from registry.search.suggestion_answers import Suggestion
    from registry.settings import Settings

TARGETS = 5_000
_SEED, _FIRST = 7, 5
_HABITS = {
    "street, municipality": (0.6, "{street} {place}"),
    "postal code, street": (0.2, "{code} {street}"),
    "street, number, municipality": (0.2, "{street} {number} {place}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A line that was typed: after how many keys the street was among the first five for good.

    `keys` is one more than the line has when it never was; `lost` counts the keys after which it
    was there no more, `last` whether the whole line ends with it.
    """

    habit: str
    line: str
    keys: int
    lost: int
    is_found: bool
    times: tuple[float, ...]


def measure_suggest(settings: Settings, index: SearchIndex, report: Report) -> None:
    """Type every target; judge keys against goals, and time against `select 1` of this run."""
    with (
        connect(settings, Role.READER, autocommit=True) as connection,
        step(f"Typing {TARGETS:,} streets letter by letter"),
    ):
        typed, selects = [], []
        for one in type_targets(index, TARGETS):
            began = time.perf_counter()
            connection.execute("select 1", prepare=True).fetchone()
            selects.append((time.perf_counter() - began) * 1e3)  # in turn: it is as busy then
            typed.append(one)
    report.tables["suggest, keys until among the first five"] = {
        habit: tabulate([one for one in typed if one.habit == habit]) for habit in _HABITS
    } | {"all": tabulate(typed)}
    times = make_percentiles([took for one in typed for took in one.times])
    report.tables["suggest, us"] = {"a key": times}
    keys = [one.keys for one in typed]
    lost = [one for one in typed if one.lost or not one.is_found]
    example = lost[0].line if lost else ""
    report.figures += [
        Figure(name="suggest: keys, median", value=median(keys), unit="keys", goal=7),
        Figure(name="suggest: keys, p90", value=quantiles(keys, n=10)[8], unit="keys", goal=12),
        Figure(
            name="suggest: lost by typing on",
            value=len(lost),
            unit="of all",
            goal=0,
            note=example and f"such as {example}",
        ),
        make_ratio(
            "suggest: p99 / select 1",
            times["p99"] / 1e3,
            quantiles(selects, n=100)[98],
            "ms",
            goal=5,
        ),
    ]


def tabulate(typed: list[Typed]) -> dict[str, float]:
    """Return how many keys lines took."""
    keys = [one.keys for one in typed]
    return {
        "lines": len(typed),
        "median": median(keys),
        "p90": quantiles(keys, n=10)[8],
        "most": max(keys),
        "lost": sum(one.lost > 0 for one in typed),
        "never there": sum(not one.is_found for one in typed),
    }


def type_targets(index: SearchIndex, total: int) -> Iterator[Typed]:
    """Type each target in one habit, in lower case, half of them without accents."""
    chance = random.Random(_SEED)  # noqa: S311 - the same lines every time, no secret
    habits, weights = list(_HABITS), [share for share, _ in _HABITS.values()]
    targets = draw_targets(index, chance)
    for _ in range(total):
        target = next(targets)
        language = target.choose_language(chance)
        habit = chance.choices(habits, weights)[0]
        line = _HABITS[habit][1].format(
            street=target.street_names[language],
            place=target.name_place(language),
            code=target.postal_code,
            number=target.house_label,
        )
        line = line.lower().strip()
        yield type_line(index, target, habit, line if chance.random() < 0.5 else lose_accents(line))


def type_line(index: SearchIndex, target: Target, habit: str, line: str) -> Typed:
    """Type a line, a key at a time."""
    first, lost, was_there, times = len(line) + 1, Counter[str](), False, []
    for end in range(1, len(line) + 1):
        began = time.perf_counter_ns()
        answer = suggest(line[:end], index, limit=_FIRST)
        times.append((time.perf_counter_ns() - began) / 1_000)
        is_there = any(is_street(index, one, target.street) for one in answer.suggestions)
        if is_there:
            first = min(first, end)
        elif was_there:
            lost[line[:end]] += 1
        was_there = is_there
    return Typed(
        habit=habit,
        line=line,
        keys=first,
        lost=lost.total(),
        is_found=was_there,
        times=tuple(times),
    )


def is_street(index: SearchIndex, suggestion: Suggestion, street: int) -> bool:
    """Whether a suggestion is the street, or an address in it once a number is typed."""
    if suggestion.kind is Kind.ADDRESS:
        return index.addresses.streets[suggestion.number] == street
    return suggestion.kind is Kind.STREET_NAME and suggestion.number == street
