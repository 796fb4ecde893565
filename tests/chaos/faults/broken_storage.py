"""10. A full disk, a flipped byte in a snapshot, partitions that were added: stop loudly, never guess."""

import asyncio
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from bench import Bench, bench
from field import Field, close_books, timed
from patience import until
from report import Result

from tocsin.messages.record import Topic
from tocsin.streams.kafka.topics import TOGETHER

_WRONG_TOPICS = 78
_MEBIBYTE = 1024 * 1024
_ROOM = 2 * _MEBIBYTE
"""What is left on the disk when the load begins."""


@timed
async def run(field: Field) -> Result:
    acts = "a full disk, a flipped byte in a snapshot, added partitions"
    result = Result("10", "broken storage and topology", field.seed, acts)
    await _flipped_byte(field, result)
    await _added_partitions(field, result)
    if field.full:
        await asyncio.to_thread(_in_a_namespace_of_its_own, field, result)
    return result


async def _flipped_byte(field: Field, result: Result) -> None:
    """The broker does not notice; the worker must."""
    async with (
        field.broker("flipped") as kafka,
        bench(kafka.bootstrap, field.folder / "workers-flipped", "flipped", field.seed) as table,
    ):
        table.crew.start(0)
        await table.ready()
        async with table.stream(rate=80):
            await asyncio.sleep(3)
        await close_books(table, result)
        await asyncio.to_thread(kafka.stop)
        segment = field.folder / "flipped" / "logs" / "flipped.tickets-1" / "00000000000000000000.log"
        content = bytearray(segment.read_bytes())
        content[content.index(b'"priority"', len(content) // 2) + 3] ^= 1
        segment.write_bytes(content)
        await asyncio.to_thread(kafka.start)
        worker = table.crew.start(0)
        await until(lambda: worker.process.poll() is not None, "the worker has stopped")
        said = "flipped.tickets/1 holds a record whose checksum is wrong" in worker.text
        result.expect(said, "the damaged record was not named")
        result.expect(worker.process.returncode == 70, f"it ended with {worker.process.returncode}")
        result.notes.append(
            "A flipped byte in a record of the state: the worker ends with 70 and names partition and remedy."
        )


async def _added_partitions(field: Field, result: Result) -> None:
    async with bench(field.shared.bootstrap, field.folder / "added", "added", field.seed) as table:
        table.crew.start(0)
        await table.ready()
        async with table.stream(rate=80):
            await asyncio.sleep(2)
        await close_books(table, result)
        for grown in ((Topic.INBOX,), tuple(set(TOGETHER) - {Topic.INBOX})):
            await _add_partitions(table, grown)
            worker = table.crew.start(0)
            await until(lambda: worker.process.poll() is not None, "the worker has stopped")  # noqa: B023 - awaited before the next round
            code = worker.process.returncode
            result.expect(code == _WRONG_TOPICS, f"with more partitions of {grown} it ended with {code}")
        for sentence in ("they must be equal", "The number of partitions was changed"):
            result.expect(sentence in worker.text, f"it did not say that {sentence!r}")
        result.notes.append(
            "More partitions of the inbox alone, then of all topics that belong together: each time the worker "
            "refuses to start with 78 and says what to do."
        )


async def _add_partitions(table: Bench, grown: tuple[Topic, ...]) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=table.settings.bootstrap)
    await client.start()
    try:
        await client.create_partitions({table.settings.topic(topic): NewPartitions(6) for topic in grown})
    finally:
        await client.close()


def _in_a_namespace_of_its_own(field: Field, result: Result) -> None:
    """Mounting a small disk needs to be root, if only of a namespace."""
    folder = field.folder / "full-disk"
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", sys.executable, __file__, folder, str(field.seed)],
        env={"PYTHONPATH": ":".join(sys.path), "HOME": str(Path.home()), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        result.expect(holds=False, otherwise=f"full disk: {done.stderr[-500:]}")
        return
    inner: Result = pickle.loads((folder / "result").read_bytes())  # noqa: S301 - we have just written it
    result.audits += inner.audits
    result.notes += inner.notes
    result.broken += inner.broken
    result.recoveries += inner.recoveries


async def _full_disk(folder: Path, seed: int) -> Result:
    """The broker's disk fills up under load; then there is room again, and the broker is started again."""
    result = Result("10", "full disk", seed, "")
    disk = folder / "kafka" / "logs"
    disk.mkdir(parents=True)
    subprocess.run(  # noqa: ASYNC221 - before anything runs
        ["mount", "-t", "tmpfs", "-o", "size=192m", "tmpfs", disk], check=True
    )
    field = Field(folder, seed, 1, None)  # type: ignore[arg-type]  # it has no other broker
    async with (
        field.broker("kafka") as kafka,
        bench(kafka.bootstrap, folder / "workers", "full", seed) as table,
    ):
        table.crew.start(0)
        await table.ready()
        async with table.stream(rate=100):
            await asyncio.sleep(2)
            ballast = disk / "ballast"
            _fill(ballast, disk)
            worker = table.crew.workers[0]
            await until(lambda: not kafka.running, "the broker has given up")
            await until(lambda: worker.get("/readyz")[0] == 503, "the worker says that it is not ready")
            ballast.unlink()
            kafka.kill()
            await asyncio.to_thread(kafka.start)
            await table.recovered(time.monotonic())
        ended = table.crew.ended_by_themselves
        await close_books(table, result)
        result.expect_none_ended(ended)
        result.notes.append(
            "Full disk: the broker gave up, the worker said that it is not ready (ended by themselves: "
            f"{ended}); with room again and the broker restarted everything went on."
        )
    return result


def _fill(ballast: Path, disk: Path) -> None:
    with ballast.open("wb") as file:
        while _free(disk) > _ROOM:
            file.write(b"\0" * min(_MEBIBYTE, _free(disk) - _ROOM))
            file.flush()


def _free(disk: Path) -> int:
    status = os.statvfs(disk)
    return status.f_bavail * status.f_frsize


if __name__ == "__main__":
    where = Path(sys.argv[1])
    (where / "result").write_bytes(pickle.dumps(asyncio.run(_full_disk(where, int(sys.argv[2])))))
