"""A file of signed heads, one a line, as another party keeps it. Of years of them only their places are in memory."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import BinaryIO, NamedTuple, overload

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tocsin.audit.chain import Fault
from tocsin.audit.head import Head, SignedHead, fault_between, fault_of, read_head


class _Place(NamedTuple):
    """The place of a head in the file."""

    size: int
    begins: int


class HeadsOfPartition(Sequence[Head]):
    """The heads of one partition by their size, each read when it is asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: list[_Place] = []

    def add(self, size: int, begins: int) -> None:
        """Add the head of that size, whose line begins there."""
        self._places.append(_Place(size, begins))

    def sort(self) -> None:
        """Put them in the order of their size; heads of one size stay in the order of the file."""
        self._places.sort(key=lambda it: it.size)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Head: ...
    @overload
    def __getitem__(self, index: slice) -> list[Head]: ...
    def __getitem__(self, index: int | slice) -> Head | list[Head]:
        if isinstance(index, slice):
            return [self._read(place).head for place in self._places[index]]
        return self._read(self._places[index]).head

    def signed(self, head: Head) -> SignedHead:
        """The line of a head: its signature and tags too."""
        of_its_size = (self._read(it) for it in self._places if it.size == head.size)
        return next(it for it in of_its_size if it.head == head)

    def _read(self, place: _Place) -> SignedHead:
        self._file.seek(place.begins)
        return read_head(self._file.readline())


class KeptHeads:
    """The heads of a file that hold, by topic and partition; `faults` are those of the file itself."""

    def __init__(self, file: BinaryIO, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self.faults: list[Fault] = []
        self.count = 0
        found: dict[tuple[str, int], HeadsOfPartition] = {}
        lines = set[bytes]()
        begins = 0
        for number, line in enumerate(file, 1):
            digest = sha256(line).digest()
            if line.strip() and digest not in lines:
                lines.add(digest)
                if head := self._read(line, f"line {number}", keys):
                    found.setdefault((head.topic, head.partition), HeadsOfPartition(file)).add(head.size, begins)
            begins += len(line)
        self.by_partition = dict(sorted(found.items()))
        for heads in self.by_partition.values():
            heads.sort()
            self.faults += _faults_among(heads)

    def _read(self, line: bytes, place: str, keys: Mapping[str, Ed25519PublicKey]) -> Head | None:
        self.count += 1
        try:
            found = read_head(line)
        except ValueError as error:
            self.faults.append(Fault(place, str(error)))
            return None
        why = fault_of(found, keys)
        if why:
            self.faults.append(Fault(place, f"the head of {found.head.place}, {found.head.size} records, {why}"))
        return None if why else found.head


def _faults_among(heads: HeadsOfPartition) -> list[Fault]:
    """Where the heads of a partition do not follow on each other: forked, or with one missing."""
    faults = [Fault(one.place, why) for one, other in pairwise(heads) if (why := fault_between(one, other))]
    if heads[0].previous:
        faults.append(Fault(heads[0].place, f"the head before that of {heads[0].size} records is missing"))
    return faults
