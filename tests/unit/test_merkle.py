"""The Merkle tree of RFC 6962: its roots, and what its proofs prove and do not prove."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.audit.merkle import EMPTY_ROOT, Tree, has_grown, is_in_tree, leaf_hash, node_hash

LEAVES = [bytes.fromhex(it) for it in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")] + [
    bytes(range(0x60, 0x70))
]
"""The leaves of the known answers that the logs of Certificate Transparency are tested by."""

ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Their roots, of none to all eight."""

PATH_OF_5_IN_8 = (
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
)
GROWTH_6_TO_8 = (
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
)

hashes = st.lists(st.binary(max_size=4).map(leaf_hash), min_size=1, max_size=70)


def tree_of(leaves: list[bytes], follow: int | None = None) -> Tree:
    tree = Tree()
    for index, leaf in enumerate(leaves):
        tree.append(leaf, follow=index == follow)
    return tree


def grown(leaves: list[bytes], size: int) -> tuple[Tree, Tree, list[bytes]]:
    """The tree of the first `size` leaves, that of all, and the proof that it has grown from the first."""
    before = tree_of(leaves[:size])
    after = Tree(size, before.frontier)
    after.follow_last_peak()
    for leaf in leaves[size:]:
        after.append(leaf)
    return before, after, after.growth(size, before.frontier[-1] if size else b"")


def by_definition(leaves: list[bytes]) -> bytes:
    """The hash of section 2.1, word for word, of hashes of leaves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_that_are_known(size: int) -> None:
    assert tree_of([leaf_hash(it) for it in LEAVES[:size]]).root().hex() == ROOTS[size]


def test_the_proofs_are_those_that_are_known() -> None:
    leaves = [leaf_hash(it) for it in LEAVES]
    assert [it.hex() for it in tree_of(leaves, follow=5).path(5)] == list(PATH_OF_5_IN_8)
    assert [it.hex() for it in grown(leaves, 6)[2]] == list(GROWTH_6_TO_8)


@given(hashes)
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert tree_of(leaves).root() == by_definition(leaves)


@given(hashes, st.data())
def test_every_leaf_is_proven_and_no_other_leaf_place_or_size_is(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    tree = tree_of(leaves, follow=index)
    path, root = tree.path(index), tree.root()
    assert is_in_tree(leaves[index], index, len(leaves), path, root)
    assert not is_in_tree(leaf_hash(b"another"), index, len(leaves), path, root)
    other = data.draw(st.integers(-1, len(leaves)).filter(lambda it: it != index))
    assert not is_in_tree(leaves[index], other, len(leaves), path, root) or leaves[index] in leaves[other : other + 1]
    assert not is_in_tree(leaves[index], index, len(leaves), [*path, root], root)
    assert not path or not is_in_tree(leaves[index], index, len(leaves), path[:-1], root)


@given(hashes, st.data())
def test_one_bit_of_a_path_changed_proves_nothing(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    tree = tree_of(leaves, follow=index)
    path = tree.path(index)
    for at in range(len(path)):
        bent = [*path[:at], flipped(path[at], data.draw(st.integers(0, 255))), *path[at + 1 :]]
        assert not is_in_tree(leaves[index], index, len(leaves), bent, tree.root())


@given(hashes, st.data())
def test_a_tree_that_grew_is_proven_from_its_frontier_alone(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(leaves)))
    before, after, proof = grown(leaves, size)
    assert after.root() == tree_of(leaves).root()
    assert has_grown((size, before.root()), (len(leaves), after.root()), proof)


@given(hashes, st.data())
def test_a_tree_that_did_not_grow_from_the_other_is_never_proven(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    before, after, proof = grown(leaves, size)
    forged = flipped(before.root(), data.draw(st.integers(0, 255)))
    assert not has_grown((size, forged), (len(leaves), after.root()), proof)
    assert not has_grown((size, before.root()), (len(leaves), forged), proof)
    assert not has_grown((len(leaves) + 1, after.root()), (size, before.root()), proof)
    for at in range(len(proof)):
        bent = [*proof[:at], flipped(proof[at], data.draw(st.integers(0, 255))), *proof[at + 1 :]]
        assert not has_grown((size, before.root()), (len(leaves), after.root()), bent)
        assert not has_grown((size, before.root()), (len(leaves), after.root()), proof[:at])


def flipped(digest: bytes, bit: int) -> bytes:
    bent = bytearray(digest)
    bent[bit // 8] ^= 1 << bit % 8
    return bytes(bent)


def test_the_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="no frontier"):
        Tree(5, [EMPTY_ROOT])


def test_a_tree_of_a_million_leaves_is_few_hashes() -> None:
    tree = Tree(2**20 - 1, [EMPTY_ROOT] * 20)
    tree.append(EMPTY_ROOT)
    assert len(tree.frontier) == 1
