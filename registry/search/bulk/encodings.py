"""How the text of a file is encoded, and how many lines it has: one fast look through all of it."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.domain.errors import InputRefused

_PIECE_BYTES = 1 << 17
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE_ENDS = {"utf-16-le": b"\n\0", "utf-16-be": b"\0\n"}
NAMES = {
    "utf-8": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "latin-1": "iso-8859-1",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "cp850": "cp850",
}
"""The encodings that can be told, and Python's names for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextForm:
    """How a text file is written: `mark` is the byte order mark it begins with, if any.

    `lines` counts line ends, and a last line without one.
    """

    encoding: str
    mark: bytes
    lines: int

    @property
    def _is_wide(self) -> bool:
        return self.encoding in _LINE_ENDS

    def read(self, path: Path) -> Iterator[bytes]:
        """Yield the file without its mark, in pieces; UTF-16 as UTF-8."""
        with path.open("rb") as stream:
            stream.seek(len(self.mark))
            if not self._is_wide:
                while piece := stream.read(_PIECE_BYTES):
                    yield piece
                return
            decoder = codecs.getincrementaldecoder(self.encoding)("surrogatepass")
            while piece := stream.read(_PIECE_BYTES):
                yield decoder.decode(piece).encode("utf-8", "surrogatepass")
            if decoder.getstate()[0]:
                raise InputRefused(f"{path.name}: the text ends in the middle of a character")

    def decode(self, piece: bytes) -> tuple[str, bool]:
        """Return a piece as `read` yields it as text, and whether bytes of it are no such text."""
        if self._is_wide:
            return piece.decode("utf-8", "surrogatepass"), False
        try:
            return piece.decode(self.encoding), False
        except UnicodeDecodeError:
            return piece.decode(self.encoding, "surrogateescape"), True

    def encode(self, text: str) -> bytes:
        """Return the bytes of a text: of what was read the same ones."""
        errors = "surrogatepass" if self._is_wide else "surrogateescape"
        return text.encode(self.encoding, errors)

    def encode_piece(self, text: str) -> bytes:
        """Return the bytes of a text as `read` yields them."""
        return text.encode("utf-8", "surrogatepass") if self._is_wide else self.encode(text)

    def limit(self, text: str) -> str:
        """Return a text of ours with a question mark for each letter the encoding lacks."""
        if self.encoding.startswith("utf"):
            return text
        return text.encode(self.encoding, "replace").decode(self.encoding)


def mend(cell: str) -> str:
    """Return a cell with what is no UTF-8 read as cp1252: files that two programs wrote."""
    if not any("\udc80" <= letter <= "\udcff" for letter in cell):
        return cell
    return cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def recognise_form(path: Path, told: str | None) -> TextForm:
    """Look through a file; InputRefused for an encoding that is not known."""
    if told is not None and told.lower() not in NAMES:
        raise InputRefused(
            f"encoding: {told!r} is not one that is read. These are: {', '.join(NAMES)}"
        )
    with path.open("rb") as stream:
        begin = stream.read(_PIECE_BYTES)
    mark, marked = next(
        (pair for pair in _MARKS if begin.startswith(pair[0])), (b"", _find_wide(begin))
    )
    encoding = NAMES[told.lower()] if told else marked
    if mark and told and encoding != marked:
        raise InputRefused(
            f"{path.name}: the encoding is told as {told}, and the file begins with the mark of"
            f" {marked}. Leave out the encoding"
        )
    found, lines = _look_through(path, encoding)
    return TextForm(encoding=found, mark=mark, lines=lines)


def _find_wide(begin: bytes) -> str | None:
    """Return the UTF-16 that has no mark: every second byte of Western text is zero."""
    sample = begin[:1000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) > 0.4 * len(sample) and min(even, odd) < 0.1 * len(sample):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _look_through(path: Path, encoding: str | None) -> tuple[str, int]:
    """Return the encoding, and how many lines there are.

    What is UTF-8 but for a few broken bytes is UTF-8.
    """
    end = _LINE_ENDS.get(encoding or "", b"\n")
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    lines = broken = letters = 0
    last = b""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            lines, last = lines + piece.count(end), piece[-len(end) :]
            if encoding is None and not (piece.isascii() and not decoder.getstate()[0]):
                text = decoder.decode(piece)
                wrong = sum(map(text.count, _BROKEN)) if _has_broken(text) else 0
                broken += wrong
                letters += len(text.encode("utf-8", "surrogateescape")) - len(text)
    lines += bool(last) and last != end
    # A letter beyond ASCII has one or two bytes more than letters; a broken byte has none.
    return encoding or ("utf-8" if broken <= letters else "cp1252"), lines


_BROKEN = tuple(map(chr, range(0xDC80, 0xDD00)))


def _has_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
