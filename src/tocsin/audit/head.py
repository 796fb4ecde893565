"""Signed heads: what a partition held up to an offset, in one line that another party keeps.

A line is `{"head": {...}, "signature": BASE64, "tags": BASE64}`. The signature (Ed25519) covers the canonical JSON of
`head`: sorted keys, no spaces, UTF-8.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tocsin.audit.merkle import Tree, has_grown

HEAD_VERSION = 1

TAG_BYTES = 3
"""The bytes of each leaf's hash that a head keeps. They tell which record is meant where a root does not fit."""


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the tree of a partition was, its fields in the order of their names. Hashes are in hex."""

    begin: int
    """The first offset that the log had at that time; what stood before had gone by its retention."""
    chain: str | None
    """The hash of the last record of the journal; None for other topics."""
    end: int
    """The offset behind the last leaf."""
    first: int
    """The offset of the first leaf."""
    frontier: tuple[str, ...]
    """The complete subtrees, the largest first: from these the tree can be grown without what stood before."""
    growth: tuple[str, ...]
    """The proof (RFC 6962, consistency) that this tree goes on from that of the former head."""
    key: str
    """The SHA-256 of the public key."""
    partition: int
    previous: str
    """The SHA-256 of the former head of the partition as it was signed; empty for the first."""
    previous_size: int
    release: str
    """The release that has made it."""
    root: str
    size: int
    """How many leaves there are."""
    tags: str
    """The SHA-256 of the tags of the leaves since the former head."""
    time: str
    """The greatest stamp of its records: the time of the log."""
    topic: str
    type: Literal["tocsin.head"] = "tocsin.head"
    v: int = HEAD_VERSION

    def canonical(self) -> bytes:
        """The bytes that are signed."""
        return _canonical(self)

    def digest(self) -> str:
        """The SHA-256 of what is signed, by which the next head names this one."""
        return sha256(self.canonical()).hexdigest()

    def tree(self) -> Tree:
        """The tree, to be grown. Raises `ValueError` where the frontier and the root do not fit."""
        tree = Tree(self.size, [bytes.fromhex(each) for each in self.frontier])
        if tree.root().hex() != self.root:
            raise ValueError("its frontier is not that of its root")
        return tree

    @property
    def place(self) -> str:
        """The partition, for a sentence."""
        return f"{self.topic}/{self.partition}"


class SignedHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a file of heads."""

    head: Head
    signature: bytes
    tags: bytes = b""

    def line(self) -> bytes:
        """The line, without its end."""
        return _canonical(self)


class Signer(Protocol):
    """A private key, wherever it is."""

    @property
    def key_id(self) -> str:
        """The SHA-256 of the raw public key, in hex."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The Ed25519 signature of `data`."""
        ...


_canonical = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(SignedHead).decode


def key_id(public: Ed25519PublicKey) -> str:
    """The SHA-256 of a public key, in hex."""
    return sha256(public.public_bytes_raw()).hexdigest()


def signed(head: Head, tags: bytes, signer: Signer) -> SignedHead:
    """The head with its signature."""
    return SignedHead(head=head, signature=signer.sign(head.canonical()), tags=tags)


def read_head(line: bytes) -> SignedHead:
    """The head in a line. Raises `ValueError`."""
    try:
        return _decode(line)
    except msgspec.MsgspecError as error:
        raise ValueError(f"is no signed head of this version of Tocsin: {error}") from None


def fault_of(signed_head: SignedHead, keys: Mapping[str, Ed25519PublicKey]) -> str:
    """What is wrong with a head taken alone; "" where it holds."""
    head = signed_head.head
    if head.key not in keys:
        return f"is signed by another key ({head.key[:16]})"
    try:
        keys[head.key].verify(signed_head.signature, head.canonical())
        head.tree()
    except InvalidSignature:
        return "has a signature that does not hold"
    except ValueError as error:
        return f"is wrong: {error}"
    if sha256(signed_head.tags).hexdigest() != head.tags:
        return "has had its tags changed"
    return ""


def fault_between(before: Head, after: Head) -> str:
    """Why a head does not follow on the one before it of its partition, by size; "" where it does."""
    pair = f"the heads of {before.size} records ({before.time}) and of {after.size} records ({after.time})"
    if after.previous == before.digest():
        proof = [bytes.fromhex(each) for each in after.growth]
        holds = has_grown(_tree_of(before), _tree_of(after), proof)
        return "" if holds else f"forked: {pair} are not of one log"
    if before.size == after.size:
        return f"forked: two heads of {before.size} records, with the roots {before.root[:16]} and {after.root[:16]}"
    if after.previous_size <= before.size:
        return f"forked: {pair} both follow on one of {after.previous_size} records or fewer"
    return f"the head of {after.previous_size} records is missing, between {pair}"


def _tree_of(head: Head) -> tuple[int, bytes]:
    return head.size, bytes.fromhex(head.root)
