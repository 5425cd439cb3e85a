"""Tree and notes: laws, tampering, and two implementations that are not ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise

import pytest
import tlog_scales.signing as their_signing
import tlog_scales.tlog as their_tlog
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from links.audit.note import (
    Checkpoint,
    KeyType,
    NoteRefused,
    cosign,
    make_key,
    read_note,
    read_signing_key,
    read_verifier_key,
    sign_checkpoint,
    verify,
    verify_cosignature,
)
from links.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    is_consistent,
    is_included,
    make_consistency,
    make_inclusion,
    make_leaf,
    make_root,
)

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOG = make_key("links.example/transparency", KeyType.LOG)
WITNESS = make_key("witness.example/w1", KeyType.WITNESS)
CHECKPOINT = Checkpoint(origin=LOG.name, size=7, root=sha256(b"root").digest())

sizes = st.integers(1, 70)


def make_entries(size: int) -> list[bytes]:
    return [b"record %d" % number for number in range(size)]


def make_leaves(size: int) -> list[bytes]:
    return [make_leaf(entry) for entry in make_entries(size)]


def grow(leaves: list[bytes]) -> Frontier:
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree


def spoil(path: list[bytes]) -> list[list[bytes]]:
    """Every path with one hash changed, one left out, one too many, two swapped."""
    other = sha256(b"other").digest()
    changed = [[*path[:i], other, *path[i + 1 :]] for i in range(len(path))]
    shorter = [[*path[:i], *path[i + 1 :]] for i in range(len(path))]
    swapped = [
        [*path[:i], path[i + 1], path[i], *path[i + 2 :]]
        for i, (one, two) in enumerate(pairwise(path))
        if one != two
    ]
    return [*changed, *shorter, *swapped, [*path, other], [other, *path]]


@given(sizes, st.data())
def test_a_leaf_is_proven_and_nothing_else_is(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = make_leaves(size)
    root = make_root(leaves)
    path = make_inclusion(index, size, Frontier().make_subtree(leaves))
    assert is_included(leaves[index], index, size, path, root=root)
    assert not any(is_included(leaves[index], index, size, bad, root=root) for bad in spoil(path))
    for other in range(size):
        assert is_included(leaves[index], other, size, path, root=root) == (other == index)
    assert not is_included(make_leaf(b"no record"), index, size, path, root=root)
    assert not is_included(leaves[index], size, size, path, root=root)


@given(sizes, sizes)
def test_a_larger_tree_is_proven_to_begin_with_a_smaller(one: int, two: int) -> None:
    old, new = sorted((one, two))
    leaves = make_leaves(new)
    # As the log makes it: from the perfect subtrees of the old tree and the leaves after it.
    path = make_consistency(old, new, grow(leaves[:old]).make_subtree(leaves[old:]))
    roots = make_root(leaves[:old]), make_root(leaves)
    assert is_consistent(old, roots[0], new, roots[1], path)
    assert not any(is_consistent(old, roots[0], new, roots[1], bad) for bad in spoil(path))
    changed = [*leaves[:-1], make_leaf(b"changed")]
    assert not is_consistent(old, make_root(changed[:old]), new, roots[1], path) or old < new
    if old < new:
        assert not is_consistent(old, roots[0], new, make_root(changed), path)
        forked = [make_leaf(b"forked"), *leaves[1:]]
        other = make_consistency(old, new, grow(forked[:old]).make_subtree(forked[old:]))
        assert not is_consistent(old, roots[0], new, make_root(forked), other)


def test_an_empty_tree() -> None:
    assert Frontier().make_root() == EMPTY_ROOT
    assert is_consistent(0, EMPTY_ROOT, 3, make_root(make_leaves(3)), [])
    assert not is_consistent(0, bytes(32), 3, make_root(make_leaves(3)), [])
    with pytest.raises(ValueError, match="no proof"):
        make_consistency(0, 3, Frontier().make_subtree(make_leaves(3)))


@given(sizes, st.data())
def test_two_other_implementations_agree(size: int, data: st.DataObject) -> None:
    entries, leaves = make_entries(size), make_leaves(size)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    theirs = InmemoryTree(algorithm="sha256")
    for entry in entries:
        theirs.append_entry(entry)
    root, old_root = theirs.get_root(size), theirs.get_root(old)
    assert grow(leaves).make_root() == make_root(leaves) == root
    subtree = Frontier().make_subtree(leaves)
    inclusion = make_inclusion(index, size, subtree)
    consistency = make_consistency(old, size, subtree)

    # theirs, verified by ours
    proof = theirs.prove_inclusion(index + 1, size)
    assert is_included(leaves[index], index, size, list(proof.path[1:]), root=root)
    verify_inclusion(leaves[index], root, proof)
    between = theirs.prove_consistency(old, size)
    verify_consistency(old_root, root, between)

    # ours, verified by theirs
    their_tlog.InclusionProof(index, size, inclusion).check(leaves[index], root)
    their_tlog.ConsistencyProof(old, size, consistency).check(old_root, root)


def test_an_independent_reader_verifies_our_notes() -> None:
    note = sign_checkpoint(CHECKPOINT, LOG) + cosign(CHECKPOINT, WITNESS, MOMENT)
    read = their_tlog.Checkpoint.from_text(note)
    keys = [their_signing.Vkey.from_string(key.verifier.text) for key in (LOG, WITNESS)]
    assert (read.origin, read.size, read.root_hash) == (LOG.name, 7, CHECKPOINT.root)
    assert read.serialize() == note
    signed = their_signing.VkeySet(*keys).verify(read.signatures, read)
    assert {key.name for key, _ in signed} == {LOG.name, WITNESS.name}
    read.verify(keys[0])
    forged = replace(read, size=8)
    assert not their_signing.VkeySet(*keys).verify(forged.signatures, forged)


def test_our_reader_verifies_notes_that_others_wrote() -> None:
    signer = their_signing.PlainEd25519Signer(LOG.name, LOG.private)
    theirs = their_tlog.Checkpoint.make_signed(LOG.name, 7, CHECKPOINT.root, [signer])
    assert theirs.serialize() == sign_checkpoint(CHECKPOINT, LOG)
    # The example of the specification of signed notes, with the key that belongs to it.
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert read_verifier_key(key).text == key


def test_keys_come_back_and_hide() -> None:
    for key in (LOG, WITNESS):
        assert read_signing_key(key.text).verifier == key.verifier
        assert read_verifier_key(key.verifier.text) == key.verifier
        *_, secret = key.text.split("+", 4)
        assert len(secret) > 40
        assert secret not in repr(key)
    with pytest.raises(NoteRefused, match="id"):
        read_verifier_key(LOG.verifier.text.replace(LOG.verifier.id.hex(), "00000000"))
    with pytest.raises(NoteRefused, match="witness"):
        cosign(CHECKPOINT, LOG, MOMENT)
    with pytest.raises(NoteRefused, match="log"):
        sign_checkpoint(CHECKPOINT, WITNESS)


def test_what_is_not_quite_a_note_is_refused() -> None:
    note = sign_checkpoint(CHECKPOINT, LOG) + cosign(CHECKPOINT, WITNESS, MOMENT)
    assert verify(read_note(note), LOG.verifier) == CHECKPOINT
    assert verify_cosignature(read_note(note), WITNESS.verifier) == MOMENT
    stranger = make_key(LOG.name, KeyType.LOG).verifier
    with pytest.raises(NoteRefused, match="no signature"):
        verify(read_note(note), stranger)
    with pytest.raises(NoteRefused, match="another log"):
        verify(read_note(note), replace(LOG.verifier, name="other.example"))
    for wrong in (
        note.replace("\n7\n", "\n8\n"),
        note.replace("\n7\n", "\n07\n"),
        note.replace("\n7\n", "\n7\nmore\n"),
        note.replace("\n7\n", "\n-7\n"),
        note.replace("\n7\n", "\r\n7\n"),
        note.replace("\n\n", "\n"),
        note.rstrip("\n"),
        note.replace("\u2014", "-"),
        f"{CHECKPOINT.text}\n",
        sign_checkpoint(CHECKPOINT, LOG) * 20,
        note.replace("=\n\n", "\n\n"),
    ):
        with pytest.raises(NoteRefused):
            verify(read_note(wrong), LOG.verifier)
    later = note.replace(
        cosign(CHECKPOINT, WITNESS, MOMENT).split()[2],
        cosign(CHECKPOINT, LOG_AS_WITNESS, MOMENT).split()[2],
    )
    with pytest.raises(NoteRefused):
        verify_cosignature(read_note(later), WITNESS.verifier)


LOG_AS_WITNESS = make_key(WITNESS.name, KeyType.WITNESS)
