"""The summary of an import in plain text; `--json` prints the same facts."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importers.run import ImportInterrupted
from importers.summary import ImportSummary
from registry.domain.change import Change
from registry.domain.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ALWAYS_SHOWN = ("seen", "added", "altered", "removed", "unchanged")
_CHANGES = (*Change, "rejected")


@contextmanager
def reporting_failure(
    print_summary: Callable[[ImportSummary], None], *, in_full: bool
) -> Iterator[None]:
    """Print what was done also when an import ends by an error, which goes on.

    `in_full`: also when no region was tried, so that nothing was done.
    """
    try:
        yield
    except ImportInterrupted as interruption:
        print_summary(interruption.summary)
        raise
    except RegistryError as error:
        if in_full:
            print_summary(ImportSummary(failure=str(error)))
        raise


def describe_import(summary: dict[str, Any], *, dry_run: bool) -> str:
    """Return lines: releases, counts per region and kind, findings, unknown names, failure."""
    lines = ["", "A dry run: nothing was changed." if dry_run else describe_releases(summary)]
    for region, kinds in summary["regions"].items():
        lines.append(f"{region}")
        lines += [f"  {kind:<22} {describe_counts(counts)}" for kind, counts in kinds.items()]
    lines += describe_pairs("Findings", summary["findings"])
    return "\n".join(lines + describe_remarks(summary))


def describe_changes(summary: dict[str, Any]) -> str:
    """Return lines: releases, what changed per region, unknown names, warnings, failure."""
    lines = ["", describe_releases(summary)]
    lines += [f"{name}: {describe_region(kinds)}" for name, kinds in summary["regions"].items()]
    return "\n".join(lines + describe_remarks(summary))


def describe_region(kinds: dict[str, dict[str, int]]) -> str:
    """Return such as `addresses 1,204 added, 3 removed; street names 2 altered`."""
    told = []
    for kind, counts in kinds.items():
        changes = [f"{counts[word]:,} {word}" for word in _CHANGES if counts[word]]
        if changes:
            name = re.sub(r"[A-Z]", lambda letter: f" {letter[0].lower()}", kind)
            told.append(f"{name} {', '.join(changes)}")
    return "; ".join(told) or "nothing changed"


def describe_remarks(summary: dict[str, Any]) -> list[str]:
    """Say what somebody should look at: unknown names, warnings, what was refused."""
    lines = []
    if summary["unknown"]:
        lines.append("Not known to this software:")
        lines += [f"  {', '.join(map(str, each.values()))}" for each in summary["unknown"]]
    lines += [f"Warning: {warning}" for warning in summary.get("warnings", ())]
    if "failure" in summary:
        lines += [f"Not tried: {region}" for region in summary["notTried"]]
    return lines


def describe_releases(summary: dict[str, Any]) -> str:
    """Say which releases were published."""
    numbers = [f"{each['number']} ({each['region']})" for each in summary["release"]]
    return f"Published: release {', '.join(numbers)}." if numbers else "Nothing changed."


def describe_counts(counts: dict[str, int]) -> str:
    """Return the counts that matter: the usual ones, and any other that is not zero."""
    shown = {word: n for word, n in counts.items() if n or word in _ALWAYS_SHOWN}
    return "  ".join(f"{n:,} {word}" for word, n in shown.items())


def describe_pairs(title: str, counts: dict[str, int]) -> list[str]:
    """Return a titled list of counts, nothing when there is none."""
    return [f"{title}:", *(f"  {n:,} {name}" for name, n in counts.items())] if counts else []


def tell_refusal(summary: ImportSummary) -> int:
    """Say on standard error why a region was refused; return the exit code."""
    if summary.failure is None:
        return 0
    print(f"\n{summary.failure}", file=sys.stderr)
    return 1
