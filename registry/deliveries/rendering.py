"""The words and numbers of a check report in four languages, and its rows for a spreadsheet."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from registry.domain.resource import Resource
from registry.search.bulk.formulas import neutralise

Document = Mapping[str, Any]
Words = Mapping[str, Mapping[str, str]]

_TABLE = Path(__file__).with_name("words.toml")
SEVERITIES = ("error", "warning", "remark")
_COLUMNS = (
    *("delivery", "about", "ruleId", "severity", "count", "new", "repaired", "title", "mending"),
    *("placeIsNew", "file", "line", "row", "offset", "resource", "objectId", "detail"),
)
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_GROUPING = {"nl": ".", "fr": "\N{NARROW NO-BREAK SPACE}", "de": ".", "en": ","}


@cache
def read_words(language: str) -> Words:
    """Return the words by table and key, in one of nl, fr, de and en."""
    tables = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return {
        name: {key: by_language[language] for key, by_language in table.items()}
        for name, table in tables.items()
    }


def format_number(number: int, language: str) -> str:
    """Return a count as the language groups its digits."""
    return f"{number:,}".replace(",", _GROUPING[language])


def format_share(share: float, language: str) -> str:
    """Return a share of 1 as a percentage, to a hundredth of one."""
    text = f"{100 * share:.2f}".rstrip("0").rstrip(".")
    return f"{text if language == 'en' else text.replace('.', ',')} %"


def pair(label: str, value: object, language: str) -> str:
    """Return `label: value`, with the space before the colon that French has."""
    return f"{label}{NO_BREAK_SPACE if language == 'fr' else ''}: {value}"


def format_moment(moment: datetime | str | None) -> str | None:
    """Return a moment of a document to the second, in UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def list_findings(report: Document, severity: str) -> list[Document]:
    """Return the rules of a severity that found something, the most frequent first."""
    rules = [rule for rule in report["rules"] if rule["severity"] == severity and rule["count"]]
    return sorted(rules, key=lambda rule: (-rule["new"], -rule["count"]))


def list_places(place: Document, language: str) -> list[str]:
    """Return where something is, part by part; what the format does not know is left out."""
    words = read_words(language)
    parts = [
        str(place.get("file") or ""),
        *(
            f"{words['label']['line' if name != 'offset' else name]} {place[name]}"
            for name in ("line", "row", "offset")
            if place.get(name) is not None
        ),
        f"id {place['objectId']}" if place.get("objectId") else "",
        describe_state(place.get("address"), language),
        words["label"]["isNew"] if place.get("new") else "",
    ]
    return [part for part in parts if part]


def list_drift(drift: Document, words: Words) -> list[tuple[str, str]]:
    """Return what differs from the delivery before: the kind of difference, and all of it."""
    told = {
        "newFields": drift["newFields"],
        "missingFields": drift["missingFields"],
        "renamedFields": [f"{each['from']} → {each['to']}" for each in drift["renamedFields"]],
        "retypedFields": [
            f"{each['field']}: {each['from']} → {each['to']}" for each in drift["retypedFields"]
        ],
        "newValues": [
            f"{each['field']}: {each['value']} ({each['count']})" for each in drift["newValues"]
        ],
        "systems": _list_systems(drift["systems"]),
    }
    return [(words["drift"][kind], "; ".join(texts)) for kind, texts in told.items() if texts]


def _list_systems(systems: Document) -> list[str]:
    before, now = systems["before"], systems["now"]
    if not before or sorted(before) == sorted(now):
        return []
    return [f"{', '.join(map(str, before))} → {', '.join(map(str, now))}"]


def sort_kinds(by_kind: Mapping[str, Document]) -> list[tuple[str, Document]]:
    """Return what there is by kind in the order of references: JSONB keeps none."""
    order = [resource.plural for resource in Resource]
    return [(kind, by_kind[kind]) for kind in order if kind in by_kind]


def describe_counts(counts: Mapping[str, int], language: str) -> str:
    """Return such as `added 12, removed 3`; what is 0 is left out."""
    told = [
        f"{name} {format_number(counts[word], language)}"
        for word, name in read_words(language)["count"].items()
        if counts.get(word)
    ]
    return ", ".join(told)


def describe_fields(fields: Mapping[str, int], language: str) -> str:
    """Return how many objects change in which field, such as `position 12, house number 3`."""
    names = read_words(language)["field"]
    told = [
        f"{names.get(field, field)} {format_number(number, language)}"
        for field, number in fields.items()
    ]
    return ", ".join(told)


def describe_delivery(delivery: Document, language: str) -> str:
    """Return the state of a delivery, its release, and the one that took it back."""
    words = read_words(language)
    told = [words["state"][delivery["state"]]]
    numbers = {"release": delivery.get("releaseNumber"), "undoneBy": delivery.get("undoneBy")}
    told += [f"{words['label'][key]} {number}" for key, number in numbers.items() if number]
    return ", ".join(told)


def describe_change(change: Document, language: str) -> str:
    """Return one of the largest changes: what, of what, from what to what, how much."""
    words = read_words(language)
    states = " → ".join(
        filter(None, (describe_state(change.get(when), language) for when in ("old", "new")))
    )
    is_moved = change["change"] == "moved"
    what = describe_state(change.get("address"), language) if is_moved else states
    about = [f"id {change['objectId']}"]
    if change.get("metres") is not None:
        about.append(f"{format_number(round(change['metres']), language)} m")
    if change.get("addresses"):
        number = format_number(change["addresses"], language)
        about.append(pair(words["kind"]["addresses"], number, language))
    if is_moved:
        about.append(f"{words['label']['degrees']} {states}")
    word = words["change"].get(change["change"], change["change"])
    return f"{pair(word, what, language) if what else word} ({', '.join(about)})"


def describe_state(state: object, language: str) -> str:
    """Return an old or new state of the preview as text: a name by language, a point, a word."""
    if isinstance(state, Mapping):
        spelt = [state[code] for code in (language, "nl", "fr", "de") if state.get(code)]
        return " / ".join(dict.fromkeys(map(str, spelt)))
    if isinstance(state, list | tuple):
        return ", ".join(map(str, state))
    return "" if state is None else str(state)


def list_notes(report: Document) -> list[str]:
    """Return what the import said beside, what it passed over, and what it does not know."""
    unknown = (f"{each['where']}: {each['what']} ({each['count']})" for each in report["unknown"])
    return [*report["notes"], *report["file"]["passedOver"], *unknown]


def describe_street(street: Document, language: str) -> str:
    """Return a street that would vanish: its name, where it is, its identifier."""
    place = street.get("municipalityCode") or ""
    return f"{describe_state(street['name'], language)} ({place}, {street['objectId']})"


def make_rows(delivery_id: str, report: Document, language: str) -> Iterator[tuple[str, ...]]:
    """Return the rows of a report for a spreadsheet, the header first: one for each place.

    What a spreadsheet would run is neutralised (CWE-1236).
    """
    yield _COLUMNS
    rules = [*((each, "rejection") for each in report["rejections"])]
    rules += [(rule, "finding") for rule in report["rules"]]
    for rule, about in rules:
        texts = {"title": rule["title"][language], "mending": rule["mending"][language]}
        fields = {name: rule.get(name) for name in ("ruleId", "severity", "count", "new")}
        base = {"delivery": delivery_id, "about": about, **fields, **texts}
        base |= {"repaired": rule.get("repaired"), "detail": rule.get("detail")}
        for place in rule["places"] or [{}]:
            known = {name: value for name, value in place.items() if value is not None}
            yield _make_row(base | known | {"new": base["new"], "placeIsNew": place.get("new")})
    for guard in report["guards"]:
        detail = f"{guard['value']} > {guard['threshold']}"
        if guard["rings"]:
            title = guard["title"][language]
            yield _make_row(
                {"delivery": delivery_id, "about": "guard", "ruleId": guard["guard"]}
                | {"title": title, "detail": detail}
            )
    for kind, text in list_drift(report["drift"], read_words(language)):
        yield _make_row({"delivery": delivery_id, "about": "drift", "title": kind, "detail": text})


def _make_row(values: Document) -> tuple[str, ...]:
    cells = ("" if values.get(name) is None else str(values[name]) for name in _COLUMNS)
    return tuple(neutralise(cell) for cell in cells)


def write_csv(delivery_id: str, report: Document, language: str) -> str:
    """Return a report as CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text).writerows(make_rows(delivery_id, report, language))
    return text.getvalue()
