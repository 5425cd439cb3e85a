"""What is wrong with a delivery: findings by rule, with the places of the first of each."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from psycopg import Connection

from importers.checking.places import find_places
from importers.containers import SourceFile
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.publication.labels import make_address
from registry.quality.rules import RuleText, Severity, list_rules
from registry.store.statements import read_statement

_MOST_PLACES = 100
_TOTALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.REMARK: "remarks"}
Json = dict[str, Any]
Files = Mapping[tuple[str, str], SourceFile]
"""The files of a delivery by container and way inside."""


def keep_open(connection: Connection, region: Region) -> int:
    """Note which findings are open before an edition; return the number of the last source."""
    connection.execute(read_statement("check_keep_open"), {"region": region})
    row = connection.execute(read_statement("check_fetch_last_source")).fetchone()
    return int(row[0]) if row else 0


def describe_findings(
    connection: Connection, region: Region, files: Files, last_source: int
) -> Json:
    """Return `rules`, and how many findings of each severity are open and new.

    `last_source` is what `keep_open` returned: sources after it are this edition's.
    """
    rows = connection.execute(read_statement("check_count_findings"), {"region": region}).fetchall()
    counts = {rule: tuple(numbers) for rule, *numbers in rows}
    places = _list_places(connection, region, files, last_source)
    totals, new = Counter[str](), Counter[str]()
    rules = []
    for rule in list_rules():
        if rule.id not in counts:
            continue
        is_open, is_new, repaired = counts[rule.id]
        totals[_TOTALS[rule.severity]] += is_open
        new[_TOTALS[rule.severity]] += is_new
        rules.append(
            {
                "ruleId": rule.id,
                "severity": str(rule.severity),
                "count": is_open,
                "new": is_new,
                "repaired": repaired,
                **describe_texts(rule.texts),
                "href": None,
                "places": places[rule.id],
            }
        )
    of_all = {name: totals[name] for name in _TOTALS.values()}
    return of_all | {"new": {name: new[name] for name in of_all}, "rules": rules}


def describe_texts(texts: Mapping[str, RuleText]) -> Json:
    """Return title, explanation and mending, each by language."""
    return {
        part: {language: getattr(text, part) for language, text in texts.items()}
        for part in ("title", "explanation", "mending")
    }


def _list_places(
    connection: Connection, region: Region, files: Files, last_source: int
) -> dict[str, list[Json]]:
    parameters = {"region": region, "after": last_source, "limit": _MOST_PLACES}
    rows = connection.execute(read_statement("check_list_places"), parameters).fetchall()
    wanted: dict[tuple[str, str], set[int]] = defaultdict(set)
    for _, _, _, _, source_id, offset, container, path, *_ in rows:
        if source_id > last_source and (container, path) in files:
            wanted[container, path].add(offset)
    found = {key: find_places(files[key], offsets) for key, offsets in wanted.items()}
    places = defaultdict(list)
    for rule, resource, object_id, detail, source_id, offset, container, path, is_new, *of in rows:
        is_here = source_id > last_source
        address = make_address(*of)
        told = found.get((container, path), {}).get(offset, {}) if is_here else {}
        places[rule].append(
            {
                # What an earlier file told stands there, not in this one.
                "file": (path or container)
                if is_here
                else " > ".join(filter(None, (container, path))),
                "line": None,
                **told,
                "offset": offset,
                "resource": Resource(resource).plural,
                "objectId": object_id or None,
                "detail": detail,
                "inThisFile": is_here,
                "new": is_new,
                **({"address": address} if address else {}),
            }
        )
    return places
