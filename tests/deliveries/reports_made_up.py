"""A check report and a preview as importers.checking makes them, with something of everything."""

from __future__ import annotations

from typing import Any

from registry.quality.rules import LANGUAGES, find_rule

HOSTILE = "=cmd|' /C calc'!A0"


def say(text: str) -> dict[str, str]:
    return {language: f"{text} ({language})" for language in LANGUAGES}


def make_rule(rule_id: str, count: int, places: list[dict[str, Any]]) -> dict[str, Any]:
    rule = find_rule(rule_id)
    assert rule is not None
    texts = {
        name: {language: getattr(text, name) for language, text in rule.texts.items()}
        for name in ("title", "explanation", "mending")
    }
    counts = {"count": count, "new": count - 1, "repaired": 2}
    fields = {"ruleId": rule_id, "severity": str(rule.severity), "href": None}
    return {**fields, **counts, **texts, "places": places}


def make_report(**changed: Any) -> dict[str, Any]:
    place = {"file": "BE.csv", "line": 12, "offset": 3456, "resource": "address", "objectId": "77"}
    in_a_table = {
        "file": "BE.dbf",
        "line": None,
        "row": 1,
        "offset": 0,
        "detail": HOSTILE,
        "new": True,
    }
    report = {
        "delivery": None,
        "check": None,
        "checkedAt": "2026-11-23T02:00:00Z",
        "verdict": "secondPersonNeeded",
        "file": {
            "name": "BE.zip",
            "size": 12345,
            "sha256": "ab" * 32,
            "format": "BeSt CSV",
            "extractedAt": "2026-11-20T04:00:00Z",
            "files": ["BE.csv"],
            "passedOver": ["readme.md: its columns are of no known format"],
        },
        "errors": 1200,
        "warnings": 0,
        "remarks": 1,
        "rules": [
            make_rule("positionZero", 1, []),
            make_rule("rejectedRow", 1200, [*[{**place, "detail": HOSTILE}] * 6, in_a_table]),
        ],
        "rejections": [],
        "guards": [
            {
                "guard": "moves",
                "value": 0.0123,
                "threshold": 0.005,
                "rings": True,
                "title": say("Moved"),
            },
            {
                "guard": "renames",
                "value": 0.0,
                "threshold": 0.01,
                "rings": False,
                "title": say("Renamed"),
            },
        ],
        "drift": {
            "since": None,
            "newFields": ["<b>colour</b>"],
            "missingFields": [],
            "renamedFields": [{"from": "x", "to": "east"}],
            "retypedFields": [{"field": "postcode", "from": "integer", "to": "text"}],
            "newValues": [{"field": "status", "value": "dreamt", "count": 3}],
            "systems": {"before": ["EPSG:31370"], "now": ["EPSG:3812"]},
        },
        "unknown": [{"kind": "value", "where": "status", "what": "dreamt", "count": 3}],
        "notes": ["unverified layout\x1b[2J"],
    }
    return report | changed


def make_preview(**changed: Any) -> dict[str, Any]:
    preview = {
        "release": None,
        "basis": 4,
        "counts": {"addresses": {"seen": 9000, "added": 12, "altered": 4, "removed": 0}},
        "fields": {"addresses": {"position": 3, "boxNumber": 1}},
        "municipalities": [
            {
                "municipalityCode": 21004,
                "name": {"nl": "Brussel", "fr": "Bruxelles"},
                "counts": {"addresses": {"added": 12, "altered": 4}},
            }
        ],
        "largest": [
            {
                "change": "moved",
                "objectId": "77",
                "resource": "address",
                "metres": 1234.5,
                "addresses": 1,
                "address": {"fr": "Rue Haute 1"},
                "old": [4.3, 50.8],
                "new": [4.4, 50.8],
            },
            {
                "change": "renamed",
                "objectId": "5",
                "resource": "streetName",
                "addresses": 40,
                "old": {"nl": "Wetstraat"},
                "new": {"nl": "<script>alert(1)</script>"},
            },
        ],
        "vanishing": {
            "postCodes": ["1005"],
            "streetNames": [
                {
                    "objectId": "9",
                    "name": {"fr": "Rue Haute"},
                    "municipalityCode": 21004,
                    "addresses": 3,
                }
            ],
            "of": {"postCodes": 1, "streetNames": 1},
        },
        "geoJson": {"features": 16, "of": 16},
    }
    return preview | changed
