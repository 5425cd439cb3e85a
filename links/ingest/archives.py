"""A ZIP with one file in it, looked through before anything of it is unpacked.

The end record is read by hand first: zipfile builds an object for every entry, and a directory of
a million entries is an attack in itself. What is not needed (ZIP64, comments, encryption, several
files) is refused: every such feature has hidden a bomb or a second meaning before.
"""

import stat
import struct
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipExtFile, ZipFile, ZipInfo

from links.ingest.limits import Limits
from registry.domain.errors import InputRefused

MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_END = struct.Struct("<4s4H2LH")
_LOCATOR_OF_ZIP64 = b"PK\x06\x07"
_LOCATOR_SIZE = 20
_LOCAL_HEADER = 30


def open_only_member(file: BinaryIO, limits: Limits) -> ZipExtFile:
    """Return the one file in an archive, unpacked as it is read; InputRefused saying why not."""
    _check_end(file, limits)
    try:
        archive = ZipFile(file)
        entries = archive.infolist()
        _check_places(entries, archive.start_dir)
        for entry in entries:
            _check_entry(entry, limits)
        names = [entry.filename.casefold() for entry in entries]
        if len(set(names)) != len(names):
            raise InputRefused("the archive has two files of one name")
        if len(entries) != 1:
            raise InputRefused(f"the archive holds {len(entries)} files; put one file in it")
        member = cast("ZipExtFile", archive.open(entries[0]))
        if member.peek(4)[:4] in MAGIC:
            raise InputRefused("the archive holds an archive")
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError, struct.error) as error:
        raise InputRefused(f"no archive that can be read: {error}") from error
    return member


def _check_end(file: BinaryIO, limits: Limits) -> None:
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - _LOCATOR_SIZE))
    tail = file.read()
    end = tail[-_END.size :]
    if len(end) < _END.size or not end.startswith(b"PK\x05\x06"):
        raise InputRefused("the archive is cut off, or something follows it")
    _, disk, first_disk, here, entries, directory, offset, _ = _END.unpack(end)
    if _LOCATOR_OF_ZIP64 in tail:
        raise InputRefused("the archive is ZIP64; a file of links needs none")
    if disk or first_disk or here != entries:
        raise InputRefused("the archive is one of several volumes")
    if entries > limits.zip_entries or directory > limits.zip_directory:
        raise InputRefused(f"the archive says to hold {entries:,} files; put one file in it")
    if offset + directory + _END.size != size:
        raise InputRefused("the archive has bytes that belong to no file")


def _check_places(entries: list[ZipInfo], directory: int) -> None:
    starts = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [*(entry.header_offset for entry in starts[1:]), directory]
    for entry, end in zip(starts, ends, strict=True):
        least = _LOCAL_HEADER + len(entry.orig_filename.encode()) + entry.compress_size
        if entry.header_offset + least > end:
            raise InputRefused("the archive has files that overlap")


def _check_entry(entry: ZipInfo, limits: Limits) -> None:
    name = entry.orig_filename
    ways = (PurePosixPath(name), PureWindowsPath(name))
    if any(way.is_absolute() or way.drive or way.root for way in ways):
        raise InputRefused("the archive has a file with an absolute path")
    if any(".." in way.parts for way in ways) or "\0" in name:
        raise InputRefused("the archive has a file whose path leads out of it")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise InputRefused("the archive has a symbolic link")
    if entry.flag_bits & 0x1:
        raise InputRefused("the archive is encrypted")
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise InputRefused("the archive is packed in another way than deflate")
    if name.lower().endswith((".zip", ".gz", ".xz", ".bz2", ".zst", ".7z")):
        raise InputRefused("the archive holds an archive")
    if entry.file_size > min(limits.file_bytes, limits.zip_ratio * max(entry.compress_size, 1)):
        raise InputRefused(
            f"the archive would unpack {entry.compress_size:,} to {entry.file_size:,} bytes"
        )
