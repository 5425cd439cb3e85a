"""Addresses as others published them in 2026, one line each: the cases beside the checkout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from deploy.bench.report import Figure
from deploy.migrations import CHECKOUT
from registry.normalization.house_number import parse_house_number
from registry.normalization.street_name import make_street_key
from registry.search.answers import Question, Verdict
from registry.search.matching import match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.bench.report import Report
    from registry.search.answers import Answer
    from registry.search.index import SearchIndex

CASES = CHECKOUT.parent / "shared" / "data" / "cases" / "address_lines_2026.jsonl"
_NAME = "match: published lines: right"


def measure_cases(index: SearchIndex, report: Report) -> list[dict[str, object]]:
    """Match each line; right is the street, number and postal code it came from. Returns misses.

    Lines whose street and number the register does not have are counted apart.
    """
    if not CASES.exists():
        report.figures.append(
            Figure(name=_NAME, value=None, unit="%", note="no cases beside this checkout")
        )
        return []
    lines = CASES.read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    known = [case for case in cases if has_address(index, case["components"])]
    misses: list[dict[str, object]] = []
    for case in known:
        answer = match(Question(text=case["raw"]), index)
        if not is_right(index, case["components"], answer):
            misses.append({"question": case["raw"], "verdict": answer.verdict})
    report.figures.append(
        Figure(
            name=_NAME,
            value=100 * (1 - len(misses) / (len(known) or 1)),
            unit="%",
            goal=98.5,
            at_least=True,
            note=f"{len(known)} of {len(cases)} lines; the register has not the number of the rest",
        )
    )
    return misses


def has_address(index: SearchIndex, components: dict[str, Any]) -> bool:
    """Whether the register has the street and number of a case at its postal code."""
    return any(True for _ in list_addresses(index, components))


def list_addresses(index: SearchIndex, components: dict[str, Any]) -> Iterator[int]:
    """Return the addresses of a case: by key of street and number, and postal code."""
    k = index.names.key_numbers.get(make_street_key(components["street"]))
    if k is None:
        return
    code = int(components["postcode"])
    columns = index.addresses
    for s in index.names.streets[slice(*index.names.first_entries[k : k + 2])]:
        read = parse_house_number(components["house_number"], index.get_region(s))
        house = index.numbers.house_key_numbers.get(read.key)
        first, last = index.streets.first_addresses[s : s + 2]
        for a in range(first, last):
            if columns.houses[a] == house and columns.postal_codes[a] == code:
                yield a


def is_right(index: SearchIndex, components: dict[str, Any], answer: Answer) -> bool:
    """Whether an answer is sure and has the street, number and postal code of a case."""
    if answer.verdict not in (Verdict.EXACT, Verdict.CORRECTED) or answer.best is None:
        return False
    columns, a = index.addresses, answer.best.address
    if a < 0:
        return False
    return any(
        (columns.streets[a], columns.houses[a]) == (columns.streets[b], columns.houses[b])
        for b in list_addresses(index, components)
    )
