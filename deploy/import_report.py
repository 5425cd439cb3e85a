"""The summary of an import in plain text; `--json` prints the same facts."""

from __future__ import annotations

from typing import Any

_ALWAYS_SHOWN = ("seen", "added", "altered", "removed", "unchanged")


def describe_import(summary: dict[str, Any], *, dry_run: bool) -> str:
    """Return lines: releases, counts per region and kind, findings, unknown names, failure."""
    lines = ["", "A dry run: nothing was changed." if dry_run else describe_releases(summary)]
    for region, kinds in summary["regions"].items():
        lines.append(f"{region}")
        lines += [f"  {kind:<22} {describe_counts(counts)}" for kind, counts in kinds.items()]
    lines += describe_pairs("Findings", summary["findings"])
    if summary["unknown"]:
        lines.append("Not known to this software:")
        lines += [f"  {', '.join(map(str, each.values()))}" for each in summary["unknown"]]
    lines += [f"Warning: {warning}" for warning in summary.get("warnings", ())]
    if "failure" in summary:
        lines += ["", summary["failure"]]
        lines += [f"Not tried: {region}" for region in summary["notTried"]]
    return "\n".join(lines)


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
