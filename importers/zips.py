"""Zips of zips, looked through with suspicion and read as streams.

Whatever can be told from a zip's directory is refused before anything of the register is touched:
names that lead out of it, links, bombs, packing without bound. A zip within a zip is also read
to its end once, so that a copy that went wrong on its way changes nothing at all.
"""

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import BinaryIO, cast

from registry.domain.errors import InputRefused

_DEEPEST = 3
MOST_TIMES = 150  # BeSt XML packs to a thirtieth or fortieth
_ALWAYS_ALLOWED = 100_000_000
_MOST_ENTRIES = 10_000
_LARGEST_DIRECTORY = 1 << 20  # zipfile holds it whole, at several times its size
_READ_SIZE = 1 << 20
_END_SIGNATURE, _END, _ZIP64_END = b"PK\x05\x06", 22, 56 + 20
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
"""What zipfile raises where bytes are damaged, and for what it does not know."""
NONSENSE = (*DAMAGE, ValueError, OverflowError, struct.error)
"""And when it opens a zip whose offsets, sizes, dates or names make no sense."""


def show(*names: object) -> str:
    """Return names as they can be printed: whoever chose them must not steer a terminal."""
    texts = map(str, names)
    return " > ".join(text if text.isprintable() else ascii(text)[1:-1] for text in texts)


def make_refusal(label: str, error: Exception) -> InputRefused:
    """Return the refusal of a zip that cannot be read, `label` saying which."""
    what = show(error) or "it ends too early"
    return InputRefused(f"{label}: the zip is cut off or damaged: download it again ({what})")


def limit_unpacked(size: int) -> int:
    """Return how many bytes what is packed in `size` bytes may unpack to."""
    return max(_ALWAYS_ALLOWED, MOST_TIMES * size)


TABLES = (".csv", ".txt", ".dbf", ".gpkg")
"""Endings of names that promise a table."""
COMPANIONS = (".shp", ".prj", ".cpg")
"""Endings of the files that belong to a .dbf of the same name."""


def is_source(name: str) -> bool:
    """Whether a name promises a zip or something in it that is read; nothing else ever is."""
    return name.lower().endswith((".xml", ".zip", *TABLES, *COMPANIONS))


@dataclass(slots=True)
class ZipListing:
    """Looks once through a zip and those in it; `left` bytes they may unpack to."""

    name: str
    left: int
    entries: int = 0

    @classmethod
    def of(cls, name: str, size: int) -> "ZipListing":
        """Return the listing of a zip of that many bytes."""
        return cls(name, limit_unpacked(size))

    def list_files(
        self, stream: BinaryIO, above: tuple[str, ...] = ()
    ) -> Iterator[tuple[tuple[str, ...], zipfile.ZipInfo]]:
        """Yield each file that may be read: the names that lead to it, and its entry."""
        label = show(self.name, *above)
        try:
            self._check_directory(stream, label)
            with zipfile.ZipFile(stream) as archive:
                met: set[str] = set()
                for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
                    members = (*above, entry.filename)
                    self._check_entry(entry, show(self.name, *members), met)
                    if entry.filename.lower().endswith(".zip"):
                        yield from self._list_inner(archive, entry, members)
                    elif is_source(entry.filename):
                        yield members, entry
        except NONSENSE as error:
            raise make_refusal(label, error) from error

    def _list_inner(
        self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, members: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], zipfile.ZipInfo]]:
        if len(members) > _DEEPEST:
            raise InputRefused(f"{show(self.name, *members)}: zips nested deeper than {_DEEPEST}")
        with archive.open(entry) as whole:
            while whole.read(_READ_SIZE):  # at the end zipfile compares the check sum
                pass
        with _open_entry(archive, entry) as stream:
            yield from self.list_files(stream, members)

    def _check_directory(self, stream: BinaryIO, label: str) -> None:
        start = stream.read(2)
        if start != b"PK":
            what = "not a zip file" if start else "the file is empty"
            raise InputRefused(f"{label}: {what}")
        # Private, but as old as the module: the only way to know before all of it is in memory.
        end = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
        if end is None:
            raise zipfile.BadZipFile("no list of entries at its end")
        _, _, _, _, entries, size, start, comment, _, place = end
        self.entries += entries
        if self.entries > _MOST_ENTRIES or size > _LARGEST_DIRECTORY:
            raise InputRefused(f"{label}: lists more than {_MOST_ENTRIES:,} entries")
        # Of a zip that is cut off, zipfile would read the last whole zip inside it instead.
        zip64 = _ZIP64_END if end[0] != _END_SIGNATURE else 0
        if start + size + zip64 != place or place + _END + comment != stream.seek(0, os.SEEK_END):
            raise zipfile.BadZipFile("its own list of entries is missing")

    def _check_entry(self, entry: zipfile.ZipInfo, label: str, met: set[str]) -> None:
        _check_name(entry, label)
        if not is_source(entry.filename):
            return
        _check_packing(entry, label)
        if entry.filename in met:
            raise InputRefused(f"{label}: two entries have this name")
        met.add(entry.filename)
        self.left -= entry.file_size
        if self.left < 0:
            raise InputRefused(
                f"{label}: unpacks to more than {MOST_TIMES} times the size of the zip, as zip"
                " bombs do. If you trust it, unpack it and give the folder."
            )


def _check_name(entry: zipfile.ZipInfo, label: str) -> None:
    """Refuse what would lead elsewhere if somebody unpacked it: no publisher writes such zips."""
    name = PureWindowsPath(entry.filename)
    if name.anchor or ".." in name.parts or not entry.filename.isprintable():
        raise InputRefused(
            f"{label}: a name that leads out of the zip or steers a terminal. Do not unpack it."
        )
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise InputRefused(f"{label}: a link or a device in a zip. Do not unpack it.")


def _check_packing(entry: zipfile.ZipInfo, label: str) -> None:
    if entry.flag_bits & 1:
        raise InputRefused(f"{label}: the file is encrypted")
    # Of the others, Python knows none, or has no bound on what a few bytes unpack to.
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise InputRefused(
            f"{label}: packed by method {entry.compress_type}; only stored and deflated are read"
        )


@contextmanager
def open_member(container: BinaryIO, members: tuple[str, ...]) -> Iterator[BinaryIO]:
    """Open what the names lead to, as a stream of bytes."""
    with ExitStack() as opened:
        stream = container
        for name in members:
            archive = opened.enter_context(zipfile.ZipFile(stream))
            stream = opened.enter_context(_open_entry(archive, archive.getinfo(name)))
        yield stream


def _open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> BinaryIO:
    stream = archive.open(entry)
    if entry.compress_type == zipfile.ZIP_STORED and entry.filename.lower().endswith(".zip"):
        stream.close()
        return cast("BinaryIO", _Window(archive, entry))
    return cast("BinaryIO", stream)


class _Window(io.RawIOBase):
    """A stored zip at its place in the zip around it; zipfile itself seeks by reading through."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        self._stream = cast("BinaryIO", archive.fp)
        self._stream.seek(entry.header_offset + 26)
        name_and_extra = struct.unpack("<HH", self._stream.read(4))
        self._start = entry.header_offset + 30 + sum(name_and_extra)
        self._length = entry.compress_size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError("a place before the beginning")
        self._place = base + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._length - self._place)
        self._stream.seek(self._start + self._place)
        data = self._stream.read(left if size < 0 else min(size, left))
        self._place += len(data)
        return data
