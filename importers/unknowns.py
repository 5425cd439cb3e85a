"""What an import met that the format's description does not mention: never dropped silently."""

from collections import Counter
from dataclasses import dataclass, field

_MOST_KINDS = 1_000  # of a file whose every value is unknown, the first say enough
_OTHERS = "(others)"


@dataclass(slots=True)
class Unknowns:
    """Counts of unknown elements and values; the names are those of the file."""

    total: int = 0
    _met: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add_element(self, parent: str, name: str) -> None:
        """Count an element or column nobody expected below `parent`."""
        self._add("element", parent, name)

    def add_value(self, where: str, value: str) -> None:
        """Count a value outside an enumeration that the format keeps open."""
        self._add("value", where, value)

    def _add(self, kind: str, where: str, what: str) -> None:
        self.total += 1
        full = len(self._met) >= _MOST_KINDS and (kind, where, what) not in self._met
        self._met[(kind, where, _OTHERS) if full else (kind, where, what)] += 1

    def add_all(self, others: "Unknowns") -> None:
        """Count what others counted."""
        self.total += others.total
        for met, count in others._met.items():
            full = len(self._met) >= _MOST_KINDS and met not in self._met
            self._met[(*met[:2], _OTHERS) if full else met] += count

    def count_element_names(self) -> int:
        """Return how many names of elements nobody expected."""
        return sum(kind == "element" for kind, _, _ in self._met)

    def take(self) -> "Unknowns":
        """Return what was counted and count from nothing again."""
        taken = Unknowns(self.total, self._met.copy())
        self.total = 0
        self._met.clear()
        return taken

    def to_json(self) -> list[dict[str, str | int]]:
        """Return one entry per unknown thing, most frequent first."""
        return [
            {"kind": kind, "where": where, "what": what, "count": count}
            for (kind, where, what), count in sorted(
                self._met.items(), key=lambda met: (-met[1], met[0])
            )
        ]
