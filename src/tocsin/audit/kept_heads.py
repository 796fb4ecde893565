"""A file of signed heads, one a line, as another party keeps it."""

from collections.abc import Mapping
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tocsin.audit.chain import Fault
from tocsin.audit.head import Head, SignedHead, by_partition, fault_of, faults_among, read_head


class KeptHeads:
    """The heads of a file that hold, by topic and partition; `faults` are those of the file itself.

    Of each head the file keeps the tags, which are many, until they are asked for.
    """

    def __init__(self, file: BinaryIO, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._file = file
        self._places: dict[str, int] = {}
        self._signatures: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.count = 0
        heads = []
        place = file.tell()
        for number, line in enumerate(file, 1):
            if line.strip():
                found = self._read(line, f"line {number}", keys)
                if found:
                    self._places[found.head.digest()] = place
                    self._signatures[found.head.digest()] = found.signature
                    heads.append(found.head)
            place += len(line)
        self.by_partition: dict[tuple[str, int], list[Head]] = by_partition(heads)
        for of in self.by_partition.values():
            self.faults += faults_among(of)

    def _read(self, line: bytes, place: str, keys: Mapping[str, Ed25519PublicKey]) -> SignedHead | None:
        self.count += 1
        try:
            found = read_head(line)
        except ValueError as error:
            self.faults.append(Fault(place, str(error)))
            return None
        why = fault_of(found, keys)
        if why:
            self.faults.append(Fault(place, f"the head of {found.head.place}, {found.head.size} records, {why}"))
        return None if why else found

    def tags(self, head: Head) -> bytes:
        """The tags of a head."""
        self._file.seek(self._places[head.digest()])
        return read_head(self._file.readline()).tags

    def without_tags(self, head: Head) -> SignedHead:
        """The head with its signature alone."""
        return SignedHead(head=head, signature=self._signatures[head.digest()])
