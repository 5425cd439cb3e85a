"""Records of one shape, read by one regular expression that the XML parser itself taught.

Nearly all records of a file have one of a few dozen shapes: the same tags in the same order
with the same space between, only the texts differ. The first record of a shape is parsed by
lxml. From it a pattern is made that matches exactly this shape, and which group fills which
field is found by parsing the same shape with numbered texts. Later records that match the
pattern need no parser, which is most of the work. Anything else (an entity, a
comment, another order) matches no pattern and goes to the parser, so the result is always
the parser's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from importers.best_xml.draft import Draft, read_draft
from registry.domain.resource import Resource

_MOST_SHAPES = 400
_LONGEST_TEXT = 10_000  # what is longer is no record of a usual shape
_TOKEN = re.compile(r"(<[^<>]*>)")
_ATTRIBUTE = re.compile(r'([\w.:-]+\s*=\s*")([^"<&]*)(")')
# No entity, no markup, no space at the edges, no control character: text that means itself.
_NEVER = r"<>&\x00-\x1f\x7f-\x9f\ufffe\uffff"
_TEXT = rf"(?!\s)[^{_NEVER}\]]++(?<!\s)"
_PLAIN_TEXT = re.compile(_TEXT)
_PLAIN_ATTRIBUTE = rf'(?!\s)[^"{_NEVER}]++(?<!\s)'

ParseRecord = Callable[[bytes, int], etree._Element]
"""From a record's bytes and offset to its element; raises InputRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """A pattern, the field of each of its groups, and the texts that the shape itself fixes."""

    pattern: re.Pattern[str]
    fields: tuple[str, ...]
    fixed: dict[str, str]
    unknown: list[tuple[str, str]]

    def read(self, text: str) -> Draft | None:
        match = self.pattern.fullmatch(text)
        if match is None:
            return None
        texts = dict(zip(self.fields, match.groups(), strict=True))
        if self.fixed:
            texts |= self.fixed
        return Draft(texts, self.unknown)


@dataclass(slots=True, kw_only=True)
class ShapeReader:
    """Reads the records of one file; learns their shapes on the way."""

    resource: Resource
    parse: ParseRecord
    encoding: str
    _shapes: dict[int, list[_Shape]] = field(default_factory=dict)
    _count: int = 0

    def read(self, record: bytes, offset: int) -> Draft:
        """Return the texts of one record."""
        try:
            text = record.decode(self.encoding)
        except (UnicodeDecodeError, LookupError):
            return read_draft(self.parse(record, offset), self.resource)
        shapes = self._shapes.get(text.count("<"), [])
        for place, shape in enumerate(shapes):
            if (draft := shape.read(text)) is not None:
                if place:  # the shape met last is tried first
                    shapes.insert(0, shapes.pop(place))
                return draft
        return self._learn(text, record, offset)

    def _learn(self, text: str, record: bytes, offset: int) -> Draft:
        draft = read_draft(self.parse(record, offset), self.resource)
        usual = len(text) <= _LONGEST_TEXT and "<!" not in text and "<?" not in text
        if usual and self._count < _MOST_SHAPES:
            shape = self._make_shape(text, offset)
            learned = shape.read(text)
            # The shape must say of its own record what the parser says, or it is not kept.
            if learned is not None and learned == draft:
                self._shapes.setdefault(text.count("<"), []).append(shape)
                self._count += 1
        return draft

    def _make_shape(self, text: str, offset: int) -> _Shape:
        """Number the texts of a record, let the parser say where each goes, make the pattern."""
        pieces = _TOKEN.split(text)
        first = next(i for i, piece in enumerate(pieces) if piece.startswith("<"))
        variable = [
            i
            for i in range(first + 1, len(pieces) - 1)
            if _PLAIN_TEXT.fullmatch(pieces[i]) and pieces[i + 1].startswith("</")
        ]
        numbered = list(pieces)
        for i in variable:
            numbered[i] = f"text{i}"
        attributes = _ATTRIBUTE.findall(pieces[first])
        numbered[first] = _ATTRIBUTE.sub(_NumberAttributes(), pieces[first])
        probe = self.parse("".join(numbered).encode(self.encoding), offset)
        draft = read_draft(probe, self.resource)
        places = {value: key for key, value in draft.texts.items()}
        escaped = [re.escape(piece) for piece in pieces]
        names = []
        if attributes:
            escaped[first], found = _make_tag_pattern(pieces[first], places)
            names += found
        for i in variable:
            key = places.pop(f"text{i}", None)
            escaped[i] = f"({_TEXT})" if key else _TEXT
            names += [key] if key else []
        return _Shape(
            pattern=re.compile("".join(escaped)),
            fields=tuple(names),
            fixed={key: value for value, key in places.items()},
            unknown=draft.unknown,
        )


class _NumberAttributes:
    """Replaces each attribute value of a tag by its number."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, match: re.Match[str]) -> str:
        self._next += 1
        return f"{match[1]}attribute{self._next}{match[3]}"


def _make_tag_pattern(tag: str, places: dict[str, str]) -> tuple[str, list[str]]:
    """Return the pattern of a record's own tag, any attribute values, and the fields they fill."""
    parts, names, end = [], [], 0
    for number, match in enumerate(_ATTRIBUTE.finditer(tag), start=1):
        key = places.pop(f"attribute{number}", None)
        value = f"({_PLAIN_ATTRIBUTE})" if key else _PLAIN_ATTRIBUTE
        parts += [re.escape(tag[end : match.end(1)]), value]
        end = match.end(2)
        names += [key] if key else []
    return "".join([*parts, re.escape(tag[end:])]), names
