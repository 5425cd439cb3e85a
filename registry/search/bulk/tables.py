"""What the pipeline needs of a table, whatever it is written in."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from registry.search.bulk.columns import Key

_MOST_KEPT = 50_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of which it cannot be told what it asks, and why."""

    why: str


class Added(NamedTuple):
    """A value for each of columns.ADDED; None: there is none."""

    id: str | None
    verdict: str
    category: str
    match_level: str | None
    score: float
    address: str | None
    lat: float | None
    lon: float | None
    reason: str | None


Asked = Key | Unreadable
Ask = Callable[[Sequence[Asked]], list[Added]]
"""Answers questions, of which no two are equal."""


@dataclass(slots=True, kw_only=True)
class Answers(Generic[T]):
    """Answers rows of one process; `write` makes of an answer what the table takes.

    Equal questions are answered once, as long as there is room to remember them.
    """

    ask: Ask
    write: Callable[[Added], T]
    _kept: dict[Asked, tuple[T, str]] = field(default_factory=dict)

    def answer(self, keys: Sequence[Asked], counts: Counter[str]) -> list[T]:
        """Return what is added to each row, and count rows by verdict."""
        kept = self._kept
        new = [key for key in dict.fromkeys(keys) if key not in kept]
        if len(kept) + len(new) > _MOST_KEPT:
            kept.clear()
            new = [*dict.fromkeys(keys)]
        for key, added in zip(new, self.ask(new), strict=True):
            kept[key] = self.write(added), added.verdict
        found = [kept[key] for key in keys]
        counts.update([verdict for _, verdict in found])
        counts["unreadable"] += sum(isinstance(key, Unreadable) for key in keys)
        return [text for text, _ in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A piece of a table with its answers: `content` is what the table's `write` takes."""

    content: Any
    rows: int
    counts: Counter[str] = field(default_factory=Counter)
    """Rows per verdict; `neutralised` counts cells, `unreadable` rows."""


class Matcher(Protocol):
    """Matches pieces of one table, in a process of its own."""

    def __call__(self, piece: Any) -> Matched:
        """Return the piece with its answers."""


class MatcherForm(Protocol):
    """What makes a matcher; it travels to other processes."""

    def make(self, ask: Ask) -> Matcher:
        """Return the matcher of one process."""


class Table(Protocol):
    """A table that was opened and understood.

    `kind` is csv, ndjson or xlsx. `rows` are those it seems to have: a cell with line breaks counts
    for more, and of a workbook they are not known beforehand (0).
    """

    kind: ClassVar[str]

    @property
    def rows(self) -> int:
        """How many there are, about."""

    @property
    def asked(self) -> str:
        """Which columns are read as what."""

    @property
    def matcher(self) -> MatcherForm:
        """What makes matchers of its pieces."""

    def cut(self) -> Iterator[Any]:
        """Yield its pieces, which travel to other processes; InputRefused where it cannot go on."""

    def write(self, target: Path, answered: Iterable[Matched]) -> None:
        """Write the pieces, in their order."""
