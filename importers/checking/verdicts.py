"""What rejects a delivery as a whole, and what its guards say, with their texts."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from importers.checking.findings import describe_texts
from registry.deliveries.guards import GuardVerdict
from registry.deliveries.rejections import Rejection, read_texts, read_title
from registry.domain.edition import Outcome
from registry.domain.resource import Resource
from registry.publication.preview import Before

_MOST_PLACES = 100
_NONE = {"errors": 0, "warnings": 0, "remarks": 0}
NO_FINDINGS: Mapping[str, Any] = {**_NONE, "new": _NONE, "rules": []}
"""What is said of the findings of a file that cannot be tried out."""


def describe_rejection(
    rejection: Rejection, detail: str, places: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """Return why a delivery is rejected, and in which words."""
    told = {"detail": detail, "places": list(islice(places, _MOST_PLACES))}
    return {"ruleId": str(rejection), **describe_texts(read_texts(rejection)), **told}


def describe_guard(verdict: GuardVerdict) -> dict[str, Any]:
    """Return what a guard says, and what it is called."""
    return {
        "guard": str(verdict.guard),
        "value": verdict.value,
        "threshold": verdict.threshold,
        "rings": verdict.rings,
        "title": read_title(verdict.guard),
    }


def list_notes(outcome: Outcome, before: Before, *, complete: bool) -> list[str]:
    """Return what the import warns of, and what of the region the file leaves as it is."""
    notes = list(outcome.warnings)
    for (kind, dimension, _), (there, _) in before.totals.items() if complete else ():
        if dimension == "region" and there and kind not in outcome.counts:
            name = Resource(kind).plural
            notes.append(f"The file has no {name}: the {there:,} of before stay as they are.")
    for kind, counts in outcome.counts.items():
        if counts.outranked:
            notes.append(
                f"Of {counts.seen:,} {kind.plural} in the file, {counts.outranked:,} are not"
                " published: a richer format has told of them before, and that stands."
            )
    return notes
