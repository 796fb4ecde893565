"""The end of a worker: its exit status, and that the reason is told in any case."""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio
from aiokafka import errors
from tocsin.engine.rules import OtherRules
from tocsin.messages.partitioning import MisplacedError
from tocsin.settings import Settings
from tocsin.streams.core.port import FencedError
from tocsin.streams.faust.shutdown import Shutdown
from tocsin.streams.kafka.group import InstanceInUseError

async def explained():
    return InstanceInUseError("Another process uses the group_instance_id 'a'")

async def fails():
    raise RuntimeError("nobody to be asked")

async def main():
    leaving = Shutdown(Settings())
    leaving.explain = {explain}
    leaving.die({error})
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("error", "explain", "status", "words"),
    [
        ("ValueError('x')", "fails", 70, "ValueError"),
        ("FencedError('x')", "fails", 70, "FencedError"),
        ("errors.KafkaError('x')", "fails", 70, "KafkaError"),
        ("FencedError('x')", "explained", 78, "Another process uses the group_instance_id 'a'"),
        ("ValueError('x')", "explained", 70, "ValueError"),
        ("OtherRules('release 0.2 goes on')", "fails", 70, "release 0.2 goes on"),
        ("MisplacedError('The number of partitions was changed.')", "fails", 78, "create topics with the number"),
        ("errors.InvalidSessionTimeoutError()", "fails", 78, "The brokers refuse session_timeout 6 s"),
        ("errors.GroupAuthorizationFailedError('g')", "fails", 77, "consumer group g"),
    ],
)
def test_the_worker_ends_with_the_status_that_fits_and_says_why(
    error: str, explain: str, status: int, words: str
) -> None:
    program = PROGRAM.format(error=error, explain=explain)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    said = ended.stdout + ended.stderr
    assert ended.returncode == status, said
    assert words in said
    assert ("unexpected" in said) == (status == 70 and "release" not in words)
