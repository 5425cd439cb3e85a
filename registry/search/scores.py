"""How probable it is that an answer is what was meant: a table by what the answer shows.

`./best bench match --fit` writes scores.toml from the bench: in each bin the share that was right.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from registry.search.answers import Component, ComponentStatus, MatchLevel, Verdict

_TABLE = Path(__file__).with_name("scores.toml")
_CHANGED = frozenset(
    (ComponentStatus.CORRECTED, ComponentStatus.REPLACED, ComponentStatus.UNCONFIRMED)
)
_MOST_COUNTED = 4


@cache
def _read_table() -> dict[str, float]:
    table: dict[str, float] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["bins"]
    return table


def make_bin(
    verdict: Verdict,
    level: MatchLevel | None,
    components: Iterable[Component],
    candidates: int,
    left: int,
) -> str:
    """Return the bin of an answer: `corrected building streetName postCode`, `ambiguous 2`."""
    if verdict is Verdict.AMBIGUOUS:
        return f"{verdict} {min(candidates, _MOST_COUNTED)}"
    changed = [component.kind for component in components if component.status in _CHANGED]
    words = [verdict, *((level,) if level else ()), *changed, *(("left",) if left else ())]
    return " ".join(words)


def find_score(name: str) -> float:
    """Return the score of a bin; one that the bench never met has its verdict's."""
    table = _read_table()
    while name not in table:
        name = name.rpartition(" ")[0]
        if not name:
            return 0.0
    return table[name]
