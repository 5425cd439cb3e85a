"""What differs between the shapes of two deliveries: new, missing, renamed, retyped; new values.

Fields are known from samples, so one that few records have is neither missed nor new by that:
below a hundredth nothing is concluded. A field counts as renamed only if exactly one went and
one came in the same place (column, or parent element), with one type and about as often filled.
"""

from collections.abc import Mapping
from typing import Any

from importers.checking.shape import MIXED

Json = Mapping[str, Any]
_RARE = 0.01
_ABOUT = 0.1


def compare_shapes(last: Json | None, now: Json | None, since: str | None) -> dict[str, Any]:
    """Return the drift of a check report; nothing differs from a shape that is not there."""
    drift: dict[str, Any] = {
        "since": since,
        "newFields": [],
        "missingFields": [],
        "renamedFields": [],
        "retypedFields": [],
        "newValues": [],
        "systems": {"before": [], "now": now["systems"] if now else []},
    }
    if last is None or now is None:
        return drift
    drift["systems"]["before"] = last["systems"]
    for kind in sorted(last["fields"].keys() & now["fields"].keys()):
        _compare_fields(kind, last["fields"][kind], now["fields"][kind], drift)
    new = drift["newFields"]
    drift["newFields"] += [
        name
        for name in sorted(now["unknown"].keys() - last["unknown"].keys())
        if not any(_is_same(name, each) for each in new)
        and not any(_is_same(name, each["to"]) for each in drift["renamedFields"])
    ]
    drift["newValues"] = [
        {"field": name, "value": value, "count": count}
        for name, values in sorted(now["values"].items())
        for value, count in sorted(values.items())
        if name in last["values"] and value not in last["values"][name]
    ]
    return drift


def _is_same(unknown: str, told: str) -> bool:
    """Whether what the reader did not know is a field that is told already."""
    return unknown.rpartition("/")[2] == told.rpartition("/")[2]


def _compare_fields(kind: str, last: Json, now: Json, drift: dict[str, Any]) -> None:
    came = {name for name in now.keys() - last.keys() if _matters(now[name])}
    went = {name for name in last.keys() - now.keys() if _matters(last[name])}
    renamed = _find_renamed({n: last[n] for n in went}, {n: now[n] for n in came})
    drift["renamedFields"] += [
        {"from": f"{kind}/{old}", "to": f"{kind}/{new}"} for old, new in sorted(renamed.items())
    ]
    drift["newFields"] += [f"{kind}/{name}" for name in sorted(came - set(renamed.values()))]
    drift["missingFields"] += [f"{kind}/{name}" for name in sorted(went - renamed.keys())]
    drift["retypedFields"] += [
        {"field": f"{kind}/{name}", "from": last[name]["type"], "to": now[name]["type"]}
        for name in sorted(last.keys() & now.keys())
        if _is_retyped(last[name]["type"], now[name]["type"])
    ]


def _matters(field: Json) -> bool:
    """Whether a field is there for certain: a column of a table, or in enough records."""
    return isinstance(field["place"], int) or float(field["share"]) >= _RARE


def _find_renamed(went: Json, came: Json) -> dict[str, str]:
    pairs = [(old, new) for old in went for new in came if _is_alike(went[old], came[new])]
    return {
        old: new
        for old, new in pairs
        if sum(o == old for o, _ in pairs) == 1 and sum(n == new for _, n in pairs) == 1
    }


def _is_alike(old: Json, new: Json) -> bool:
    alike = old["place"] == new["place"] and old["type"] == new["type"]
    return bool(alike and abs(float(old["share"]) - float(new["share"])) <= _ABOUT)


def _is_retyped(old: str | None, new: str | None) -> bool:
    return old != new and None not in {old, new} and MIXED not in {old, new}
