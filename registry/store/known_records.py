"""Records that the register has met before, byte for byte: they need not be read again.

A weekly edition repeats nearly all of the last one. Only the hashes of what is current are
fetched; what the file shows to be unchanged is passed over, and the comparison is told which
hashes did not come by.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from registry.domain.dataset import Dataset
from registry.domain.region import Region
from registry.domain.resource import Resource
from registry.store.statements import compose

Hashes = NDArray[np.int64]

_HEADER_BYTES, _TRAILER_BYTES = 19, 2  # of COPY's binary format
_BINARY_ROW = np.dtype([("columns", ">i2"), ("length", ">i4"), ("record_hash", ">i8")])


def hash_record(record: bytes, reading: bytes) -> int:
    """Return the signed 64-bit hash of a record's bytes, read in the way `reading` names."""
    digest = blake2b(record, digest_size=8, person=reading).digest()
    return int.from_bytes(digest, signed=True)


def fetch_known_hashes(
    connection: Connection, region: Region, resource: Resource, dataset: Dataset
) -> Hashes:
    """Return the hashes of the region's current records, sorted; 8 bytes each."""
    received = bytearray()
    statement = compose("copy_known_hashes", resource)
    parameters = {"region": region, "dataset": dataset}
    with connection.cursor().copy(statement, parameters) as copy:
        for part in copy:
            received += part
    rows = np.frombuffer(received, _BINARY_ROW, offset=_HEADER_BYTES, count=_count_rows(received))
    return np.sort(rows["record_hash"].astype(np.int64))


def _count_rows(received: bytearray) -> int:
    return (len(received) - _HEADER_BYTES - _TRAILER_BYTES) // _BINARY_ROW.itemsize


class Sightings:
    """How often each known record came by in one file."""

    def __init__(self, known: Hashes) -> None:
        self.known = known
        self._counts = np.zeros(len(known), np.uint8)

    def add(self, places: NDArray[np.int64]) -> None:
        """Count records by their places in `known`; more than twice is twice."""
        once, counts = np.unique(places, return_counts=True)
        self._counts[once] = np.minimum(self._counts[once] + counts, 2)

    def list_unseen(self, current: Hashes) -> Hashes:
        """Return what of `current` did not come by as it was; `known` is a part of it."""
        return np.setdiff1d(current, self.known[self._counts > 0], assume_unique=True)

    def list_doubtful(self, contradicted: Hashes) -> Hashes:
        """Return what came by as it was and yet must be read: twice, or beside another record."""
        passed_over = self.known[self._counts > 0]
        repeated = self.known[self._counts > 1]
        return np.union1d(repeated, np.intersect1d(passed_over, contradicted))


def find_places(known: Hashes, hashes: Hashes) -> NDArray[np.int64]:
    """Return the place of each hash in `known`, -1 where it is not."""
    if not len(known):
        return np.full(len(hashes), -1)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.where(known[places] == hashes, places, -1)


def write_unseen(connection: Connection, resource: Resource, unseen: Hashes) -> None:
    """Tell the comparison which known records the file does not have as they were."""
    connection.execute(compose("make_unseen", resource))
    with connection.cursor().copy(compose("copy_unseen", resource)) as copy:
        for record_hash in unseen.tolist():
            copy.write_row((record_hash,))


def find_contradicted(connection: Connection, region: Region, resource: Resource) -> Hashes:
    """Return known records that came by unchanged beside another one with their identifier."""
    rows = connection.execute(compose("find_contradicted", resource), {"region": region}).fetchall()
    return np.array([record_hash for (record_hash,) in rows], np.int64)
