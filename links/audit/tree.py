"""The Merkle tree of RFC 9162, section 2.1: roots, proofs of inclusion and of consistency.

A leaf is the hash of a record; what is asked of a tree is only ever the hash of a range of leaves,
so proofs are made alike from a list of leaves and from what a log keeps of the leaves it had.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

Subtree = Callable[[int, int], bytes]
"""Hash of the leaves from one index up to another (excluded)."""

EMPTY_ROOT = sha256(b"").digest()


def make_leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def make_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two others."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Return how many of `size` leaves (2 or more) are on the left: a power of two."""
    return 1 << (size - 1).bit_length() - 1


class Frontier:
    """A tree that forgets its leaves: the perfect subtrees that it consists of, largest first."""

    __slots__ = ("_nodes", "size")

    def __init__(self) -> None:
        self.size = 0
        self._nodes: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf (see make_leaf)."""
        size, nodes = self.size, self._nodes
        while size & 1:
            leaf = sha256(b"\x01" + nodes.pop() + leaf).digest()
            size >>= 1
        nodes.append(leaf)
        self.size += 1

    def make_root(self) -> bytes:
        """Return the root of all leaves so far."""
        if not self._nodes:
            return EMPTY_ROOT
        root = self._nodes[-1]
        for node in reversed(self._nodes[:-1]):
            root = make_node(node, root)
        return root

    def copy(self) -> "Frontier":
        """Return the same tree, to go on from."""
        other = Frontier()
        other.size, other._nodes = self.size, list(self._nodes)
        return other

    def make_subtree(self, later: Sequence[bytes]) -> Subtree:
        """Return the hashes of ranges when `later` leaves have followed this tree's.

        Before `size` only its perfect subtrees are known: no proof from `size` wants another.
        """
        known: dict[tuple[int, int], bytes] = {}
        start, remaining = 0, self.size
        for node in self._nodes:
            width = 1 << remaining.bit_length() - 1
            known[start, start + width] = node
            start, remaining = start + width, remaining - width

        def subtree(first: int, last: int) -> bytes:
            if last <= self.size:
                return known[first, last]
            if first >= self.size:
                return make_root(later[first - self.size : last - self.size])
            middle = first + split(last - first)
            return make_node(subtree(first, middle), subtree(middle, last))

        return subtree


def make_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of leaves."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.make_root()


def make_inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the audit path of a leaf, nearest first (section 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + split(last - first)
        if index < middle:
            path.append(subtree(middle, last))
            last = middle
        else:
            path.append(subtree(first, middle))
            first = middle
    return path[::-1]


def make_consistency(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with that of `old` (2.1.4.1)."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new} leaves")
    path: list[bytes] = []
    first, last = 0, new
    while last != old:
        middle = first + split(last - first)
        if old <= middle:
            path.append(subtree(middle, last))
            last = middle
        else:
            path.append(subtree(first, middle))
            first = middle
    if first:
        path.append(subtree(first, last))
    return path[::-1]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], *, root: bytes) -> bool:
    """Return whether a path shows that a leaf is in the tree (section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, end, node = index, size - 1, leaf
    for sibling in path:
        if end == 0:
            return False
        if place & 1 or place == end:
            node = make_node(sibling, node)
            while not place & 1 and place:
                place, end = place >> 1, end >> 1
        else:
            node = make_node(node, sibling)
        place, end = place >> 1, end >> 1
    return end == 0 and node == root


def is_consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Return whether a proof shows that the new tree begins with the old one (2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    # A perfect old tree is a node of the new one and is not repeated in the proof.
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not (0 < old < new and path and nodes):
        return False
    place, end = old - 1, new - 1
    while place & 1:
        place, end = place >> 1, end >> 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if end == 0:
            return False
        if place & 1 or place == end:
            first, second = make_node(node, first), make_node(node, second)
            while not place & 1 and place:
                place, end = place >> 1, end >> 1
        else:
            second = make_node(second, node)
        place, end = place >> 1, end >> 1
    return end == 0 and first == old_root and second == new_root
