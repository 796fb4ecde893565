"""The wallboard at 10,000 open promises and 200 updates a second: how smoothly Chromium shows it, and what it costs.

    python tests/benchmarks/board.py [--tickets 10000] [--updates 200] [--seconds 60]

The state is written as a worker writes it, ticket by ticket, and read by `tocsin board` in a process of its own. One in
ten updates is of a promise that is on the wall; the others are of any.
"""

import asyncio
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from playwright.async_api import Page
from stand import arguments, broker, settings_for

sys.path.insert(0, str(Path(__file__).parents[2]))  # a script's own folder is the only one that Python looks into

from tests.board.boards import Board
from tests.board.chromium import browser
from tests.board.stage import Stage

from tocsin.domain.instant import HOUR, MINUTE, SECOND, Instant
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.snapshot import PartitionState, decode_ticket, encode
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

_ON_THE_WALL = 40
_SCRIPT = """
contract: esentire
promise: none
clause: none
shows: none
tenant: acme
date: 2026-03-03
until: 2026-03-03T09:05:00Z
tenants:
  [tenants.acme]
  contract = "esentire"
  plan = "example"

09:00 call.missed from=+14165550123 to=+18445525837 call=c1
09:00 detection signature=s severity=high asset=a title="Outbound connection to an address on a block list" key=k
"""
_WATCH = """() => {
  window.seen = {frames: [], long: [], messages: 0};
  let last = performance.now();
  const frame = (at) => { seen.frames.push(at - last); last = at; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => list.getEntries().forEach((it) => seen.long.push(it.duration)))
    .observe({type: 'longtask', buffered: false});
}"""


def now() -> Instant:
    return time.time_ns() // 1_000_000


class Soc:
    """The state of very many tickets, two thirds of them detections and one third missed calls."""

    def __init__(self, folder: Path, count: int) -> None:
        stage = Stage.of(_SCRIPT, folder)
        self._models = [encode(stage.state(ticket)) for ticket in stage.model.known]
        self._stage = stage
        self.tickets = [self._ticket(number) for number in range(count)]

    def _ticket(self, number: int) -> Ticket:
        ticket = decode_ticket(self._models[number % 3 == 0])
        ticket.id, ticket.number, ticket.tenant = f"ticket-{number}", f"CLIENT-{number:06}", f"client-{number % 50}"
        self.due(ticket, now() - MINUTE + number * 4 * SECOND)
        return ticket

    @staticmethod
    def due(ticket: Ticket, at: Instant) -> None:
        """Let its promise be due then."""
        for clock in ticket.clocks:
            clock.deadline, clock.started_at = at, at - HOUR
            clock.steps = tuple(step._replace(at=at) for step in clock.steps)

    def others(self) -> list[tuple[str, bytes]]:
        """The contract and the tenants."""
        contracts = [(f"contract/{name}", text) for name, text in self._stage.contracts().items()]
        tenant = self._stage.model.tenants["acme"]
        for number in range(50):
            tenant.name = f"client-{number}"
            contracts.append((f"tenant/{tenant.name}", encode(tenant)))
        return contracts


async def write(producer: AIOKafkaProducer, settings: Settings, topic: Topic, key: str, value: bytes) -> None:
    partition = sum(key.encode()) % settings.partitions
    await producer.send(settings.topic(topic), value, key.encode(), partition=partition, timestamp_ms=now())


async def beat(producer: AIOKafkaProducer, settings: Settings) -> None:
    for number in range(settings.partitions):
        value = encode(PartitionState(clock=now()))
        await producer.send(settings.topic(Topic.TENANTS), value, f"partition/{number}".encode(), partition=number)


async def update(producer: AIOKafkaProducer, settings: Settings, soc: Soc, rate: int, seconds: float) -> int:
    """Change tickets at that rate; the number of changes."""
    rng, loop = random.Random(1), asyncio.get_running_loop()
    begun, sent = loop.time(), 0
    while (elapsed := loop.time() - begun) < seconds:
        while sent < elapsed * rate:
            near = rng.random() < 0.1
            ticket = soc.tickets[rng.randrange(_ON_THE_WALL) if near else rng.randrange(len(soc.tickets))]
            soc.due(ticket, (ticket.clocks[0].deadline or now()) + rng.randrange(-30, 31) * SECOND)
            await write(producer, settings, Topic.TICKETS, ticket.id, encode(ticket))
            sent += 1
        if sent % (5 * rate) < rate // 10:
            await beat(producer, settings)
        await asyncio.sleep(0.02)
    return sent


async def shown(page: Page, cost: str, seconds: float, sent: int) -> None:
    """Print what was seen."""
    seen: dict[str, Any] = await page.evaluate("window.seen")
    frames, long = sorted(seen["frames"]), sorted(seen["long"])
    heap = await page.evaluate("performance.memory.usedJSHeapSize")
    nodes = await page.evaluate("document.querySelectorAll('*').length")
    rows = {
        "updates sent a second": f"{sent / seconds:.0f}",
        "frames: median / 99th percentile / longest": " / ".join(
            f"{frames[min(len(frames) - 1, int(len(frames) * part))]:.0f} ms" for part in (0.5, 0.99, 1)
        ),
        "long tasks (above 50 ms): number / longest": f"{len(long)} / {long[-1] if long else 0:.0f} ms",
        "bytes a minute to the browser": f"{page_bytes[0] / seconds * 60 / 1024:.0f} KiB",
        "memory of the page's scripts / elements": f"{heap / 2**20:.1f} MiB / {nodes}",
        "the board: memory / processor time": cost,
        "load of the machine": f"{os.getloadavg()[0]:.1f}",
    }
    for name, value in rows.items():
        say(name, value)


def say(name: str, value: str) -> None:
    sys.stdout.write(f"{name:<46} {value}\n")


def cost_of(board: Board) -> str:
    """What the process of the board has used so far."""
    status = Path(f"/proc/{board.process.pid}/status").read_text()
    rss = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    ticks = Path(f"/proc/{board.process.pid}/stat").read_text().rpartition(")")[2].split()
    used = (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
    return f"{int(rss) / 1024:.0f} MiB / {used:.1f} s"


async def until_ready(board: Board) -> None:
    """Return once it has read the state."""
    while not board.is_ready():  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.05)


page_bytes = [0]


async def main(bootstrap: str | None, tickets: int, updates: int, seconds: int) -> None:
    """Measure and print."""
    with broker(bootstrap) as (address, folder):
        settings = settings_for(address).model_copy(update={"heartbeat_tick": 10.0})
        await topics.create(settings)
        soc = Soc(folder, tickets)
        async with AIOKafkaProducer(bootstrap_servers=address, max_batch_size=256 * 1024, linger_ms=5) as producer:
            for key, value in soc.others():
                await write(producer, settings, Topic.TENANTS, key, value)
            for ticket in soc.tickets:
                await write(producer, settings, Topic.TICKETS, ticket.id, encode(ticket))
            await beat(producer, settings)
            await producer.flush()
            begun = time.monotonic()
            board = Board(settings, folder / "board.log")
            try:
                await until_ready(board)
                say("start of the board to its state read", f"{time.monotonic() - begun:.1f} s")
                async with browser() as started:
                    page = await started.new_page(viewport={"width": 1920, "height": 1080})
                    session = await page.context.new_cdp_session(page)
                    await session.send("Network.enable")
                    await page.goto(board.address)
                    await page.locator("#promises > li").nth(10).wait_for()
                    await beat(producer, settings)
                    await asyncio.sleep(3)  # what a page load costs is another question
                    session.on(
                        "Network.dataReceived", lambda it: page_bytes.__setitem__(0, page_bytes[0] + it["dataLength"])
                    )
                    await page.evaluate(_WATCH)
                    sent = await update(producer, settings, soc, updates, seconds)
                    await shown(page, cost_of(board), seconds, sent)
            finally:
                board.kill()


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--updates", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    asyncio.run(main(given.bootstrap, given.tickets, given.updates, given.seconds))
