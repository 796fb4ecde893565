"""Recovery of a lost cluster from an export, timed: export, import on other brokers, a worker that is ready there.

    python tests/benchmarks/recovery.py [--events 80000] [--gaps 50000]

Two local Kafkas are started; the first is killed before the import. Then a partition is made in which a gap stands
behind each of so many records, as where every input came alone: what a gap costs.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from stand import TOCSIN, end, publish, settings_for, start

from tocsin.dev.kafka import LocalKafka, install
from tocsin.messages.record import Record, Topic
from tocsin.recording.manifest import Manifest, read_manifest
from tocsin.recording.placing import place
from tocsin.recording.reading import Extent
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

LIMIT_SECONDS = 1_800
STAMP = 1_772_355_600_000


def timed(what: str, work: Callable[[], object]) -> float:
    """The seconds that `work` takes; said at once."""
    began = time.monotonic()
    work()
    seconds = time.monotonic() - began
    sys.stdout.write(f"{what:<44} {seconds:7.1f} s\n")
    sys.stdout.flush()
    return seconds


def tocsin(settings: Settings, *arguments: str) -> None:
    """Run a command; end the benchmark where it fails."""
    command = [*TOCSIN[:2], "import tocsin.cli; tocsin.cli.main()", *arguments]
    done = subprocess.run(command, env=_environment(settings), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"tocsin {' '.join(arguments)}: {done.stderr}")


def _environment(settings: Settings) -> dict[str, str]:
    return settings.environment() | {"PYTHONPATH": ":".join(sys.path), "USER": "benchmark"}


async def applied(settings: Settings) -> bool:
    """True if everything that stands on the topics has been applied."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        committed = await admin.list_consumer_group_offsets(settings.app_id)
    except GroupCoordinatorNotAvailableError:
        return False  # a new cluster makes it when it is first asked
    finally:
        await admin.close()
    read = (Topic.SECURITY_EVENTS, Topic.INBOX)
    tps = [TopicPartition(settings.topic(topic), number) for topic in read for number in range(settings.partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=settings.bootstrap, isolation_level="read_committed") as consumer:
        ends = await consumer.end_offsets(tps)
    return all(tp in committed and committed[tp].offset >= ends[tp] for tp in tps) and all(ends.values())


def run_worker(settings: Settings, log: Path) -> None:
    """A worker until everything is applied."""
    limit = time.monotonic() + LIMIT_SECONDS
    with log.open("wb") as output:
        worker = start(TOCSIN, _environment(settings), output)
        while not asyncio.run(applied(settings)):
            if worker.poll() is not None:  # its supervisor starts it again
                sys.stdout.write(f"the worker has ended with {worker.returncode}, and is started again\n")
                worker = start(TOCSIN, _environment(settings), output)
            if time.monotonic() > limit:
                raise SystemExit(f"not everything was applied in {LIMIT_SECONDS} s")
            time.sleep(0.2)
        end(worker)


def count(manifest: Manifest) -> tuple[int, int]:
    """The records of an export, and the offsets that hold none."""
    stretches = [it for topic in manifest.topics.values() for it in topic.partitions.values()]
    records = sum(it.records for it in stretches)
    return records, sum(it.end - it.begin for it in stretches) - records


async def gaps(settings: Settings, number: int) -> None:
    """A partition with a gap behind each record."""
    await topics.create(settings, dev=True)
    records: Iterator[Record] = (
        Record(Topic.INBOX, 0, 2 * each, STAMP + each, b"client", b"x" * 400) for each in range(number)
    )
    await place(settings, settings.topic(Topic.INBOX), 0, records, Extent(0, 2 * number))


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=80_000, help="each gives about four records")
    parser.add_argument("--gaps", type=int, default=50_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, backup = Path(temporary), Path(temporary) / "backup"
        with LocalKafka(install(), folder / "first") as lost:
            settings = settings_for(lost.bootstrap).model_copy(update={"session_timeout": 60.0})
            asyncio.run(topics.create(settings))
            asyncio.run(publish(settings, options.events))
            timed(f"a worker applies {options.events:,} events", lambda: run_worker(settings, folder / "worker.log"))
            timed("tocsin export", lambda: tocsin(settings, "export", str(backup), "--reason", "benchmark"))
            lost.kill()
        records, empty = count(read_manifest(backup))
        size = sum(file.stat().st_size for file in backup.rglob("*") if file.is_file())
        sys.stdout.write(f"{records:,} records, {empty:,} empty offsets, {size / 1e6:.0f} MB packed\n")
        with LocalKafka(install(), folder / "second") as found:
            again = settings.model_copy(update={"bootstrap": found.bootstrap})
            seconds = timed("tocsin import", lambda: tocsin(again, "import", str(backup), "--reason", "benchmark"))
            seconds += timed("a worker has started and applied all", lambda: run_worker(again, folder / "again.log"))
            sys.stdout.write(f"{'from empty brokers to a worker that goes on':<44} {seconds:7.1f} s\n")
            timed("tocsin audit verify", lambda: tocsin(again, "audit", "verify"))
            other = settings_for(found.bootstrap)
            seconds = timed(
                f"{options.gaps:,} records, a gap behind each", lambda: asyncio.run(gaps(other, options.gaps))
            )
            sys.stdout.write(f"{options.gaps / seconds:,.0f} gaps a second\n")


if __name__ == "__main__":
    main()
