"""A check report as lines for a terminal: the most telling first, the rest on the page."""

from collections.abc import Iterable

from registry.deliveries.rendering import (
    NO_BREAK_SPACE,
    SEVERITIES,
    Document,
    describe_change,
    describe_counts,
    describe_fields,
    describe_street,
    format_moment,
    format_number,
    format_share,
    list_drift,
    list_findings,
    list_notes,
    list_places,
    pair,
    read_words,
    sort_kinds,
)

_SHOWN_PLACES = 5
_SHOWN_CHANGES = 10
_SPACES = {NO_BREAK_SPACE, "\N{NARROW NO-BREAK SPACE}"}


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
    drift = [f"  {pair(kind, text, language)}" for kind, text in list_drift(report["drift"], words)]
    lines += _head(words["heading"]["drift"], drift)
    lines += _head(words["heading"]["import"], [f"  {text}" for text in list_notes(report)])
    lines += _head(words["heading"]["preview"], _describe_preview(preview, language))
    return [_make_printable(line) for line in lines]


def _make_printable(line: str) -> str:
    """Return a line that steers no terminal."""
    return "".join(c if c.isprintable() or c in _SPACES else ascii(c)[1:-1] for c in line)


def _head(title: str, lines: list[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _describe_texts(title: str, rules: Iterable[Document], language: str) -> list[str]:
    words = read_words(language)
    lines: list[str] = []
    for rule in rules:
        told = f"{rule['title'][language]} ({rule['ruleId']})"
        if "count" in rule:
            new = pair(words["label"]["new"], format_number(rule["new"], language), language)
            told = pair(f"{format_number(rule['count'], language)} ({new})", told, language)
        lines.append(f"  {told}")
        if rule.get("detail"):
            lines.append(f"    {rule['detail']}")
        lines += [f"    {rule['explanation'][language]}"]
        lines += [f"    {pair(words['label']['mending'], rule['mending'][language], language)}"]
        lines += _describe_places(rule, language)
    return _head(title, lines)


def _describe_places(rule: Document, language: str) -> list[str]:
    words = read_words(language)
    places = rule["places"]
    lines = [
        f"      {', '.join(list_places(place, language))}: {place.get('detail') or ''}".rstrip(": ")
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
        f"  {pair(guard['title'][language], format_share(guard['value'], language), language)}"
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
        told = describe_counts(counts, language)
        lines.append(f"  {pair(words['kind'][kind], told, language)}")
    for kind, fields in sort_kinds(preview["fields"]):
        head = f"  {words['heading']['fields']}, {words['kind'][kind]}"
        lines += [pair(head, describe_fields(fields, language), language)] if fields else []
    lines += _describe_vanishing(preview["vanishing"], language)
    largest = preview["largest"]
    if largest:
        lines.append(f"  {words['heading']['largest']}")
    lines += [f"    {describe_change(change, language)}" for change in largest[:_SHOWN_CHANGES]]
    if len(largest) > _SHOWN_CHANGES:
        lines.append(f"    {words['sentence']['more'].format(n=len(largest) - _SHOWN_CHANGES)}")
    return lines


def _describe_vanishing(vanishing: Document, language: str) -> list[str]:
    words = read_words(language)
    told = {
        "postCodes": list(map(str, vanishing["postCodes"])),
        "streetNames": [describe_street(street, language) for street in vanishing["streetNames"]],
    }
    lines = []
    for kind, texts in told.items():
        head = f"  {words['heading']['vanishing']}, {words['label'][kind]}"
        shown, rest = texts[:_SHOWN_CHANGES], len(texts) - _SHOWN_CHANGES
        if rest > 0:
            shown.append(words["sentence"]["more"].format(n=rest))
        lines += [pair(head, ", ".join(shown), language)] if texts else []
    return lines
