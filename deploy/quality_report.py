"""What is wrong with the register's data, as facts for machines and as lines for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from registry.domain.region import Region
from registry.quality.rules import find_rule
from registry.store.reading.quality import ScoreFilter, make_counts_statement, make_scores_statement

if TYPE_CHECKING:
    from psycopg import Connection

    Row = dict[str, Any]

_NEWEST = 2**63 - 1
_MOST = 10_000  # municipalities
_SHOWN = 5
_SEVERITIES = ("error", "warning", "remark")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """Open findings by region and rule, and scores: of regions, and of their municipalities."""

    findings: list[Row]
    regions: list[Row]
    municipalities: list[Row]

    def to_json(self) -> dict[str, Any]:
        """Return the facts under the names that the API has for them."""
        return {
            "findings": self.findings,
            "regions": self.regions,
            "municipalities": self.municipalities,
        }


def read_report(
    connection: Connection, regions: frozenset[Region], rule_id: str | None
) -> QualityReport:
    """Read what is open now, of one rule or of all, and the newest scores."""
    cursor = connection.cursor(row_factory=dict_row)
    counts = cursor.execute(make_counts_statement()).fetchall()
    statement, parameters = make_scores_statement(
        ScoreFilter(regions=regions), seq=_NEWEST, limit=_MOST
    )
    scores = [_show_score(row) for row in cursor.execute(statement, parameters).fetchall()]
    findings = [
        _show_count(row)
        for row in counts
        if row["region"] in regions and rule_id in {None, row["rule"]}
    ]
    return QualityReport(
        findings=sorted(findings, key=_rank),
        regions=[score for score in scores if not score["municipalityCode"]],
        municipalities=[score for score in scores if score["municipalityCode"]],
    )


def _show_count(row: Row) -> Row:
    rule = find_rule(row["rule"])
    return {
        "region": Region(row["region"]).iso_code,
        "ruleId": row["rule"],
        "severity": str(rule.severity) if rule else None,
        "title": rule.texts["en"].title if rule else None,
        "openFindings": row["count"],
    }


def _rank(finding: Row) -> tuple[str, int, int]:
    severity = finding["severity"]
    place = _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
    return finding["region"], place, -finding["openFindings"]


def _show_score(row: Row) -> Row:
    names = [row[f"name_{language}"] for language in ("nl", "fr", "de")]
    code = row["municipality_id"]
    counted = ("objects", "affected", "errors", "warnings", "remarks", "exceptions")
    return {
        "region": Region(row["region"]).iso_code,
        "municipalityCode": int(code) if code.isdecimal() else code or None,
        "name": " / ".join(dict.fromkeys(filter(None, names))) or None,
        "score": round(row["score"], 2),
        **{name: row[name] for name in counted},
        "trend": [round(score, 2) for score in row["scores"]],
    }


def describe_report(report: QualityReport) -> str:
    """Return lines: each region with its rules, then its worst and best municipalities."""
    if not (report.findings or report.regions):
        return "Nothing is found, and nothing is scored. ./best quality inspect looks anew."
    lines: list[str] = []
    for region in Region:
        findings = [row for row in report.findings if row["region"] == region.iso_code]
        scores = [row for row in report.regions if row["region"] == region.iso_code]
        if findings or scores:
            lines += [region.label, *map(_describe_region, scores)]
            lines += map(_describe_findings, findings)
    return "\n".join([*lines, *_describe_municipalities(report.municipalities)])


def _describe_region(score: Row) -> str:
    return (
        f"  {_describe_score(score)}: {score['affected']:,} of {score['objects']:,} addresses and"
        f" street names affected, {score['exceptions']:,} marked as exceptions"
    )


def _describe_score(score: Row) -> str:
    before = score["trend"][-2:-1]
    moved = f" ({score['score'] - before[0]:+.2f})" if before else ""
    return f"{score['score']:6.2f}{moved}"


def _describe_findings(finding: Row) -> str:
    severity, title = finding["severity"] or "", finding["title"] or ""
    return (
        f"  {finding['openFindings']:>9,}  {severity:<7}  {finding['ruleId']:<34} {title}".rstrip()
    )


def _describe_municipalities(scores: list[Row]) -> list[str]:
    if len(scores) <= 2 * _SHOWN:
        parts = {"Municipalities, the worst first": sorted(scores, key=_by_score)}
    else:
        ranked = sorted(scores, key=_by_score)
        parts = {
            "The worst municipalities": ranked[:_SHOWN],
            "The best municipalities": ranked[-_SHOWN:][::-1],
        }
    lines = []
    for heading, rows in parts.items():
        lines += ["", heading] if rows else []
        lines += [
            f"  {_describe_score(row):<16}  {row['municipalityCode']}  {row['name'] or ''}".rstrip()
            for row in rows
        ]
    return lines


def _by_score(score: Row) -> tuple[float, int]:
    return score["score"], -score["affected"]
