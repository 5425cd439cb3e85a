"""A sector's file as rows of cells: CSV, or XML of the form <links><link subject="…" …/></links>.

What a file is, is told by its content. Every reader stops at the first thing that is no file of
links, before it costs memory: lines, cells, tokens and rows are bounded.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO, cast

from lxml import etree

from links.ingest.archives import MAGIC, open_only_member
from links.ingest.limits import USUAL, Limits
from registry.domain.errors import InputRefused

Table = Iterator[tuple[int, Sequence[str]]]
"""Row numbers and cells; the first is the header, row 1, as a spreadsheet counts."""

_CHUNK = 1 << 16
_SEPARATORS = ",;\t"
# Anything that declares: document types, entities, and CDATA, which nobody needs in attributes.
_DECLARATION = re.compile(rb"<!(?:[^-]|-[^-])")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")
_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii"}


@contextmanager
def open_table(path: Path, names: Sequence[str], limits: Limits = USUAL) -> Iterator[Table]:
    """Open a CSV or XML file, or a ZIP of one; InputRefused names the file and what is wrong.

    `names` are the attributes that XML may have: its columns.
    """
    try:
        with path.open("rb") as file:
            _check_size(path, limits)
            yield read_table(file, names, limits)
    except InputRefused as error:
        raise InputRefused(f"{path.name}: {error}") from error
    except OSError as error:
        raise InputRefused(f"{path}: it cannot be read: {error.strerror}") from error


def _check_size(path: Path, limits: Limits) -> None:
    if path.stat().st_size > limits.file_bytes:
        raise InputRefused(f"larger than {limits.file_bytes >> 30} GiB")


def read_table(file: BinaryIO, names: Sequence[str], limits: Limits = USUAL) -> Table:
    """Yield the rows of a file that may seek; InputRefused says what is wrong."""
    head = file.read(4)
    file.seek(0)
    if head in MAGIC:
        member = open_only_member(file, limits)
        head = member.peek(4)[:4]
        return _read_plain(cast("IO[bytes]", member), head, names, limits)
    return _read_plain(file, head, names, limits)


def _read_plain(file: IO[bytes], head: bytes, names: Sequence[str], limits: Limits) -> Table:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:
        raise InputRefused("it is not UTF-8; save it as UTF-8")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return _limit(read_xml(file, names, limits), limits)
    return _limit(_read_text(cast("BinaryIO", file), limits), limits)


def _read_text(file: BinaryIO, limits: Limits) -> Table:
    with TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        yield from read_csv(text, limits)


def _limit(rows: Table, limits: Limits) -> Table:
    try:
        for count, row in enumerate(rows):
            if count > limits.rows:
                raise InputRefused(f"more than {limits.rows:,} rows")
            yield row
    except UnicodeDecodeError as error:
        raise InputRefused("it is not UTF-8; save it as UTF-8") from error


def read_csv(file: TextIO, limits: Limits = USUAL) -> Table:
    """Yield the rows of CSV; the header says which of `,`, `;` and tab separates."""
    lines = _read_lines(file, limits)
    first = next(lines, "")
    separator = max(_SEPARATORS, key=first.count)
    header = next(csv.reader([first], delimiter=separator), [])
    yield 1, [name.strip() for name in header]
    number = 1
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=separator, strict=True), 2):
            if cells:  # an empty line is none
                yield number, cells
    except csv.Error as error:
        raise InputRefused(f"after row {number}: {error}") from error


def _read_lines(file: TextIO, limits: Limits) -> Iterator[str]:
    longest = limits.line
    for number, line in enumerate(iter(lambda: file.readline(longest), ""), 1):
        if len(line) == longest:
            raise InputRefused(f"line {number} is longer than {longest:,} characters")
        if "\0" in line:
            raise InputRefused(f"line {number} holds the character NUL")
        yield line


def read_xml(file: IO[bytes], names: Sequence[str], limits: Limits = USUAL) -> Table:
    """Yield the attributes of each <link> under <links>, in the order of `names`."""
    yield 1, names
    known = set(names)
    for number, attributes in enumerate(_read_elements(file, limits), 2):
        if not attributes.keys() <= known:
            raise InputRefused(f"link {number - 1} has attributes other than {', '.join(names)}")
        yield number, [attributes.get(name, "") for name in names]


def _read_elements(file: IO[bytes], limits: Limits) -> Iterator[dict[str, str]]:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth, waiting = 0, 0
    try:
        for chunk in _read_guarded(file):
            parser.feed(chunk)
            waiting += len(chunk)
            for event, found in parser.read_events():
                element = cast("etree._Element", found)
                waiting = 0
                depth += 1 if event == "start" else -1
                _check_element(element, depth if event == "start" else depth + 1)
                if event == "end" and depth == 1:
                    yield {str(name): str(value) for name, value in element.attrib.items()}
                    _forget(element)
            if waiting > limits.xml_token:
                raise InputRefused(f"a piece longer than {limits.xml_token:,} bytes")
        parser.close()
    except etree.XMLSyntaxError as error:
        # Its text may quote the file: the place is enough.
        raise InputRefused(f"no XML, in line {error.position[0]}") from error


def _read_guarded(file: IO[bytes]) -> Iterator[bytes]:
    """Yield chunks in which nothing is declared: refused before the parser sees them."""
    tail, is_first = b"", True
    while chunk := file.read(_CHUNK):
        found = _ENCODING.match(chunk.removeprefix(b"\xef\xbb\xbf")) if is_first else None
        if found is not None and found[1].lower() not in _ENCODINGS:
            raise InputRefused("it is not UTF-8; save it as UTF-8")
        if _DECLARATION.search(tail + chunk):
            raise InputRefused("it declares something (DTD, entity or CDATA), which is not read")
        tail, is_first = (tail + chunk)[-3:], False
        yield chunk


def _check_element(element: Any, depth: int) -> None:
    if depth > 2 or element.tag != ("links", "link")[depth - 1]:
        raise InputRefused(
            f"line {element.sourceline}: an element that is no <link> directly below <links>;"
            " what a link says stands in its attributes"
        )
    if depth == 2 and (element.text or "").strip():
        raise InputRefused(f"line {element.sourceline}: <link> holds text")


def _forget(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
