"""What an import did, as it is told at the end."""

from dataclasses import dataclass, field
from time import monotonic

from importers.unknowns import Unknowns
from registry.domain.edition import Outcome
from registry.domain.region import Region
from registry.publication.steps import Boundary


@dataclass(slots=True)
class ImportSummary:
    """What an import did, per region; `failure` says why it stopped before the end."""

    outcomes: list[Outcome] = field(default_factory=list)
    unknowns: Unknowns = field(default_factory=Unknowns)
    warnings: list[str] = field(default_factory=list)
    failure: str | None = None
    not_tried: list[Region] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    _reached: float = field(default_factory=monotonic)

    @property
    def failed(self) -> bool:
        """Whether a region was refused; the ones before it stand."""
        return self.failure is not None

    def note_seconds(self, boundary: Boundary) -> None:
        """Note what the step that ends here took, by the boundary's name."""
        now = monotonic()
        self.seconds[str(boundary)] = round(now - self._reached, 3)
        self._reached = now

    def to_json(self) -> dict[str, object]:
        """Return the summary as `./best import --json` prints it."""
        summary: dict[str, object] = {
            "release": [_release_to_json(o) for o in self.outcomes if o.release],
            "regions": {o.region.label: _counts_to_json(o) for o in self.outcomes},
            "findings": self._sum_findings(),
            "unknown": self.unknowns.to_json(),
            "warnings": self.warnings + [w for o in self.outcomes for w in o.warnings],
            "seconds": self.seconds,
        }
        if self.failure is not None:
            summary["failure"] = self.failure
            summary["notTried"] = [region.label for region in self.not_tried]
        return summary

    def _sum_findings(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for outcome in self.outcomes:
            for rule, count in outcome.findings.items():
                total[rule] = total.get(rule, 0) + count
        return dict(sorted(total.items()))


def _release_to_json(outcome: Outcome) -> dict[str, object]:
    release = outcome.release
    assert release is not None  # noqa: S101 - the caller asked
    return {
        "number": release.number,
        "region": release.region.label,
        "firstSeq": release.first_seq,
        "lastSeq": release.last_seq,
    }


def _counts_to_json(outcome: Outcome) -> dict[str, dict[str, int]]:
    return {kind.plural: counts.to_json() for kind, counts in outcome.counts.items()}
