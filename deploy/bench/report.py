"""What one run found: every target as a figure with its goal, and what it was found with."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from deploy.cluster_settings import read_memory_bytes
from deploy.migrations import CHECKOUT
from registry.store.connections import Role, connect

if TYPE_CHECKING:
    from registry.settings import Settings

Table = dict[str, dict[str, float]]
"""Values by row and column; a row may lack some."""

_POSTGRESQL = (
    "server_version",
    "synchronous_commit",
    "fsync",
    "full_page_writes",
    "wal_compression",
    "max_wal_size",
    "shared_buffers",
    "maintenance_work_mem",
    "work_mem",
    "random_page_cost",
    "jit",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One target; `value` None was not measured, and `note` says why.

    `goal` None has nothing to meet. `unit` "x" is a ratio, whose two sides are in `note`.
    """

    name: str
    value: float | None
    unit: str
    goal: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the goal was met, in words."""
        if self.value is None:
            return "not measured"
        if self.goal is None:
            return ""
        is_met = self.value >= self.goal if self.at_least else self.value <= self.goal
        return "met" if is_met else "missed"

    def describe(self) -> str:
        """Return the figure as a line of text."""
        value = "-" if self.value is None else f"{self.value:,.2f} {self.unit}"
        sign = ">=" if self.at_least else "<="
        goal = "" if self.goal is None else f"{sign} {self.goal:,g}"
        return f"{self.name:<46} {value:>16} {goal:>9}  {self.verdict:<12}  {self.note}".rstrip()


def make_ratio(
    name: str, value: float, base: float, unit: str, *, goal: float, at_least: bool = False
) -> Figure:
    """Return value / base, both of this run and in the same unit, which the note keeps."""
    note = f"{value:,.2f} {unit} against {base:,.2f} {unit}"
    return Figure(name=name, value=value / base, unit="x", goal=goal, at_least=at_least, note=note)


@dataclass(slots=True, kw_only=True)
class Report:
    """The figures of a run, under which settings, and the tables behind them."""

    settings: dict[str, str]
    figures: list[Figure] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return the report as one object."""
        figures = [asdict(figure) | {"verdict": figure.verdict} for figure in self.figures]
        return {"settings": self.settings, "figures": figures, "tables": self.tables}

    def describe(self) -> str:
        """Return the report as text, the figures last."""
        lines = [f"{name:<32} {value}" for name, value in self.settings.items()]
        for title, table in self.tables.items():
            lines += ["", *_describe_table(title, table)]
        return "\n".join([*lines, "", *(figure.describe() for figure in self.figures)])


def _describe_table(title: str, table: Table) -> list[str]:
    columns = list(dict.fromkeys(column for row in table.values() for column in row))
    lines = [f"{title:<38}" + "".join(f"{column:>15}" for column in columns)]
    for name, row in table.items():
        cells = (f"{row[c]:,.2f}" if c in row else "" for c in columns)
        lines.append(f"  {name:<36}" + "".join(f"{cell:>15}" for cell in cells))
    return lines


def read_conditions(settings: Settings) -> dict[str, str]:
    """Return the machine, the load on it before the run, and PostgreSQL's settings."""
    with connect(settings, Role.OWNER) as connection:
        rows = connection.execute(
            "select name, current_setting(name) from pg_settings where name = any(%s)",
            [list(_POSTGRESQL)],
        ).fetchall()
    values: dict[str, str] = dict(rows)
    return {
        "revision": read_revision(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{read_memory_bytes() / 2**30:.1f} GB",
        "load before the run": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "Python": platform.python_version(),
        **{f"PostgreSQL {name}": values[name] for name in _POSTGRESQL},
    }


def read_revision() -> str:
    """Return the revision of the checkout, as far as there are git and a repository."""
    command = ["git", "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
