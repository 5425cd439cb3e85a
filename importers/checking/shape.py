"""The shape of a delivery: which fields its files have, of what type, and which values occur.

Fields and types are those of a sample taken all over each file, so that a national one is read
once and never held; columns of tables are all there. Values of enumerations and systems of
positions are counted among all that is current with the delivery.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from psycopg import Connection

from importers.best_xml.blocks import split_block
from importers.best_xml.reader import BestXmlFile
from importers.region_files import FoundFile, FoundTable, RegionFiles
from importers.tables.table import BadRow
from importers.unknowns import Unknowns
from registry.domain.region import Region
from registry.store.statements import read_statement

Json = dict[str, Any]
_SAMPLED_WELL, _FEW, _MANY = 20, 3, 100  # pieces of a file, and records of each
_MOST_FIELDS = 1_000
_MOST_VALUES = 200
_ALIKE = 0.9  # of the values of a field have its type
MIXED = "mixed"
_TYPES = (
    ("boolean", re.compile(r"true|false", re.IGNORECASE)),
    ("integer", re.compile(r"[-+]?\d+")),
    ("decimal", re.compile(r"[-+]?\d*[.,]\d+(?:[eE][-+]?\d+)?")),
    ("moment", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d|\d\d?/\d\d?/\d{4}")),
    ("url", re.compile(r"https?://\S+")),
    ("point", re.compile(r"[-+]?[\d.]+ +[-+]?[\d.]+")),
)
SYSTEMS = "addresses/positionCrs"


@dataclass(slots=True)
class _Sample:
    """What the records of one kind that were looked at have."""

    records: int = 0
    places: dict[str, str | int] = field(default_factory=dict)
    filled: Counter[str] = field(default_factory=Counter)
    types: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, values: Iterable[tuple[str, str]]) -> None:
        """Count a record's values, by field; a field that comes twice counts once."""
        self.records += 1
        for name, value in dict(values).items():
            if name in self.types or len(self.types) < _MOST_FIELDS:
                self.filled[name] += 1
                self.types.setdefault(name, Counter())[_find_type(value)] += 1

    def to_json(self) -> Json:
        names = dict.fromkeys((*self.places, *self.types))
        return {
            name: {
                "place": self.places.get(name, name.rpartition("/")[0]),
                "share": round(self.filled[name] / max(1, self.records), 4),
                "type": _choose_type(self.types.get(name, Counter())),
            }
            for name in names
        }


def make_shape(
    connection: Connection, region_files: RegionFiles, region: Region, unknowns: Unknowns
) -> Json:
    """Return the shape as it is stored, for the next delivery to be compared with."""
    samples: dict[str, _Sample] = {}
    for kind, found in region_files.files.items():
        _look_at_file(found, samples.setdefault(kind.plural, _Sample()))
    for table in region_files.tables:
        kind = table.column_map.of
        _look_at_table(table, samples.setdefault(kind.plural, _Sample()))
    rows = connection.execute(read_statement("check_list_values"), {"region": region}).fetchall()
    values: dict[str, dict[str, int]] = {}
    for name, value, count in sorted(rows, key=lambda row: -row[2]):
        if value is not None and len(values.setdefault(name, {})) < _MOST_VALUES:
            values[name][value] = count
    return {
        "format": region_files.title,
        "fields": {kind: sample.to_json() for kind, sample in samples.items()},
        "values": values,
        "systems": sorted(f"EPSG:{code}" for code in values.pop(SYSTEMS, {})),
        "unknown": _list_elements(unknowns) if region_files.files else {},
    }


def _list_elements(unknowns: Unknowns) -> dict[str, int]:
    """Return the elements that the reader met and does not know; columns are fields already."""
    return {
        f"{each['where']}/{each['what']}": int(each["count"])
        for each in unknowns.to_json()
        if each["kind"] == "element"
    }


def _look_at_file(found: FoundFile, sample: _Sample) -> None:
    """Look at records of an XML file, in the words of its own elements and attributes."""
    with found.file.open() as stream:
        file = BestXmlFile(stream, found.file.label)
        head = file.head
        for number, block in enumerate(file.cut()):
            records = list(split_block(block))
            for record, offset in records[:: max(1, len(records) // _count_looks(number))]:
                sample.add(_list_leaves(head.parse(record, offset)[0]))


def _count_looks(piece: int) -> int:
    return _MANY if piece < _SAMPLED_WELL else _FEW


def _list_leaves(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield each text and attribute below an element, by the local names that lead to it."""
    stack = [(root, "")]
    while stack:
        element, path = stack.pop()
        for name, value in element.attrib.items():
            yield f"{path}@{_get_local(str(name))}", str(value).strip()
        children = list(element)  # parsed without comments
        text = (element.text or "").strip()
        if not children and text:
            yield path.removesuffix("/"), text
        stack += [(child, f"{path}{_get_local(str(child.tag))}/") for child in children]


def _get_local(name: str) -> str:
    return name.rpartition("}")[2]


def _look_at_table(table: FoundTable, sample: _Sample) -> None:
    with table.source.open(table.column_map) as opened:
        sample.places |= {name: place for place, name in enumerate(opened.columns)}
        split = opened.make_splitter()
        for number, piece in enumerate(opened.cut()):
            rows = [row for row in split(piece) if not isinstance(row, BadRow)]
            for cells, _ in rows[:: max(1, len(rows) // _count_looks(number))]:
                pairs = zip(opened.columns, cells, strict=False)
                sample.add((name, cell) for name, cell in pairs if cell)


def _find_type(value: str) -> str:
    return next((name for name, pattern in _TYPES if pattern.fullmatch(value)), "text")


def _choose_type(met: Counter[str]) -> str | None:
    """Return the type of nearly all values; a house number that is mostly digits has none."""
    if not met:
        return None
    (name, count), *_ = met.most_common(1)
    return name if count >= _ALIKE * met.total() else MIXED
