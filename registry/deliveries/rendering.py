"""A check report in words: lines for a terminal, rows for a spreadsheet, and the page's words."""

import csv
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping
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
_SHOWN_PLACES = 5
_SHOWN_CHANGES = 10
_COLUMNS = (
    *("delivery", "about", "ruleId", "severity", "count", "new", "repaired", "title", "mending"),
    *("file", "line", "offset", "resource", "objectId", "detail"),
)
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


def format_moment(moment: datetime | str | None) -> str | None:
    """Return a moment of a document to the second, in UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def list_findings(report: Document, severity: str) -> list[Document]:
    """Return the rules of a severity that found something, the most frequent first."""
    rules = [rule for rule in report["rules"] if rule["severity"] == severity and rule["count"]]
    return sorted(rules, key=lambda rule: (-rule["new"], -rule["count"]))


def list_places(place: Document, words: Words) -> list[str]:
    """Return where something is, part by part; what the format does not know is left out."""
    parts = [
        str(place.get("file") or ""),
        *(
            f"{words['label']['line' if name != 'offset' else name]} {place[name]}"
            for name in ("line", "row", "offset")
            if place.get(name) is not None
        ),
        f"id {place['objectId']}" if place.get("objectId") else "",
    ]
    return [part for part in parts if part]


def list_drift(drift: Document, words: Words) -> list[tuple[str, str]]:
    """Return what differs from the delivery before: the kind of difference, and what it is."""
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
    return [(words["drift"][kind], str(text)) for kind, texts in told.items() for text in texts]


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
    """Return such as `12 added, 3 removed`; what is 0 is left out."""
    told = [
        f"{format_number(counts[word], language)} {name}"
        for word, name in read_words(language)["count"].items()
        if counts.get(word)
    ]
    return ", ".join(told)


def describe_change(change: Document, language: str) -> str:
    """Return one of the largest changes: what, of what, how much, from what to what."""
    words = read_words(language)
    told = [words["change"].get(change["change"], change["change"]), str(change["objectId"])]
    if change.get("metres") is not None:
        told.append(f"{format_number(round(change['metres']), language)} m")
    if change.get("addresses"):
        number = format_number(change["addresses"], language)
        told.append(f"{number} {words['kind']['addresses']}")
    states = " → ".join(describe_state(change.get(when)) for when in ("old", "new"))
    return f"{', '.join(told)}: {states}" if states.strip(" →") else ", ".join(told)


def describe_state(state: object) -> str:
    """Return an old or new state of the preview as text: a name by language, a point, a word."""
    if isinstance(state, Mapping):
        return " / ".join(dict.fromkeys(str(each) for each in state.values() if each))
    if isinstance(state, list | tuple):
        return ", ".join(map(str, state))
    return "" if state is None else str(state)


def describe_check(report: Document, preview: Document | None, language: str) -> list[str]:
    """Return the lines of a summary: verdict, what is wrong and how to mend it, what changes."""
    words = read_words(language)
    file = report["file"]
    counts = {
        name: format_number(report[name], language) for name in ("errors", "warnings", "remarks")
    }
    known = [words["label"]["extractedAt"], format_moment(file.get("extractedAt"))]
    lines = [
        ", ".join([file["name"], *filter(None, [file.get("format")])]),
        *([" ".join(map(str, known))] if known[1] else []),
        f"{words['verdict'][report['verdict']]}. {words['sentence']['summary'].format(**counts)}.",
    ]
    lines += _describe_texts(words["heading"]["rejections"], report["rejections"], language)
    for severity in SEVERITIES:
        rules = list_findings(report, severity)
        lines += _describe_texts(words["severity"][severity], rules, language)
    lines += _describe_guards(report["guards"], language)
    drift = [f"  {kind}: {text}" for kind, text in list_drift(report["drift"], words)]
    lines += _head(words["heading"]["drift"], drift)
    lines += _head(words["heading"]["import"], [f"  {text}" for text in list_notes(report)])
    lines += _head(words["heading"]["preview"], _describe_preview(preview, language))
    return [line if line.isprintable() else ascii(line)[1:-1] for line in lines]


def list_notes(report: Document) -> list[str]:
    """Return what the import said beside, what it passed over, and what it does not know."""
    unknown = (f"{each['where']}: {each['what']} ({each['count']})" for each in report["unknown"])
    return [*report["notes"], *report["file"]["passedOver"], *unknown]


def _head(title: str, lines: list[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _describe_texts(title: str, rules: Iterable[Document], language: str) -> list[str]:
    words = read_words(language)
    lines: list[str] = []
    for rule in rules:
        told = f"{rule['title'][language]} ({rule['ruleId']})"
        if "count" in rule:
            new = f", {format_number(rule['new'], language)} {words['label']['new']}"
            told = f"{format_number(rule['count'], language)}{new}: {told}"
        lines.append(f"  {told}")
        if rule.get("detail"):
            lines.append(f"    {rule['detail']}")
        lines += [f"    {rule['explanation'][language]}"]
        lines += [f"    {words['label']['mending']}: {rule['mending'][language]}"]
        lines += _describe_places(rule, language)
    return _head(title, lines)


def _describe_places(rule: Document, language: str) -> list[str]:
    words = read_words(language)
    places = rule["places"]
    lines = [
        f"      {', '.join(list_places(place, words))}: {place.get('detail') or ''}".rstrip(": ")
        for place in places[:_SHOWN_PLACES]
    ]
    rest = rule.get("count", len(places)) - len(lines)
    if lines and rest > 0:
        more = words["sentence"]["more"].format(n=format_number(rest, language))
        lines.append(f"      {more}")
    return lines


def _describe_guards(guards: Iterable[Document], language: str) -> list[str]:
    words = read_words(language)
    lines = [
        f"  {guard['title'][language]}: {format_share(guard['value'], language)}"
        f" > {format_share(guard['threshold'], language)}"
        for guard in guards
        if guard["rings"]
    ]
    return _head(words["heading"]["guards"], lines)


def _describe_preview(preview: Document | None, language: str) -> list[str]:
    words = read_words(language)
    if preview is None:
        return [f"  {words['sentence']['noPreview']}"]
    lines = [] if preview["basis"] else [f"  {words['sentence']['firstLoad']}"]
    for kind, counts in sort_kinds(preview["counts"]):
        lines.append(f"  {words['kind'][kind]}: {describe_counts(counts, language)}")
    for kind, fields in sort_kinds(preview["fields"]):
        told = ", ".join(
            f"{format_number(number, language)} {field}" for field, number in fields.items()
        )
        lines += [f"  {words['heading']['fields']}, {words['kind'][kind]}: {told}"] if told else []
    lines += _describe_vanishing(preview["vanishing"], language)
    largest = preview["largest"]
    if largest:
        lines.append(f"  {words['heading']['largest']}:")
    lines += [f"    {describe_change(change, language)}" for change in largest[:_SHOWN_CHANGES]]
    if len(largest) > _SHOWN_CHANGES:
        lines.append(f"    {words['sentence']['more'].format(n=len(largest) - _SHOWN_CHANGES)}")
    return lines


def _describe_vanishing(vanishing: Document, language: str) -> list[str]:
    words = read_words(language)
    told = {
        "postCodes": list(map(str, vanishing["postCodes"])),
        "streetNames": [describe_street(street) for street in vanishing["streetNames"]],
    }
    return [
        f"  {words['heading']['vanishing']}, {words['label'][kind]}: "
        + ", ".join(texts[:_SHOWN_CHANGES])
        + (
            f", {words['sentence']['more'].format(n=len(texts) - _SHOWN_CHANGES)}"
            if len(texts) > _SHOWN_CHANGES
            else ""
        )
        for kind, texts in told.items()
        if texts
    ]


def describe_street(street: Document) -> str:
    """Return a street that would vanish: its name, where it is, its identifier."""
    place = street.get("municipalityCode") or ""
    return f"{describe_state(street['name'])} ({place}, {street['objectId']})"


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
            yield _make_row(base | {name: value for name, value in place.items() if value})
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
