"""Digests that prove two registers hold the same: a tree of SHA-256 over canonical records.

Leaves and nodes begin with different bytes, as in RFC 6962, so that neither passes for the other.
The tree: register, regions (bru, vlg, wal), municipalities by NIS code (first what belongs to
none: parts of municipalities, then postal infos), street names by object id, each with its
addresses by object id. A municipality's own record comes before its street names, a street name's
before its addresses.
"""

from collections.abc import Iterable
from hashlib import sha256


def make_leaf(record: bytes) -> bytes:
    """Return the digest of a canonical record, given as its text in UTF-8."""
    return sha256(b"\0" + record).digest()


def make_node(children: Iterable[bytes]) -> bytes:
    """Return the digest over the digests of what is below, in their order."""
    return sha256(b"\1" + b"".join(children)).digest()
