"""A Merkle tree by RFC 6962 that grows leaf by leaf: its root, and proofs that a leaf or a smaller tree is part of it.

It keeps a hash for each complete subtree (the frontier) and the proofs of the leaves that it follows, nothing else: a
tree of a thousand million leaves is 30 hashes.
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32

EMPTY_ROOT = sha256().digest()
"""The root of a tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above two others."""
    return sha256(b"\1" + left + right).digest()


class Tree:
    """A tree of `size` leaves, of which it is given the frontier. Raises `ValueError` where the two do not fit."""

    def __init__(self, size: int = 0, frontier: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(frontier) or any(len(each) != HASH_BYTES for each in frontier):
            raise ValueError(f"{len(frontier)} hashes are no frontier of {size} leaves")
        self.size = size
        self._peaks = list(frontier)
        self._followed: list[tuple[int, ...]] = [()] * len(frontier)  # the leaves under each peak that are followed
        self._paths: dict[int, list[bytes]] = {}

    @property
    def frontier(self) -> tuple[bytes, ...]:
        """The hashes of the complete subtrees that it consists of, the largest first."""
        return tuple(self._peaks)

    def root(self) -> bytes:
        """The hash of the whole tree."""
        return _folded(self._peaks) if self._peaks else EMPTY_ROOT

    def append(self, leaf: bytes, *, follow: bool = False) -> None:
        """Add the hash of the next leaf; `follow` it, so that there is a `path` of it."""
        index = self.size
        followed: tuple[int, ...] = ()
        if follow:
            self._paths[index] = []
            followed = (index,)
        self.size += 1
        while index & 1:
            leaf, followed = self._under_one(leaf, followed)
            index >>= 1
        self._peaks.append(leaf)
        self._followed.append(followed)

    def follow_last_peak(self) -> None:
        """Follow the last complete subtree, so that `growth` can tell that a later tree has this one in it."""
        if self._peaks:
            self._paths[self.size - 1] = []
            self._followed[-1] = (self.size - 1,)

    def path(self, index: int) -> list[bytes]:
        """The proof that the leaf `index`, which was followed, is in the tree as it is now."""
        place = next(at for at, leaves in enumerate(self._followed) if index in leaves)
        after = self._peaks[place + 1 :]
        return [*self._paths[index], *([_folded(after)] if after else []), *reversed(self._peaks[:place])]

    def growth(self, size: int, peak: bytes) -> list[bytes]:
        """The proof that the tree of `size` leaves, whose last peak was followed, is the beginning of this one."""
        if size in (0, self.size):
            return []
        return [*([] if size.bit_count() == 1 else [peak]), *self.path(size - 1)]

    def _under_one(self, right: bytes, followed: tuple[int, ...]) -> tuple[bytes, tuple[int, ...]]:
        """The node above the last peak and `right`, with the leaves under it that are followed."""
        left, others = self._peaks.pop(), self._followed.pop()
        for index in others:
            self._paths[index].append(right)
        for index in followed:
            self._paths[index].append(left)
        return node_hash(left, right), others + followed


def _folded(peaks: Sequence[bytes]) -> bytes:
    """The root above `peaks`, of which there is at least one."""
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def is_in_tree(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """True if `path` proves that the leaf of that hash is the one at `index` of a tree of `size` leaves."""
    if not 0 <= index < size:
        return False
    last, found = size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            found = node_hash(sibling, found)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and found == root


def has_grown(before: tuple[int, bytes], after: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """True if `proof` proves that a tree (its size and root) is the beginning of another one."""
    (size, root), (later_size, later_root) = before, after
    if size > later_size or size in (0, later_size):
        return size <= later_size and not proof and (size == 0 or root == later_root)
    hashes = [root, *proof] if size.bit_count() == 1 else list(proof)
    if not hashes:
        return False
    index, last = size - 1, later_size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    found = found_later = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            found, found_later = node_hash(sibling, found), node_hash(sibling, found_later)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found_later = node_hash(found_later, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and found == root and found_later == later_root
