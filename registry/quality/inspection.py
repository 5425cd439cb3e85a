"""A look at all that is current in a region, after its publication: findings, hulls, scores."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from psycopg import Connection
from psycopg.sql import Identifier

from registry.clock import utc_now
from registry.domain.change import ENDED_STATUSES
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.normalization.house_number import parse_house_number
from registry.quality import outlines, values
from registry.quality.rules import RuleKind, list_rules
from registry.quality.scores import fetch_newest_number, write_scores
from registry.quality.statements import read_statement
from registry.quality.values import Value, ValueRule, judge
from registry.store.statements import compose
from registry.store.statements import read_statement as read_store_statement

Progress = Callable[[str], None]

KNOWN_STATUSES = ("current", "proposed", "reserved", *ENDED_STATUSES)
RULES_IN_SQL = (
    "sameNumberSpeltTwice",
    "boxWithoutMainAddress",
    "boxesApart",
    "manyOnOnePoint",
    "numberOutOfOrder",
    "parityJump",
    "farFromStreet",
    "outsideMunicipality",
    "municipalityDiffersFromStreetName",
    "retiredStreetName",
    "streetNameWithoutAddresses",
    "sameStreetNameTwice",
    "unknownStatus",
    "endBeforeBegin",
    "endedButCurrent",
    "validInFuture",
)
"""Rules that are one statement each, `sql/RULE.sql`."""

_NAME_RULES: Mapping[str, Mapping[str, ValueRule]] = {
    Resource.STREET_NAME: values.STREET_NAME_RULES,
    Resource.MUNICIPALITY: values.MUNICIPALITY_NAME_RULES,
    Resource.PART_OF_MUNICIPALITY: values.OTHER_NAME_RULES,
    Resource.POSTAL_INFO: values.OTHER_NAME_RULES,
}


@dataclass(slots=True, kw_only=True)
class InspectionOutcome:
    """What an inspection found: open findings by rule, and what changed since the last one."""

    region: Region
    findings: dict[str, int] = field(default_factory=dict)
    opened: int = 0
    closed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def inspect_region(
    connection: Connection, region: Region, *, progress: Progress
) -> InspectionOutcome:
    """Apply every rule of inspection to what is current in a region.

    In a transaction of its own, which waits for a publication under way; `connection` is in
    autocommit. What it finds is dated by the newest release of the region.
    """
    inspection = _Inspection(connection, region)
    with connection.transaction():
        connection.execute(read_store_statement("lock_publishing"))
        progress(f"{region.label}: inspecting")
        return inspection.run()


def list_released_regions(connection: Connection) -> list[Region]:
    """Return the regions that something was published of: there is nothing to inspect in others."""
    rows = connection.execute(read_statement("list_released_regions")).fetchall()
    return [Region(region) for (region,) in rows]


def is_inspected(connection: Connection, region: Region) -> bool:
    """Whether the newest release of a region has been inspected: whoever did may have died."""
    row = connection.execute(read_statement("is_inspected"), {"region": region}).fetchone()
    return row is not None and bool(row[0])


class _Inspection:
    """One inspection of one region, within the caller's transaction."""

    def __init__(self, connection: Connection, region: Region) -> None:
        self._connection = connection
        self._outcome = InspectionOutcome(region=region)
        self._parameters: dict[str, Any] = {
            "region": region,
            "ended": list(ENDED_STATUSES),
            "statuses": list(KNOWN_STATUSES),
        }

    def run(self) -> InspectionOutcome:
        self._connection.execute(read_store_statement("allow_memory"))
        self._execute("make_noted", "make_bad_value", "make_house_value")
        with self._timed("house numbers"):
            self._read_house_numbers()
        with self._timed("streets"):
            self._execute("make_house", "make_street", "analyze_streets")
        with self._timed("outlines"):
            outlines.draw_hulls(self._connection, utc_now())
            self._execute("make_outline", "analyze_outlines")
        with self._timed("names"):
            self._judge_names()
        with self._timed("values"):
            self._judge_values()
        for rule in RULES_IN_SQL:
            with self._timed(rule):
                self._execute(rule)
        with self._timed("findings"):
            self._write_findings()
        with self._timed("scores"):
            write_scores(self._connection, self._outcome.region)
        return self._outcome

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = perf_counter()
        yield
        self._outcome.seconds[name] = perf_counter() - began

    def _execute(self, *names: str) -> None:
        for name in names:
            self._connection.execute(read_statement(name), self._parameters)

    def _list(self, name: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(read_statement(name), self._parameters).fetchall()

    def _copy(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self._connection.cursor().copy(read_statement(statement)) as copy:
            for row in rows:
                copy.write_row(row)

    def _read_house_numbers(self) -> None:
        """Say of each spelling what it means, and judge it: there are far fewer than addresses."""
        texts = [text for (text,) in self._list("list_house_numbers")]
        region = self._outcome.region
        read = ((text, parse_house_number(text, region)) for text in texts)
        self._copy(
            "copy_house_value",
            (
                # 34/2 and 34/3 are two: a box in the number tells them apart.
                (text, number.number, text.isdecimal(), f"{number.key} {number.box or ''}")
                for text, number in read
            ),
        )
        self._execute("analyze_values")
        self._judge("house_number", values.HOUSE_NUMBER_RULES, ((text, None) for text in texts))

    def _judge_values(self) -> None:
        boxes = self._list("list_box_numbers")
        self._judge("box_number", values.BOX_NUMBER_RULES, ((box, None) for (box,) in boxes))
        self._judge("post_code", values.POST_CODE_RULES, self._list("list_post_codes"))
        self._execute("note_house_numbers", "note_box_numbers", "note_post_codes")

    def _judge(
        self,
        column: str,
        rules: Mapping[str, ValueRule],
        published: Iterable[tuple[Any, ...]],
    ) -> None:
        """Keep the values that a rule rings on: (text, NIS code or None) each."""
        region = self._outcome.region
        self._copy(
            "copy_bad_value",
            (
                (column, text, code, rule, detail)
                for text, code in published
                for rule, detail in judge(
                    rules, Value(text=text, region=region, municipality_id=code)
                )
            ),
        )

    def _judge_names(self) -> None:
        region = self._outcome.region
        noted: list[tuple[str, str, str, str]] = []
        for resource, object_id, code, as_of, names in self._list("list_names"):
            place: dict[str, Any] = {"region": region, "municipality_id": code, "as_of": as_of}
            found = {
                rule: detail
                for name in names.values()
                for rule, detail in judge(_NAME_RULES[resource], Value(text=name, **place))
            }
            if resource == Resource.STREET_NAME:
                languages = Value(text=" ".join(names), **place)
                found.update(judge(values.LANGUAGES_RULES, languages))
            if resource == Resource.MUNICIPALITY:
                code_only = Value(text=object_id, **place)
                found.update(judge(values.MUNICIPALITY_CODE_RULES, code_only))
            noted += [(rule, resource, object_id, detail) for rule, detail in found.items()]
        self._copy("copy_noted", noted)

    def _write_findings(self) -> None:
        self._connection.execute(read_store_statement("make_found"))
        for resource in Resource:
            version = Identifier("registry", f"{resource}_version")
            statement = read_statement("fill_found").format(version=version)
            self._connection.execute(statement, self._parameters | {"resource": resource})
        counted = self._connection.execute(read_store_statement("count_found")).fetchall()
        self._outcome.findings = dict(counted)
        parameters = {
            "region": self._outcome.region,
            "rules": [rule.id for rule in list_rules() if rule.kind is RuleKind.INSPECTION],
            "seq": fetch_newest_number(self._connection, self._outcome.region),
        }
        closed = self._connection.execute(read_statement("close_repaired"), parameters)
        opened = self._connection.execute(compose("insert_findings", Resource.ADDRESS), parameters)
        self._outcome.closed, self._outcome.opened = closed.rowcount, opened.rowcount
