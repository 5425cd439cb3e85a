"""What rejects a delivery as a whole, and what its guards say, with their texts."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from importers.checking.findings import describe_texts
from registry.deliveries.guards import GuardVerdict
from registry.deliveries.rejections import Rejection, read_texts, read_title

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
