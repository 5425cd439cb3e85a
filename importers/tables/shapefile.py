"""The points of a shapefile, read in step with the rows of its .dbf."""

import math
import struct
from array import array
from typing import BinaryIO

from registry.domain.errors import InputRefused

_HEADER = struct.Struct(">i20xi")
_KIND = struct.Struct("<i")
_RECORD = struct.Struct(">ii")
_POINT = struct.Struct("<dd")
_NULL = 0
_POINTS = {1: 20, 11: 36, 21: 28}  # point, with z, with m: bytes of a record's content
_NAMES = {3: "lines", 5: "polygons", 8: "several points each", 13: "lines", 15: "polygons"}
_READ_SIZE = 1 << 20


class PointFile:
    """Reads the points of a .shp in order; a row without geometry has NaN for both axes."""

    def __init__(self, stream: BinaryIO, label: str) -> None:
        self._stream = stream
        self._label = label
        header = stream.read(100)
        if len(header) < 100 or _HEADER.unpack_from(header)[0] != 9994:
            raise self._refuse(0, "is no shapefile: it does not begin like a .shp")
        self._kind = _KIND.unpack_from(header, 32)[0]
        if self._kind not in {_NULL, *_POINTS}:
            raise self._refuse(32, f"{self._name(self._kind)} where points were expected")
        self._buffer = b""
        self._at = 0  # of the next record in the buffer
        self._offset = 100  # of the buffer in the file
        self._number = 0

    def read(self, count: int) -> "array[float]":
        """Return x and y of the next `count` rows, one after another."""
        points = array("d")
        for _ in range(count):
            points.extend(self._read_one())
        return points

    def check_end(self) -> None:
        """Check that no points are left when the rows are."""
        if self._at < len(self._buffer) or self._stream.read(1):
            reason = f"more shapes than the .dbf has rows ({self._number:,})"
            raise self._refuse(self._offset + self._at, reason + _WRONG_COMPANION)

    def _read_one(self) -> tuple[float, float]:
        if len(self._buffer) - self._at < 44:  # the longest record
            self._fill()
        self._number += 1
        place, left = self._offset + self._at, len(self._buffer) - self._at
        if left < 12:
            reason = f"the .shp ends after {self._number - 1:,} shapes, the .dbf has more rows"
            raise self._refuse(place, reason + _WRONG_COMPANION)
        number, words = _RECORD.unpack_from(self._buffer, self._at)
        (kind,) = _KIND.unpack_from(self._buffer, self._at + 8)
        length = 2 * words
        if length != (4 if kind == _NULL else _POINTS.get(kind)) or number != self._number:
            reason = f"shape {self._number:,}: {self._name(kind)} where a point was expected"
            raise self._refuse(place, reason)
        if left < 8 + length:
            raise self._refuse(place, "the .shp is cut off: copy it again")
        at, self._at = self._at + 12, self._at + 8 + length
        return (math.nan, math.nan) if kind == _NULL else _POINT.unpack_from(self._buffer, at)

    def _fill(self) -> None:
        self._buffer = self._buffer[self._at :] + self._stream.read(_READ_SIZE)
        self._offset += self._at
        self._at = 0

    def _name(self, kind: int) -> str:
        return _NAMES.get(kind, f"something else (shape type {kind})")

    def _refuse(self, offset: int, reason: str) -> InputRefused:
        return InputRefused(f"{self._label}, byte {offset:,}: {reason}")


_WRONG_COMPANION = ": they are no pair. Give the .shp and .dbf of one delivery."
