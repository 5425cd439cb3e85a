"""The statement by which the API finds an address, caught as PostgreSQL hears it.

It is not looked up in our own files: what counts is what the API really sends.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from deploy.bench.servers import fetch
from deploy.private_database import connect_as_superuser
from registry.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from deploy.bench.draws import DrawnAddress
    from registry.settings import Settings

_EXECUTED = re.compile(r"LOG:  execute [^:]+: (.*)", re.DOTALL)
_DETAIL = "DETAIL:  parameters: "
_PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A prepared statement with $1, $2 ..., and the parameters of one execution, None for null."""

    text: str
    parameters: dict[int, str | None]


def catch_statement(settings: Settings, port: int, address: DrawnAddress) -> Statement:
    """Ask the API for an address while PostgreSQL logs every statement."""
    logs = settings.home / "log"
    own_id = {address.object_id, f"{{{address.object_id}}}"}
    before = {path: path.stat().st_size for path in logs.glob("*.log")}
    with logging_statements(settings):
        fetch(port, address.path)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            news = b"".join(p.read_bytes()[before.get(p, 0) :] for p in logs.glob("*.log"))
            for statement in read_statements(news.decode("utf-8", errors="replace")):
                if not own_id.isdisjoint(statement.parameters.values()):
                    return statement
            time.sleep(0.05)
    raise EnvironmentProblem("The API's statement by id is not in PostgreSQL's log.")


@contextmanager
def logging_statements(settings: Settings) -> Iterator[None]:
    """Have PostgreSQL log every statement with its parameters for the block."""
    with connect_as_superuser(settings.home, settings.database_name) as connection:
        connection.execute("alter system set log_statement = 'all'")
        connection.execute("alter system set log_parameter_max_length = -1")
        connection.execute("select pg_reload_conf(), pg_sleep(0.5)")
        try:
            yield
        finally:
            connection.execute("alter system reset all")
            connection.execute("select pg_reload_conf(), pg_sleep(0.5)")


def read_statements(log: str) -> list[Statement]:
    """Read the prepared statements that were executed with parameters."""
    entries = re.split(r"\n(?!\t)", log)  # an entry's further lines are indented by a tab
    return [
        Statement(
            text=executed[1].replace("\n\t", "\n"),
            parameters={
                int(number): None if value == "NULL" else value[1:-1].replace("''", "'")
                for number, value in _PARAMETER.findall(following.partition(_DETAIL)[2])
            },
        )
        for entry, following in pairwise(entries)
        if (executed := _EXECUTED.search(entry)) and _DETAIL in following
    ]


def write_scripts(
    work: Path, statement: Statement, caught: DrawnAddress, addresses: Sequence[DrawnAddress]
) -> tuple[dict[Path, int], dict[str, str]]:
    """Write a pgbench script per region that runs the statement for a drawn address.

    Returns the scripts with their weights, and values to define. pgbench sends `:name` as a
    parameter, so the prepared statement is the API's own. It draws numbers only: ids that are
    none are left out.
    """
    values = {f"p{number}": value for number, value in statement.parameters.items() if value}
    scripts: dict[Path, int] = {}
    for region in {address.region for address in addresses}:
        own = [address.object_id for address in addresses if address.region == region]
        ids = [int(text) for text in own if re.fullmatch(r"[1-9]\d{0,17}", text)]
        text = fill_in(statement, caught, region)
        script = work / f"by-id-{region}.sql"
        script.write_text(
            f"\\set n random(0, {len(ids) - 1})\n\\set id {make_choice(ids)}\n{text};\n"
        )
        scripts[script], values[region] = len(ids), region
    return scripts, values


def fill_in(statement: Statement, caught: DrawnAddress, region: str) -> str:
    """Return the statement for pgbench: `:id` of `:region`, other parameters `:p1` and so on."""
    places = {caught.object_id: ":id", caught.region: f":{region}"}
    arrays = {f"{{{value}}}": f"array[{place}]::text[]" for value, place in places.items()}

    def fill(match: re.Match[str]) -> str:
        value = statement.parameters[int(match[1])]
        return "null" if value is None else (places | arrays).get(value, f":p{match[1]}")

    return re.sub(r"\$(\d+)", fill, statement.text)


def make_choice(numbers: Sequence[int], first: int = 0) -> str:
    """Return a pgbench expression for numbers[n - first], by halving: pgbench has no arrays."""
    if len(numbers) == 1:
        return str(numbers[0])
    half = len(numbers) // 2
    low, high = make_choice(numbers[:half], first), make_choice(numbers[half:], first + half)
    return f"case when :n < {first + half} then {low} else {high} end"
