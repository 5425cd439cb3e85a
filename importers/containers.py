"""Where the XML files are: zips of zips, directories, bundles. Nothing is unpacked to disk."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath
from typing import BinaryIO, NoReturn

from importers.zips import DAMAGE, NONSENSE, ZipListing, is_source, make_refusal, open_member, show
from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

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
    """One XML file inside what was given.

    `members` are the names from the outer zip down to the XML; empty for a plain file.
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

    def guess_kind(self) -> tuple[Region, Resource] | None:
        """Return region and kind by the names, as BOSA's own reader does, ignoring case."""
        for name in reversed((self.container.name, *self.members)):
            if match := _NAME.match(PureWindowsPath(name).name):  # either slash parts folders
                return Region[match[1].upper()], _KINDS[match[2].lower()]
        return None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the XML as a stream of bytes; a damaged or changing file is refused by name."""
        with ExitStack() as opened:
            self._check_unchanged()
            with _refusing_unreadable(self.container):
                container = opened.enter_context(self.container.open("rb"))
            try:
                stream = opened.enter_context(open_member(container, self.members))
            except NONSENSE as error:
                raise make_refusal(self.label, error) from error
            try:
                yield stream
            except (*DAMAGE, InputRefused) as error:
                self._check_unchanged()
                if isinstance(error, InputRefused):
                    raise
                raise make_refusal(self.label, error) from error
        self._check_unchanged()

    def _check_unchanged(self) -> None:
        """Refuse bytes that are no longer those whose digest was taken."""
        with _refusing_unreadable(self.container):
            found = _read_stamp(self.container.stat())
        if found != self.stamp:
            raise InputRefused(
                f"{show(self.container)}: the file changed while it was read. Import it again when"
                " nobody writes it any more."
            )


def list_source_files(source: Path) -> list[SourceFile]:
    """Return every XML file of a zip, directory or file, in order of name."""
    with _refusing_unreadable(source):
        if source.is_dir():
            return [file for path in _list_folder(source) for file in _list_path(path)]
        return list(_list_path(source))


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


def _read_stamp(found: os.stat_result) -> Stamp:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _list_folder(folder: Path) -> list[Path]:
    """Return what may be read below a folder, by name; a folder that is closed is not skipped."""
    sources = []
    for parent, folders, files in os.walk(folder, onerror=_raise):
        paths = [Path(parent, name) for name in files if is_source(name)]
        for path in [*paths, *(Path(parent, name) for name in folders)]:
            if path.is_symlink():
                raise InputRefused(f"{show(path)}: a link. Give what it leads to.")
        sources += paths
    return sorted(sources)


def _raise(error: OSError) -> NoReturn:
    raise error


def _list_path(path: Path) -> Iterator[SourceFile]:
    found = path.stat()
    if not is_source(path.name):
        return
    if not stat.S_ISREG(found.st_mode):
        raise InputRefused(f"{show(path)}: no regular file but a pipe, a device or the like")
    stamp = _read_stamp(found)
    if path.suffix.lower() == ".xml":
        modified = datetime.fromtimestamp(found.st_mtime, tz=UTC)
        yield SourceFile(container=path, members=(), modified_at=modified, stamp=stamp)
        return
    with path.open("rb") as stream:
        for members, entry in ZipListing.of(str(path), found.st_size).list_xml(stream):
            # Month 0 and day 0 where the writer gave no date.
            year, month, day, hour, minute, second = entry.date_time
            date = year, max(month, 1), max(day, 1)
            try:
                modified = datetime(*date, hour, minute, second, tzinfo=UTC)
            except ValueError as error:
                raise make_refusal(show(path, *members), error) from error
            yield SourceFile(container=path, members=members, modified_at=modified, stamp=stamp)
