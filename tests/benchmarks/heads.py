"""Heads of a log: how fast records are hashed, signed and verified, and how much memory that takes.

    python tests/benchmarks/heads.py [--gigabytes 2] [--keep FOLDER]

First the pure steps in this process, in records a second of processor time: leaf and tree of an inbox and of a journal.
Then an export of that size is written, and `tocsin audit sign`, `verify --heads` and `prove` read it, each in a process
of its own: its records a second of wall-clock time, its processor time, and the most memory that it had.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from stand import OPENING, event

from tocsin.audit.leaf import leaf_of
from tocsin.audit.merkle import Tree, leaf_hash
from tocsin.contracts.library import ContractLibrary
from tocsin.engine.shard import Shard
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.replay import line
from tocsin.tenants.directory import TenantDirectory

STAMP = 1_772_355_600_000
EVENTS = 20_000
TOCSIN = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", "audit"]


def log() -> tuple[list[Record], list[Record]]:
    """An inbox of `EVENTS` detections, and its journal."""
    intake = Intake(TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire"), 1)
    arrived = [
        Record(Topic.SECURITY_EVENTS, 0, number, STAMP + number, None, event(number, EVENTS // OPENING))
        for number in range(EVENTS)
    ]
    taken = [it for chunk in intake.fold(arrived) for it in chunk.outputs if it.topic is Topic.INBOX]
    inbox = [Record(Topic.INBOX, 0, at, STAMP + at, it.key, it.value, it.headers) for at, it in enumerate(taken)]
    told = [it for chunk in Shard(0).fold(inbox) for it in chunk.outputs if it.topic is Topic.TICKET_EVENTS]
    return inbox, [Record(it.topic, 0, at, it.timestamp, it.key, it.value, it.headers) for at, it in enumerate(told)]


def hashed(records: list[Record]) -> float:
    """Records a second that become leaves of a tree; the best of three rounds."""
    best = 0.0
    for _ in range(3):
        begun, tree = time.process_time(), Tree()
        for record in records:
            tree.append(leaf_hash(leaf_of(record)))
        best = max(best, len(records) / (time.process_time() - begun))
    return best


def written(folder: Path, inbox: list[Record], journal: list[Record], size: int) -> int:
    """An export of `size` bytes: the inbox again and again, with offsets and stamps that go on. Its records."""
    counts = {}
    for topic, records in ((Topic.INBOX, _endless(inbox)), (Topic.TICKET_EVENTS, iter(journal))):
        (folder / topic).mkdir(parents=True)
        count = left = 0
        with (folder / topic / "0.jsonl").open("wb") as file:
            for record in records:
                left += file.write(line.write(record) + b"\n")
                count += 1
                if left >= size:
                    break
        counts[topic] = {"partitions": {"0": {"begin": 0, "end": count, "records": count}}}
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "topics": counts}))
    return sum(it["partitions"]["0"]["records"] for it in counts.values())


def _endless(inbox: list[Record]) -> Iterator[Record]:
    offset = 0
    while True:
        for record in inbox:
            yield record._replace(offset=offset, timestamp=STAMP + offset)
            offset += 1


def measured(name: str, records: int, *arguments: str) -> None:
    """Run a command over the export, and print a line."""
    begun = time.monotonic()
    done = subprocess.Popen([*TOCSIN, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(done.pid, 0)
    done.returncode = 0  # it has been waited for
    seconds = time.monotonic() - begun
    if status:
        raise SystemExit(f"{name} ended with {os.waitstatus_to_exitcode(status)}")
    processor = used.ru_utime + used.ru_stime
    say(f"{name:<8}{records / seconds:10,.0f} records/s{processor:8.0f} s of processor{used.ru_maxrss / 1024:7.0f} MB")


def main() -> None:
    """Measure, and print a line a step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--keep", type=Path, help="folder for the export, which stays")
    options = parser.parse_args()
    inbox, journal = log()
    say(f"leaf and tree, inbox:   {hashed(inbox):9,.0f} records/s of processor time")
    say(f"leaf and tree, journal: {hashed(journal):9,.0f} records/s of processor time")
    with ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        export, key, heads = folder / "export", folder / "heads.pem", folder / "heads.jsonl"
        records = written(export, inbox, journal, int(options.gigabytes * 1e9))
        bytes_all = sum(it.stat().st_size for it in export.rglob("*.jsonl"))
        say(f"export: {records:,} records, {bytes_all / 1e9:.2f} GB")
        subprocess.run([*TOCSIN, "keygen", key], check=True, stdout=subprocess.DEVNULL)
        where, who = ("--heads", str(heads)), ("--operator", "benchmark", "--reason", "benchmark")
        ticket = json.loads(journal[-1].value or b"")["ticket"]
        measured("sign", records, "sign", str(export), "--key", str(key), *where, *who)
        measured("verify", records, "verify", str(export), "--key", f"{key}.pub", *where)
        measured("prove", len(journal), "prove", ticket, str(export), "--key", f"{key}.pub", *where, *who)
        say(f"heads: {heads.stat().st_size / records:.1f} bytes a record")


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
