"""Every tree that was ever promised, held against the leaves: signed, published, witnessed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg

from links.audit.findings import Finding, Rule
from links.audit.log import Leaf, list_checkpoints, list_leaves
from links.audit.note import (
    NoteRefused,
    VerifierKey,
    read_note,
    verify,
    verify_cosignature,
)
from links.audit.publication import read_checkpoints
from links.audit.tree import Frontier, make_leaf

TEN_YEARS = timedelta(days=3652)
_TAKEN_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What signatures are verified with; without a witness its lines are passed over."""

    log: VerifierKey
    witness: VerifierKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A tree that somebody keeps: its size, its root, where it is kept, when it was signed.

    `moment` is the witness's where it signed; the database's own can be written over.
    """

    size: int
    root: bytes
    place: str
    moment: datetime
    is_witnessed: bool


def read_heads(
    connection: psycopg.Connection, directories: Iterable[Path], keys: Keys
) -> tuple[list[Head], list[Finding]]:
    """Read all checkpoints, of the database and of directories; a wrong signature is a finding."""
    heads: list[Head] = []
    findings: list[Finding] = []
    for place, note, at, stated in _list_notes(connection, directories):
        try:
            head = _read_head(note, keys, place, at)
        except NoteRefused as refused:
            findings.append(Finding(rule=Rule.CHECKPOINT, text=f"in {place}: {refused}"))
            continue
        heads.append(head)
        if stated not in {None, (head.size, head.root)}:
            text = f"in {place}: the note of {head.size} leaves stands under another size or root"
            findings.append(Finding(rule=Rule.CHECKPOINT, text=text))
    return sorted(heads, key=lambda head: head.size), findings


def _list_notes(
    connection: psycopg.Connection, directories: Iterable[Path]
) -> Iterator[tuple[str, str, datetime, tuple[int, bytes] | None]]:
    for size, root, at, note in list_checkpoints(connection, 0):
        yield "the database", note, at, (size, root)
    for directory in directories:
        for path, note in read_checkpoints(directory):
            yield f"{directory.name}/{path.name}", note, datetime.max.replace(tzinfo=UTC), None


def _read_head(text: str, keys: Keys, place: str, at: datetime) -> Head:
    note = read_note(text)
    checkpoint = verify(note, keys.log)
    witness = keys.witness
    is_witnessed = witness is not None and any(
        (name, key_id) == (witness.name, witness.id) for name, key_id, _ in note.signatures
    )
    if witness and is_witnessed:
        at = verify_cosignature(note, witness)
    return Head(
        size=checkpoint.size,
        root=checkpoint.root,
        place=place,
        moment=at,
        is_witnessed=is_witnessed,
    )


def count_expired(heads: Sequence[Head], now: datetime, keys: Keys) -> int:
    """Return how many leaves are of records that are past their ten years, by the witness."""
    passed = now - TEN_YEARS + _TAKEN_WITHIN
    old = [head for head in heads if head.moment <= passed]
    return max((head.size for head in old if head.is_witnessed or not keys.witness), default=0)


def check_leaves(
    connection: psycopg.Connection, heads: Sequence[Head]
) -> tuple[int, list[Finding]]:
    """Grow the tree again and compare it with each head; return how many leaves there are."""
    findings: list[Finding] = []
    tree, waiting = Frontier(), list(reversed(heads))
    good: list[Head] = []
    forked: list[Head] = []
    for leaf in list_leaves(connection):
        if not findings:
            findings += _check_leaf(leaf, tree.size)
        tree.append(make_leaf(leaf[3]))
        while waiting and waiting[-1].size == tree.size:
            head = waiting.pop()
            (good if head.root == tree.make_root() else forked).append(head)
    if forked:
        findings.append(_explain_fork(connection, forked[0], good))
    if waiting:
        text = f"the log has {tree.size} leaves, and {waiting[0].place} is of {waiting[0].size}"
        findings.append(Finding(rule=Rule.DELETED, text=text))
    return tree.size, findings


def hash_padding(index: int, n: int) -> bytes:
    """Return the hash of a leaf that is no record, of its place and its random number."""
    return sha256(b"\x02" + index.to_bytes(8) + n.to_bytes(8)).digest()


def _check_leaf(leaf: Leaf, size: int) -> list[Finding]:
    index, organisation, n, record_hash = leaf
    if index != size:
        return [Finding(rule=Rule.DELETED, text=f"leaf {size} is gone")]
    if not organisation and record_hash != hash_padding(index, n):
        text = f"leaf {index} is of a record and passes for padding"
        return [Finding(rule=Rule.DELETED, text=text)]
    return []


def _explain_fork(connection: psycopg.Connection, fork: Head, good: Sequence[Head]) -> Finding:
    """Name the first record after the last tree that both histories share.

    Who writes another history signs it too: what a witness signed is shared, the rest may not be.
    """
    shared = max(
        (
            head.size
            for head in good
            if head.size < fork.size and head.is_witnessed >= fork.is_witnessed
        ),
        default=0,
    )
    text = f"from here on the log is not that of {fork.place}, of {fork.size} leaves"
    for index, organisation, n, _ in list_leaves(connection, after=shared - 1):
        if index >= fork.size:
            break
        if organisation:
            return Finding(rule=Rule.FORKED, organisation=organisation, n=n, text=text)
    return Finding(rule=Rule.FORKED, text=f"{text}, after {shared} leaves")
