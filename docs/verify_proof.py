"""Check a proof of `tocsin audit prove` without the log and without Tocsin.

python verify_proof.py proof.json key.pub    needs Python and the package `cryptography`; exit status 0: each record
stood in the log when its head was signed by the holder of that key; 1: something does not hold, the last line says what
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def must(why: str, holds: bool) -> None:
    if not holds:
        sys.exit(f"DOES NOT HOLD: {why}")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def root_of(leaf: bytes, index: int, size: int, path: list[str]) -> str:
    """The root that the path leads to (RFC 6962, section 2.1): 00 stands before a leaf, 01 before a node."""
    found, last = sha256(b"\0" + leaf), size - 1
    for sibling in map(bytes.fromhex, path):
        if index % 2 or index == last:
            found = sha256(b"\1" + sibling + found)
            while index and index % 2 == 0:
                index, last = index // 2, last // 2
        else:
            found = sha256(b"\1" + found + sibling)
        index, last = index // 2, last // 2
    return found.hex() if index == last == 0 else ""


proof, key = json.loads(Path(sys.argv[1]).read_bytes()), load_pem_public_key(Path(sys.argv[2]).read_bytes())
must("the key is not of Ed25519", isinstance(key, Ed25519PublicKey))
heads = [each["head"] for each in proof["heads"]]
for head, signature in zip(heads, (each["signature"] for each in proof["heads"]), strict=True):
    text = json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        key.verify(base64.b64decode(signature), text.encode())
    except InvalidSignature:
        sys.exit(f"DOES NOT HOLD: the signature of the head of {head['topic']}/{head['partition']}")
for it in proof["records"]:
    head, leaf, value = heads[it["head"]], json.loads(it["leaf"]), json.loads(it["value"])
    place = f"{leaf['topic']}/{leaf['partition']} offset {leaf['offset']}"
    must(f"{place}, the head is of another log", all(head[each] == leaf[each] for each in ("topic", "partition")))
    must(f"{place}, its path", root_of(it["leaf"].encode(), it["index"], head["size"], it["path"]) == head["root"])
    must(f"{place}, its value", sha256(it["value"].encode()).hex() == leaf["value"])
    must(f"{place}, it is of another ticket", value.get("ticket", proof["ticket"]) == proof["ticket"])
    must(f"{place}, persons", "persons" not in it or sha256(it["persons"].encode()).hex() == value["persons_digest"])
    print(f"{place}: {value['type']}, in the log that was signed at {head['time']}")
print(f"{len(proof['records'])} records of {proof['number']} hold; {proof['unsigned']} were not signed yet")
