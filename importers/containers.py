"""Where the XML files are: zips of zips, directories, bundles. Nothing is unpacked to disk."""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from registry.domain.errors import InputRefused
from registry.domain.region import Region
from registry.domain.resource import Resource

_DEEPEST = 3
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
"""What zipfile raises for damaged bytes, and for methods it does not know (Deflate64)."""
_KINDS = {resource.replace("_", ""): resource for resource in Resource}
_NAME = re.compile(
    r"(flanders|brussels|wallonia)_?(address|streetname|municipality|postalinfo|partofmunicipality)"
    r"(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One XML file inside what was given.

    `members` are the names from the outer zip down to the XML; empty for a plain file.
    """

    container: Path
    members: tuple[str, ...]
    modified_at: datetime

    @property
    def label(self) -> str:
        """Name for people: container, then the way inside."""
        return " > ".join((self.container.name, *self.members))

    @property
    def path(self) -> str:
        """The way inside the container, for the record."""
        return "/".join(self.members)

    def guess_kind(self) -> tuple[Region, Resource] | None:
        """Return region and kind by the names, as BOSA's own reader does, ignoring case."""
        for name in reversed((self.container.name, *self.members)):
            if match := _NAME.match(Path(name).name):
                return Region[match[1].upper()], _KINDS[match[2].lower()]
        return None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the XML as a stream of bytes; a damaged zip is refused with its name."""
        try:
            with _open_members(self.container, self.members) as stream:
                yield stream
        except _DAMAGE as error:
            raise InputRefused(f"{self.label}: damaged zip: {error}") from error


@contextmanager
def _open_members(container: Path, members: tuple[str, ...]) -> Iterator[BinaryIO]:
    if not members:
        with container.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(container) as outer:
        yield from _descend(outer, members)


def _descend(archive: zipfile.ZipFile, members: tuple[str, ...]) -> Iterator[BinaryIO]:
    first, *rest = members
    with archive.open(first) as stream:
        if not rest:
            yield cast("BinaryIO", stream)
            return
        with zipfile.ZipFile(cast("BinaryIO", stream)) as inner:
            yield from _descend(inner, tuple(rest))


def list_source_files(source: Path) -> list[SourceFile]:
    """Return every XML file of a zip, directory or file, in order of name."""
    if source.is_dir():
        return [f for path in sorted(source.rglob("*")) for f in _list_path(path)]
    if not source.exists():
        raise InputRefused(f"{source}: there is no such file or directory")
    return list(_list_path(source))


def _list_path(path: Path) -> Iterator[SourceFile]:
    if path.suffix.lower() == ".xml" and path.is_file():
        modified = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
        yield SourceFile(container=path, members=(), modified_at=modified)
    elif path.suffix.lower() == ".zip" and path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                yield from _list_archive(path, archive, ())
        except _DAMAGE as error:
            raise InputRefused(f"{path}: {_explain_damage(path)} ({error})") from error


def _explain_damage(path: Path) -> str:
    if path.stat().st_size == 0:
        return "the file is empty"
    with path.open("rb") as stream:
        is_zip = stream.read(2) == b"PK"
    return "the zip is cut off or damaged: download it again" if is_zip else "not a zip file"


def _list_archive(
    container: Path, archive: zipfile.ZipFile, above: tuple[str, ...]
) -> Iterator[SourceFile]:
    for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
        members = (*above, entry.filename)
        if entry.filename.lower().endswith(".xml"):
            yield _make_source_file(container, members, entry)
        elif entry.filename.lower().endswith(".zip"):
            if len(members) > _DEEPEST:
                raise InputRefused(f"{container.name}: zips nested deeper than {_DEEPEST}")
            yield from _list_inner(container, archive, members)


def _make_source_file(
    container: Path, members: tuple[str, ...], entry: zipfile.ZipInfo
) -> SourceFile:
    if entry.flag_bits & 1:
        raise InputRefused(f"{container.name} > {' > '.join(members)}: the file is encrypted")
    # Month 0 and day 0 where the writer gave no date.
    year, month, day, hour, minute, second = entry.date_time
    modified = datetime(year, max(month, 1), max(day, 1), hour, minute, second, tzinfo=UTC)
    return SourceFile(container=container, members=members, modified_at=modified)


def _list_inner(
    container: Path, archive: zipfile.ZipFile, members: tuple[str, ...]
) -> Iterator[SourceFile]:
    try:
        with archive.open(members[-1]) as stream, zipfile.ZipFile(cast("BinaryIO", stream)) as zf:
            yield from _list_archive(container, zf, members)
    except _DAMAGE as error:
        label = " > ".join((container.name, *members))
        raise InputRefused(f"{label}: not a zip file, or damaged: {error}") from error


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
