"""How fast dead letters are listed and chosen for a redrive, and how much memory that takes.

    python tests/benchmarks/dead_letters.py [--bootstrap HOST:PORT] [--letters 300000]

Without --bootstrap a local Kafka is started. So many dead letters stand on their topic, and as many inputs in the inbox
behind them. One in a thousand was refused for another reason, and those are chosen. Each command is a process of its
own; the rate is by the processor seconds that it uses, its start (about a second) among them.
"""

import asyncio
import os
import subprocess
import sys
import time

from aiokafka import AIOKafkaProducer
from stand import TENANTS, arguments, broker, event, settings_for

from tocsin.domain.commands.inbound import CallMissed
from tocsin.messages import inbox
from tocsin.messages.dead_letters import DeadLetterReason, Rejected, dead_letter
from tocsin.messages.record import Output, Record, Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

RARE = 1_000
"""One in so many is chosen."""

COMMANDS = (
    ("list", "--count-by", "reason", "--json"),
    ("list", "--json"),
    ("redrive", "--reason", "no_tenant", "--dry-run", "--json"),
)


def letter(number: int) -> Output:
    """The dead letter of an event."""
    record = Record(Topic.SECURITY_EVENTS, number % 3, number, 0, None, event(number, TENANTS))
    reason = DeadLetterReason.INVALID_DATA if number % RARE else DeadLetterReason.NO_TENANT
    return dead_letter(record, Rejected(reason, "a detail"))


def accepted(number: int) -> bytes:
    """An input in the inbox."""
    call = CallMissed(call=str(number), caller="+14165550100", line="+14165550199")
    return inbox.encode(
        call,
        tenant="client-1",
        source="benchmark",
        input_id=str(number),
        time=None,
        salt="",
        origin=f"soc.calls/0/{number}",
    )


async def lay_ready(settings: Settings, count: int) -> None:
    """Write the dead letters, then the inputs."""
    await topics.create(settings)
    dead, log = settings.topic(Topic.DEAD_LETTERS), settings.topic(Topic.INBOX)
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, max_batch_size=256 * 1024) as producer:
        for number in range(count):
            made = letter(number)
            await producer.send(dead, made.value, headers=list(made.headers), partition=number % 3)
        for number in range(count):
            await producer.send(log, accepted(number), b"client-1", partition=number % 3)


def measure(settings: Settings, command: tuple[str, ...]) -> tuple[float, float, int]:
    """The seconds that a command takes, by the clock and of the processor, and the most memory that it has, in MiB."""
    program = [sys.executable, "-c", "from tocsin.cli import main; main()", "dead-letters", *command]
    environment = {**os.environ, **settings.environment(), "USER": "benchmark"}
    began = time.monotonic()
    process = subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} has ended with {process.returncode}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def main() -> None:
    """Print a line for each number of dead letters and each command."""
    parser = arguments(__doc__)
    parser.add_argument("--letters", type=int, default=300_000)
    wanted = parser.parse_args()
    with broker(wanted.bootstrap) as (bootstrap, _):
        for count in (wanted.letters // 10, wanted.letters):
            settings = settings_for(bootstrap)
            asyncio.run(lay_ready(settings, count))
            for command in COMMANDS:
                seconds, used, mebibytes = measure(settings, command)
                rate = f"{used:.1f} s of the processor, {count / used:,.0f} letters/s, {mebibytes} MiB"
                sys.stdout.write(f"{count:>8,} letters: {' '.join(command):55} {seconds:6.1f} s, {rate}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
