"""What release 0.1.0 wrote stays readable, and is decided again to the same bytes.

`0.1.0/inbox.jsonl.xz` is a log of 104 partitions: one for each history that the release was tested with, and six of
random steps. `0.1.0/outputs.sha256` holds, for each partition and output topic, the digest of every record that the
release wrote when it folded that log in batches of seven records. The wheel beside them is the release itself.
"""

import json
import lzma
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from tocsin.contracts.codec import contract_hash, contract_to_json
from tocsin.contracts.library import SHIPPED, ContractLibrary
from tocsin.domain.commands.inbound import BODIES
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output, Record, Topic

FOLDER = Path(__file__).parent / "0.1.0"
BATCH = 7


def log() -> Iterator[Record]:
    """The records of the log, partition by partition."""
    with lzma.open(FOLDER / "inbox.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            it = json.loads(line)
            key = None if it["key"] is None else it["key"].encode()
            yield Record(Topic.INBOX, it["partition"], it["offset"], it["timestamp"], key, it["value"].encode())


def folded() -> Iterator[Output]:
    """What this version writes for the log."""
    for partition, records in groupby(log(), key=lambda record: record.partition):
        shard, whole = Shard(partition), list(records)
        for first in range(0, len(whole), BATCH):
            for chunk in shard.fold(whole[first : first + BATCH]):
                yield from chunk.outputs


def digests() -> dict[str, str]:
    """By partition and topic."""
    running: dict[str, Any] = defaultdict(sha256)
    for output in folded():
        digest = running[f"{output.partition} {output.topic}"]
        for part in (output.key, output.value, str(output.timestamp).encode()):
            digest.update(b"\0" if part is None else b"\1%d:" % len(part) + part)
    return {place: digest.hexdigest() for place, digest in running.items()}


def test_the_log_of_release_0_1_0_gives_the_same_journal_alerts_and_state_to_the_byte() -> None:
    lines = (FOLDER / "outputs.sha256").read_text(encoding="utf-8").splitlines()
    released = {place: digest for digest, place in (line.split("  ") for line in lines)}
    assert digests() == released


def test_the_log_of_release_0_1_0_holds_every_type_of_message_that_it_knew() -> None:
    assert {json.loads(record.value or b"")["type"] for record in log()} >= set(BODIES)


def test_the_shipped_contracts_have_the_hashes_that_they_had_in_release_0_1_0() -> None:
    library = ContractLibrary.load(None)
    hashes = {name: contract_hash(contract_to_json(library.get(name))) for name in SHIPPED}
    assert hashes == dict(line.split() for line in (FOLDER / "contracts").read_text(encoding="utf-8").splitlines())
