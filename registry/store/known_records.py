"""Records that the register has met before, byte for byte: they need not be read again.

A weekly edition repeats nearly all of the last one. Only the hashes of what is current are
fetched; what the file shows to be unchanged is passed over, and the comparison is told which
hashes did not come by.
"""

from collections.abc import Iterable, Iterator
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
_GATHERED_BYTES = 1 << 20
_BINARY_ROW = np.dtype([("columns", ">i2"), ("length", ">i4"), ("record_hash", ">i8")])


def hash_record(record: bytes, reading: bytes) -> int:
    """Return the signed 64-bit hash of a record's bytes, read in the way `reading` names."""
    digest = blake2b(record, digest_size=8, person=reading).digest()
    return int.from_bytes(digest, signed=True)


def fetch_known_records(
    connection: Connection, region: Region, resource: Resource, dataset: Dataset
) -> "Sightings":
    """Return the region's current records, none of them seen yet; 8 bytes each.

    Two that share a hash, should that ever happen, are read.
    """
    statement = compose("copy_known_hashes", resource)
    parameters = {"region": region, "dataset": dataset}
    with connection.cursor().copy(statement, parameters) as copy:
        parts = [
            np.frombuffer(rows, _BINARY_ROW)["record_hash"].astype(np.int64)
            for rows in _gather(copy)
        ]
    hashes = np.concatenate(parts)
    hashes.sort()
    shared = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    return Sightings(hashes[~np.isin(hashes, shared)] if len(shared) else hashes, shared)


def _gather(messages: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytearray]:
    """Yield whole rows, some ten thousand at a time, without COPY's header and trailer."""
    gathered, surplus = bytearray(), _HEADER_BYTES
    for message in messages:
        gathered += message
        if len(gathered) > _GATHERED_BYTES:
            end = len(gathered) - (len(gathered) - surplus) % _BINARY_ROW.itemsize
            yield gathered[surplus:end]
            gathered, surplus = gathered[end:], 0
    yield gathered[surplus : len(gathered) - _TRAILER_BYTES]


class Sightings:
    """How often each known record came by in one file.

    `known` is sorted; `unread` are current records that are read as if they were new.
    """

    def __init__(self, known: Hashes, unread: Hashes) -> None:
        self.known = known
        self.unread = unread
        self._counts = np.zeros(len(known), np.uint8)

    def add(self, places: NDArray[np.int64]) -> None:
        """Count records by their places in `known`; more than twice is twice."""
        once, counts = np.unique(places, return_counts=True)
        self._counts[once] = np.minimum(self._counts[once] + counts, 2)

    def list_unseen(self) -> Hashes:
        """Return the current records that did not come by, or not as far as we looked."""
        return np.unique(np.concatenate([self.known[self._counts == 0], self.unread]))

    def doubt(self, contradicted: Hashes) -> "Sightings | None":
        """Return where to begin a second reading of the file, None when it needs none.

        What came by as it was must be read all the same if it came twice, or beside another
        record of its identifier, as those `contradicted` did.
        """
        places = find_places(self.known, contradicted)
        places = places[places >= 0]
        beside = places[self._counts[places] > 0]
        doubtful = np.union1d(np.flatnonzero(self._counts > 1), beside)
        if not len(doubtful):
            return None
        unread = np.concatenate([self.unread, self.known[doubtful]])
        return Sightings(np.delete(self.known, doubtful), unread)


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
