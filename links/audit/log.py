"""The log: each minute the new records become leaves, and a checkpoint of them is signed."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg

from links.audit.note import (
    Checkpoint,
    KeyType,
    SigningKey,
    make_key,
    read_note,
    read_signing_key,
    sign_checkpoint,
    verify,
)
from links.audit.publication import publish_checkpoint, read_latest
from links.audit.tree import Frontier, make_consistency, make_leaf
from links.audit.witness import Witness

_LEAVES_AT_ONCE = 100_000

Leaf = tuple[int, str, int, bytes]
"""Index, organisation ('' for padding), number of the record, hash of the record."""


class LogForked(Exception):
    """The leaves are not those that were signed: nothing more is signed before it is explained."""


def read_or_make_key(path: Path, name: str, key_type: KeyType) -> SigningKey:
    """Return the key in a file of the owner alone; the first time, make one of this name."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(draft, "w") as file:
            file.write(make_key(name, key_type).text + "\n")
    return read_signing_key(path.read_text().strip())


class Log:
    """The log of one database and the tree that it signed last, kept between minutes.

    `tree` holds all leaves, `seen` those up to the tree that the witness signed last, `later` the
    leaves between both: what a proof of consistency is made of.
    """

    def __init__(self, *, key: SigningKey, witness: Witness | None, published: Path) -> None:
        self.key = key
        self.witness = witness
        self.published = published
        self.tree = Frontier()
        self.seen = Frontier()
        self.later: list[bytes] = []

    def load(self, connection: psycopg.Connection) -> None:
        """Read all leaves; LogForked if they are not what was signed, published and witnessed."""
        signed = list_checkpoints(connection, 0)
        latest = self.witness.find_latest() if self.witness else None
        heads = [(note.size, note.root, "signed") for note in self._verify(signed[-1:])]
        heads += [(*head, "published") for head in [read_latest(self.published)] if head]
        heads += [(latest.size, latest.root, "witnessed")] if latest else []
        tree, roots = Frontier(), {0: Frontier()}
        for _, _, _, record_hash in list_leaves(connection):
            tree.append(make_leaf(record_hash))
            if any(size == tree.size for size, _, _ in heads):
                roots[tree.size] = tree.copy()
        for size, root, how in heads:
            if size not in roots or roots[size].make_root() != root:
                raise LogForked(f"the leaves are not those of the tree of {size} that was {how}")
        self.tree = tree
        self._see(connection, roots[latest.size] if latest else Frontier())
        for size, _, _, note in list_checkpoints(connection, self._find_published()):
            publish_checkpoint(self.published, size, note)

    def _verify(self, rows: list[tuple[int, bytes, datetime, str]]) -> list[Checkpoint]:
        return [verify(read_note(note), self.key.verifier) for _, _, _, note in rows]

    def _find_published(self) -> int:
        head = read_latest(self.published)
        return head[0] if head else 0

    def _see(self, connection: psycopg.Connection, seen: Frontier) -> None:
        self.seen = seen
        leaves = list_leaves(connection, after=seen.size - 1)
        self.later = [make_leaf(record_hash) for _, _, _, record_hash in leaves]

    def sign(self, connection: psycopg.Connection, *, least: int, moment: datetime) -> int | None:
        """Take new records, sign, have it witnessed, publish; return the size, None if unchanged.

        The tree grows by `least` leaves or the first of its doubles that holds the records; 0: by
        the records alone.

        The checkpoint is committed before anybody sees it. WitnessRefused comes after it was
        committed and before it is published: two histories are not shown to the public as one.
        """
        tree, added = self.tree.copy(), []
        with connection.transaction():
            leaves = connection.execute("select * from links.take_leaves(%s)", (least,))
            for index, record_hash in leaves:
                if index != tree.size:
                    raise LogForked(f"leaf {index} follows a tree of {tree.size}")
                added.append(make_leaf(record_hash))
                tree.append(added[-1])
            if not added:
                return None
            checkpoint = Checkpoint(origin=self.key.name, size=tree.size, root=tree.make_root())
            note = sign_checkpoint(checkpoint, self.key)
            connection.execute(
                "select links.insert_checkpoint(%s, %s, %s)",
                (checkpoint.size, checkpoint.root, note),
            )
        self.tree = tree
        self.later += added
        note += self._ask_witness(connection, note, moment)
        publish_checkpoint(self.published, tree.size, note)
        return tree.size

    def _ask_witness(self, connection: psycopg.Connection, note: str, moment: datetime) -> str:
        if self.witness is None:
            return ""
        old, new = self.seen.size, self.tree.size
        proof = make_consistency(old, new, self.seen.make_subtree(self.later)) if old else []
        try:
            line = self.witness.add(note, old, proof, moment=moment)
        except OSError:  # out of reach: the next checkpoint it signs covers this one
            return ""
        with connection.transaction():
            connection.execute("select links.append_cosignature(%s, %s)", (new, line))
        self.seen, self.later = self.tree.copy(), []
        return line


def list_leaves(connection: psycopg.Connection, after: int = -1) -> Iterator[Leaf]:
    """Read leaves in their order, from the one after index `after`."""
    while rows := connection.execute(
        "select * from links.list_leaves(%s, %s)", (after, _LEAVES_AT_ONCE), binary=True
    ).fetchall():
        yield from rows
        after = rows[-1][0]


def list_checkpoints(
    connection: psycopg.Connection, after: int
) -> list[tuple[int, bytes, datetime, str]]:
    """Read the signed checkpoints of more than `after` leaves: size, root, when, note."""
    return connection.execute("select * from links.list_checkpoints(%s)", (after,)).fetchall()
