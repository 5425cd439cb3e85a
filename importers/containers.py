"""Where the files are: zips of zips, directories, bundles, alone or packed by gzip."""

import gzip
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import BinaryIO, NoReturn, cast

from importers.zips import (
    COMPANIONS,
    DAMAGE,
    MOST_TIMES,
    NONSENSE,
    TABLES,
    ZipListing,
    is_source,
    limit_unpacked,
    make_refusal,
    open_member,
    show,
)
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

_GZIP = ".gz"
_WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods")
_KINDS = {resource.replace("_", ""): resource for resource in Resource}
_NAME = re.compile(
    r"(flanders|brussels|wallonia)_?(address|streetname|municipality|postalinfo|partofmunicipality)"
    r"(?![a-z])",
    re.IGNORECASE,
)
Stamp = tuple[int, int, int]
"""Size and times of a file: the same while nobody writes or replaces it.

Not its inode, whose number some network file systems change at will.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file inside what was given.

    `members` are the names from the outer zip down to it; empty for a plain file.
    """

    container: Path
    members: tuple[str, ...]
    modified_at: datetime
    stamp: Stamp

    @property
    def label(self) -> str:
        """Name for people: container, then the way inside."""
        return show(self.container, *self.members)

    @property
    def path(self) -> str:
        """The way inside the container, for the record."""
        return "/".join(self.members)

    @property
    def name(self) -> str:
        """The file's own name, without the folders and the packing around it."""
        inner = PureWindowsPath((self.container.name, *self.members)[-1])  # parts at either slash
        return inner.stem if inner.suffix.lower() == _GZIP else inner.name

    @property
    def suffix(self) -> str:
        """The ending of its name, in lower case."""
        return PureWindowsPath(self.name).suffix.lower()

    def belongs_to(self, other: "SourceFile") -> bool:
        """Whether the files differ in the ending of their names only."""
        mine, theirs = (
            [str(part).lower() for part in (f.container.parent, *f.members[:-1])]
            + [PureWindowsPath(f.name).stem.lower()]
            for f in (self, other)
        )
        return mine == theirs and (not self.members or self.container == other.container)

    def guess_kind(self) -> tuple[Region, Resource] | None:
        """Return region and kind by the names, as BOSA's own reader does, ignoring case."""
        for name in reversed((self.container.name, *self.members)):
            if match := _NAME.match(PureWindowsPath(name).name):  # either slash parts folders
                return Region[match[1].upper()], _KINDS[match[2].lower()]
        return None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open it as a stream of bytes; a damaged or changing file is refused by name."""
        with ExitStack() as opened:
            self._check_unchanged()
            with _refusing_unreadable(self.container):
                container = opened.enter_context(self.container.open("rb"))
            try:
                if not self.members and self.container.suffix.lower() == _GZIP:
                    packed = _BoundedGzip(container, self.label, limit_unpacked(self.stamp[0]))
                    stream = cast("BinaryIO", opened.enter_context(packed))
                else:
                    stream = opened.enter_context(open_member(container, self.members))
            except NONSENSE as error:
                raise make_refusal(self.label, error) from error
            try:
                yield stream
            except (*DAMAGE, gzip.BadGzipFile, InputRefused) as error:
                self._check_unchanged()
                if isinstance(error, InputRefused):
                    raise
                if not self.members:
                    raise InputRefused(
                        f"{self.label}: this is no gzip, or it is cut off or damaged: download it"
                        " again, or give it unpacked"
                    ) from error
                raise make_refusal(self.label, error) from error
        self._check_unchanged()

    @contextmanager
    def unpack(self) -> Iterator[Path]:
        """Give the file as one of the file system, for what must be read here and there."""
        if not self.members and self.container.suffix.lower() != _GZIP:
            self._check_unchanged()
            yield self.container
            self._check_unchanged()
            return
        with TemporaryDirectory(prefix="best-import-") as folder:
            path = Path(folder, "unpacked")
            with self.open() as stream, path.open("wb") as copy:
                shutil.copyfileobj(stream, copy)
            yield path

    def _check_unchanged(self) -> None:
        """Refuse bytes that are no longer those whose digest was taken."""
        with _refusing_unreadable(self.container):
            found = _read_stamp(self.container.stat())
        if found != self.stamp:
            raise InputRefused(
                f"{show(self.container)}: the file changed while it was read. Import it again when"
                " nobody writes it any more."
            )


class _BoundedGzip(gzip.GzipFile):
    """A gzip that is read up to a limit: unlike a zip it does not say what it unpacks to."""

    def __init__(self, container: BinaryIO, label: str, most: int) -> None:
        super().__init__(fileobj=container, mode="rb")
        self._label, self._most = label, most

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if self.tell() > self._most:
            raise InputRefused(
                f"{self._label}: unpacks to more than {MOST_TIMES} times its size, as bombs do. If"
                " you trust it, give it unpacked."
            )
        return data


def list_source_files(source: Path) -> list[SourceFile]:
    """Return every file that may be read of a zip, directory or file, in order of name.

    With a .dbf come the files that belong to it.
    """
    with _refusing_unreadable(source):
        if source.is_dir():
            return [file for path in _list_folder(source) for file in _list_path(path)]
        files = list(_list_path(source))
        if source.suffix.lower() in _WORKBOOKS:
            raise InputRefused(
                f"{show(source)}: an Excel workbook. Save its sheet as CSV UTF-8 and give that"
            )
        if files and not files[0].members and source.suffix.lower() == ".dbf":
            beside = [p for p in source.parent.iterdir() if p.suffix.lower() in COMPANIONS]
            near = [file for path in sorted(beside) for file in _list_path(path)]
            files += [file for file in near if file.belongs_to(files[0])]
        return files


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with _refusing_unreadable(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _refusing_unreadable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = show(error.filename or path)
        if isinstance(error, FileNotFoundError):
            raise InputRefused(f"{name}: there is no such file or directory") from error
        raise InputRefused(
            f"{name}: cannot be read: {error.strerror}. See who may read it, then import it again."
        ) from error


def _is_given(name: str) -> bool:
    """Whether a file of the file system is read: gzip packs one file, and only here."""
    return is_source(name) or (
        name.lower().endswith(_GZIP) and PureWindowsPath(name).stem.lower().endswith(TABLES)
    )


def _read_stamp(found: os.stat_result) -> Stamp:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _list_folder(folder: Path) -> list[Path]:
    """Return what may be read below a folder, by name; a folder that is closed is not skipped."""
    sources = []
    for parent, folders, files in os.walk(folder, onerror=_raise):
        paths = [Path(parent, name) for name in files if _is_given(name)]
        for path in [*paths, *(Path(parent, name) for name in folders)]:
            if path.is_symlink():
                raise InputRefused(f"{show(path)}: a link. Give what it leads to.")
        sources += paths
    return sorted(sources)


def _raise(error: OSError) -> NoReturn:
    raise error


def _list_path(path: Path) -> Iterator[SourceFile]:
    found = path.stat()
    if not _is_given(path.name):
        return
    if not stat.S_ISREG(found.st_mode):
        raise InputRefused(f"{show(path)}: no regular file but a pipe, a device or the like")
    stamp = _read_stamp(found)
    if path.suffix.lower() != ".zip":
        modified = datetime.fromtimestamp(found.st_mtime, tz=UTC)
        yield SourceFile(container=path, members=(), modified_at=modified, stamp=stamp)
        return
    with path.open("rb") as stream:
        for members, entry in ZipListing.of(str(path), found.st_size).list_files(stream):
            # Month 0 and day 0 where the writer gave no date.
            year, month, day, hour, minute, second = entry.date_time
            date = year, max(month, 1), max(day, 1)
            try:
                modified = datetime(*date, hour, minute, second, tzinfo=UTC)
            except ValueError as error:
                raise make_refusal(show(path, *members), error) from error
            yield SourceFile(container=path, members=members, modified_at=modified, stamp=stamp)
