"""NDJSON: every object as it was, byte for byte, with the answer as further members."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import orjson

from registry.domain.errors import InputRefused
from registry.search.bulk.columns import Key, Told, make_layout, name_added
from registry.search.bulk.cutting import cut_lines
from registry.search.bulk.encodings import TextForm, mend, recognise_form
from registry.search.bulk.tables import Added, Answers, Ask, Asked, Matched, Unreadable

LINE = "best_line"
"""The member that holds a line which is no JSON object."""
_MOST_LAYOUTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLinesTable:
    """A file of JSON objects, a line each."""

    kind: ClassVar[str] = "ndjson"
    path: Path
    form: TextForm
    rows: int
    asked: str
    matcher: "JsonLinesForm"

    @classmethod
    def open(cls, path: Path, told: Told) -> "JsonLinesTable":
        """Look at the first object; InputRefused when none of its members can be asked with."""
        form = recognise_form(path, told.encoding or "utf-8")
        begin = next(cut_lines(form.read(path), path.name, has_quotes=False), b"").splitlines()
        first = next(filter(bytes.strip, begin), b"")
        if not first:
            raise InputRefused(f"{path.name}: the file is empty, or no table")
        row = _load(first)
        if row is None:
            raise InputRefused(f"{path.name}: the first line is no JSON object")
        layout = make_layout([*row], told.columns, path.name)
        return cls(
            path=path,
            form=form,
            rows=form.lines,
            asked=layout.describe([*row]),
            matcher=JsonLinesForm(columns=told.columns, form=form),
        )

    def cut(self) -> Iterator[bytes]:
        """Yield the rows in pieces of whole lines."""
        return cut_lines(self.form.read(self.path), self.path.name, has_quotes=False)

    def write(self, target: Path, answered: Iterable[Matched]) -> None:
        """Write the rows."""
        with target.open("wb") as file:
            file.write(self.form.mark)
            file.writelines(matched.content for matched in answered)


def _load(line: bytes | str) -> dict[str, Any] | None:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return row if isinstance(row, dict) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLinesForm:
    """What the lines of a file are like."""

    columns: Mapping[str, tuple[str, ...]] | None
    form: TextForm

    def make(self, ask: Ask) -> "JsonLinesMatcher":
        """Return what matches lines in one process."""
        return JsonLinesMatcher(self, ask)


class JsonLinesMatcher:
    """Matches lines in one process."""

    def __init__(self, form: JsonLinesForm, ask: Ask) -> None:
        self._form = form
        self._layouts: dict[tuple[str, ...], Any] = {}
        self._answers: Answers[Added] = Answers(ask=ask, write=lambda added: added)

    def __call__(self, piece: bytes) -> Matched:
        """Return the lines with what is added to each. An empty line stays one."""
        text, _ = self._form.form.decode(piece)
        lines = io.StringIO(text, newline="\n").readlines()
        rows = [(line, _load(line)) for line in lines]
        counts: Counter[str] = Counter()
        keys = [self._make_key(row) for line, row in rows if line.strip()]
        added = iter(self._answers.answer(keys, counts))
        written = [extend(line, row, next(added)) if line.strip() else line for line, row in rows]
        return Matched(
            content=self._form.form.encode("".join(written)), rows=len(keys), counts=counts
        )

    def _make_key(self, row: dict[str, Any] | None) -> Asked:
        if row is None:
            return Unreadable("no JSON object")
        names = tuple(row)
        if len(self._layouts) > _MOST_LAYOUTS:
            self._layouts.clear()
        if names not in self._layouts:
            try:
                self._layouts[names] = make_layout(names, self._form.columns, "row")
            except InputRefused:
                self._layouts[names] = Unreadable("no member of it is one of an address")
        layout = self._layouts[names]
        if isinstance(layout, Unreadable):
            return layout
        (key,) = layout.make_keys([[*map(read_value, row.values()), ""]])
        found: Key = key
        return found


def read_value(value: Any) -> str:
    """Return a value as text: numbers as people write them, "" for what is no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if value == value // 1 else str(value)


def extend(line: str, row: dict[str, Any] | None, added: Added) -> str:
    """Return a line with what is added; one that is no object stands in one, as a text."""
    body = line.rstrip("\n").removesuffix("\r")
    end = line[len(body) :]
    if row is None:
        row = {LINE: mend(body)}
        body = orjson.dumps(row).decode()
    members = dict(zip(name_added([*row]), added, strict=True))
    comma = "," if row else ""
    return f"{body.rstrip()[:-1]}{comma}{orjson.dumps(members).decode()[1:]}{end}"
