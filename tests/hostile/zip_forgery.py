"""Zips that lie: bytes of good ones, changed where zip readers trust them."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from tests.hostile.senders import ADDRESSES, make_brussels, make_zip

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
XML = make_brussels()[ADDRESSES]


def find_all(content: bytes, signature: bytes) -> Iterator[int]:
    place = content.find(signature)
    while place >= 0:
        yield place
        place = content.find(signature, place + 1)


def patch(content: bytes, layout: str, value: int, *, local: int | None, central: int) -> bytes:
    """Write a number into every local header and every entry of the directory."""
    forged = bytearray(content)
    for signature, at in ((LOCAL, local), (CENTRAL, central)):
        if at is not None:
            for place in find_all(content, signature):
                struct.pack_into(layout, forged, place + at, value)
    return bytes(forged)


def flip(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]


def good() -> bytes:
    return make_zip({ADDRESSES: XML})


def wrong_check_sum() -> bytes:
    return patch(good(), "<I", 0x12345678, local=14, central=16)


def encrypted() -> bytes:
    return patch(good(), "<H", 1, local=6, central=8)


def packed_by(method: int) -> bytes:
    return patch(good(), "<H", method, local=8, central=10)


def shorter_than_packed() -> bytes:
    return patch(good(), "<I", len(XML) // 2, local=22, central=24)


def packed_shorter() -> bytes:
    return patch(good(), "<I", 50, local=18, central=20)


def described_afterwards() -> bytes:
    """A data descriptor (bit 3) whose sizes nobody believes, and a directory that lies too."""
    content = patch(good(), "<H", 8, local=6, central=8)
    return patch(content, "<I", 77, local=22, central=24)


def impossible_date() -> bytes:
    return patch(good(), "<H", 0x7FFF, local=12, central=14)


def name_is_not_what_it_says() -> bytes:
    """Flagged as UTF-8, which these bytes are not."""
    content = good().replace(b"BrusselsAddress", b"Brussels\xff\xfe\xfdress")
    return patch(content, "<H", 0x800, local=6, central=8)


def directory_beyond_the_end() -> bytes:
    content = good()
    place = content.index(END)
    return content[: place + 12] + struct.pack("<II", 1 << 30, 1 << 31) + content[place + 20 :]


def make_zip64(size: int, packed: int, offset: int) -> bytes:
    """A directory that leaves the true numbers to a zip64 extra field, which lies."""
    content = good()
    place = content.index(CENTRAL)
    extra = struct.pack("<HHQQQ", 1, 24, size, packed, offset)
    entry = bytearray(content[place : content.index(END)])
    struct.pack_into("<II", entry, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", entry, 30, len(extra))
    struct.pack_into("<I", entry, 42, 0xFFFFFFFF)
    directory = bytes(entry) + extra
    end = struct.pack("<4sHHHHIIH", END, 0, 0, 1, 1, len(directory), place, 0)
    return content[:place] + directory + end


def overlapping() -> bytes:
    """A second entry, the true file, lies inside the first one's bytes."""
    inner = good()
    hidden = inner[: inner.index(CENTRAL)]
    content = make_zip({"BrusselsStreetName.xml": hidden}, zipfile.ZIP_STORED)
    start = content.index(hidden)
    place = content.index(CENTRAL)
    entry = bytearray(inner[inner.index(CENTRAL) : inner.index(END)])
    struct.pack_into("<I", entry, 42, start)
    directory = content[place : content.rindex(END)] + bytes(entry)
    return (
        content[:place]
        + directory
        + struct.pack("<4sHHHHIIH", END, 0, 0, 2, 2, len(directory), place, 0)
    )


def bomb_of_blanks(name: str = ADDRESSES, megabytes: int = 300) -> bytes:
    """A good head, then blanks: a thousandth of its size."""
    head = XML[: XML.index("<tns:address ")].encode()
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w") as stream,
    ):
        stream.write(head)
        for _ in range(megabytes):
            stream.write(b" " * (1 << 20))
    return buffer.getvalue()


def bomb_of_zips(depth: int, width: int) -> bytes:
    """Like 42.zip: each zip holds the next one many times."""
    content = bomb_of_blanks(megabytes=90)
    for level in range(depth):
        content = make_zip({f"level{level}-{n:03}.zip": content for n in range(width)})
    return content


def many_entries(count: int = 100_000) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for n in range(count):
            archive.writestr(f"{n}.txt", b"")
    return buffer.getvalue()


def directory_in_a_few_bytes() -> bytes:
    """A zip whose directory of 200 MB, all the same, packs to 200 kB in the zip around it."""
    name = b"a.txt"
    header = struct.pack("<4s5H3I2H", LOCAL, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name
    entry = struct.pack(
        "<4s6H3I5H2I", CENTRAL, 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0
    )
    directory = (entry + name) * (90_000_000 // (len(entry) + len(name)))
    end = struct.pack("<4sHHHHIIH", END, 0, 0, 1, 1, len(directory), len(header), 0)
    return make_zip({"inner.zip": header + directory + end})


def duplicated() -> bytes:
    content = make_zip({ADDRESSES: XML, ADDRESSES.replace("Bru", "Bro"): XML})
    return content.replace(b"BrosselsAddress", b"BrusselsAddress")


def named(name: str) -> bytes:
    return make_zip({name: XML})


def link_to(target: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(ADDRESSES)
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, target)
    return buffer.getvalue()


def bad_stream() -> bytes:
    """Deflated bytes that begin well and are then none, under a right check sum."""
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(XML.encode()) + packer.flush()
    middle = len(packed) // 2
    content = good()
    return content.replace(packed[middle : middle + 40], b"\xff" * 40)
