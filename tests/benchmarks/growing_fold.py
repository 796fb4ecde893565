"""One point of `growth.py` without a broker, in a process of its own so that its memory is its own.

    python tests/benchmarks/growing_fold.py STEP '{"tickets": 1000}' FILE

STEP `fold` opens so many tickets and leaves their state in FILE; `restore` takes FILE over in a fresh shard, as a
worker does at its start, and works with it; `window` fills a deduplication window; `lives` folds sixty days of two
clients and leaves FILE, too, which `hold` takes over. The figures are printed as JSON: processor time in microseconds,
memory in bytes, by what the process has resident.
"""

import asyncio
import gc
import json
import os
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import aiohttp
import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "fold"))

from contracts import contract, response, step
from driver import adoption, when
from hosted import watched
from logs import Step, record, tick

from tocsin.domain.commands.inbound import AdoptContract, Body, Detection
from tocsin.domain.instant import DAY
from tocsin.domain.vocabulary import Severity, Stage
from tocsin.engine import snapshot
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output, Record, Topic
from tocsin.settings import Settings
from tocsin.web.server import serve
from tools import quarter

Figures = dict[str, float]

START = when("09:00")
BATCH = 250
"""Records that are folded and timed together; the median batch is told, so that another load weighs little."""
OPENINGS, REPEATS, TICKS, TOMBSTONES, SCRAPES = 2_000, 5_000, 2_000, 2_000, 11
FIRED = 10_000
FOLDED_MAX = 30_000
"""More tickets are these under other names, with an id, number and correlation key of their own."""
DAYS, TICKETS_A_DAY = 60, 50  # of each of two clients: after 48 days as many tickets are forgotten as opened


class Spec(msgspec.Struct):
    """What the shard holds: so many open tickets of so many tenants, each with so many promises."""

    tickets: int = 20_000
    tenants: int = 30
    promises: int = 0
    """Objectives of the contract; 0: the plan `example` of the contract `esentire`."""
    window: int = 250_000


class Kept(NamedTuple):
    """A record of state as it stands on its topic."""

    topic: str
    key: bytes
    value: bytes


State = dict[tuple[str, bytes], bytes]
"""The last value of each key by topic."""


def adopted(spec: Spec) -> AdoptContract:
    """The contract that every tenant has."""
    if not spec.promises:
        return adoption("esentire", "example")
    rules = (response(dict.fromkeys(("P1", "P2", "P3"), 20 + it), id=f"response-{it}") for it in range(spec.promises))
    return adoption(contract(*rules, steps=(step("shift lead"),)))


def detections(spec: Spec, numbers: Iterable[int], first: int) -> Iterator[Record]:
    """One for each of `numbers`, which say what is seen; they come so fast that nothing falls due meanwhile."""
    for place, number in enumerate(numbers, start=first):
        body: Body = Detection(signature=f"s{number}", severity=Severity.HIGH, asset=f"h{number % 1000}", title="t")
        stamp = START + place // 1_000
        yield record(Step(0, f"client-{number % spec.tenants}", body), place, stamp, stamp)


def timed(shard: Shard, records: Iterable[Record], state: State | None = None) -> float:
    """The median microseconds of a record. The state that is written is put into `state`."""
    found = []
    source = iter(records)
    while batch := list(islice(source, BATCH)):
        began = time.process_time()
        chunks = list(shard.fold(batch))
        found.append((time.process_time() - began) / len(batch) * 1e6)
        if state is not None:
            note(state, (output for chunk in chunks for output in chunk.outputs))
    return statistics.median(found)


def note(state: State, outputs: Iterable[Output]) -> None:
    """Put what is written of the state into it."""
    for output in outputs:
        if output.topic in (Topic.TICKETS, Topic.TENANTS):
            if output.value is None:
                state.pop((output.topic, output.key or b""), None)
            else:
                state[output.topic, output.key or b""] = output.value


def resident() -> int:
    """Bytes of memory that this process has."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def fold(spec: Spec, file: Path) -> Figures:
    """Open the tickets."""
    shard, state = Shard(0, spec.window), State()
    body = adopted(spec)
    adoptions = [record(Step(0, f"client-{it}", body), it, START, START) for it in range(spec.tenants)]
    adopting = timed(shard, adoptions, state)
    folded = min(spec.tickets, FOLDED_MAX)
    timed(shard, detections(spec, range(folded), spec.tenants), state)
    leave(renamed(spec.tickets, state), file)
    size = sum(len(value) for (topic, _), value in state.items() if topic == Topic.TICKETS)
    return {"adoption_us": adopting, "state_bytes": size / folded}


def renamed(tickets: int, state: State) -> Iterator[Kept]:
    """`state`, and its tickets under other names, until there are so many."""
    yield from (Kept(topic, key, value) for (topic, key), value in state.items())
    originals = [(key, value) for (topic, key), value in state.items() if topic == Topic.TICKETS]
    for more in range(FOLDED_MAX, tickets, FOLDED_MAX):
        for key, value in originals[: tickets - more]:
            found = re.search(
                rb'"number":"(?P<tenant>[^"]+)-(?P<count>\d+)".*"correlation_key":"s(?P<seen>\d+) ', value
            )
            if found is None:
                raise SystemExit("the state of a ticket looks otherwise than this command knows it")
            number, seen = (
                b"%s-%06d" % (found["tenant"], int(found["count"]) + more),
                b"s%d" % (int(found["seen"]) + more),
            )
            other = b"%08x" % more + key[8:]
            text = value.replace(key, other).replace(b"%s-%s" % (found["tenant"], found["count"]), number)
            yield Kept(Topic.TICKETS, other, re.sub(rb'"s%s(?=[ "])' % found["seen"], b'"' + seen, text))


def leave(state: Iterable[Kept], file: Path) -> None:
    """Write `state` to `file`."""
    with file.open("wb") as out:
        for it in state:
            packed = msgspec.msgpack.encode(it)
            out.write(len(packed).to_bytes(4) + packed)


def kept(file: Path) -> Iterator[Kept]:
    """What another step has left."""
    with file.open("rb") as source:
        while length := source.read(4):
            yield Kept(*msgspec.msgpack.decode(source.read(int.from_bytes(length))))


def restore(spec: Spec, file: Path) -> Figures:
    """Take the tickets over, and go on with them."""
    before, shard, spent = resident(), Shard(0, spec.window), 0.0
    source = kept(file)
    while batch := list(islice(source, BATCH)):
        began = time.process_time()
        for it in batch:
            shard.load(Topic(it.topic), it.key, it.value)
        spent += time.process_time() - began
    began = time.process_time()
    for number in range(TOMBSTONES):
        shard.load(Topic.TICKETS, b"gone-%d" % number, None)
    tombstones = time.process_time() - began
    began = time.process_time()
    go_on(shard)
    spent += time.process_time() - began
    figures = {
        "restore_us": spent / spec.tickets * 1e6,
        "tombstone_us": tombstones / TOMBSTONES * 1e6,
        "memory": resident() - before,
    }
    return figures | worked(spec, shard)


def go_on(shard: Shard) -> None:
    """Let it finish the restore, as the first record does."""
    if shard.next_deadline is None:
        raise SystemExit("the state that was left owes nothing: nothing would be measured")


def worked(spec: Spec, shard: Shard) -> Figures:
    """What inputs, ticks, scrapes and deadlines cost with so much state."""
    first = spec.tenants + spec.tickets
    opening = timed(shard, detections(spec, range(spec.tickets, spec.tickets + OPENINGS), first))
    again = (number * 7_919 % spec.tickets for number in range(REPEATS))
    repeating = timed(shard, detections(spec, again, first + OPENINGS))
    quiet = shard.clock
    ticking = timed(shard, (tick(first + OPENINGS + REPEATS + it, quiet) for it in range(TICKS)))
    scraping, page = asyncio.run(scraped(shard))
    fired, began = 0, time.process_time()
    for chunk in shard.fold([tick(first + OPENINGS + REPEATS + TICKS, quiet + DAY)]):
        fired += sum(output.topic is Topic.ALERTS for output in chunk.outputs)
        if fired >= FIRED:
            break
    return {
        "opening_us": opening,
        "repeat_us": repeating,
        "tick_us": ticking,
        "scrape_us": scraping,
        "page_bytes": page,
        "fired_alert_us": (time.process_time() - began) / fired * 1e6,
    }


async def scraped(shard: Shard) -> tuple[float, int]:
    """Microseconds of processor time of a scrape by HTTP, its client in it, and the bytes of the page."""
    settings, found, page = Settings(web_port=0), [], b""
    stats = watched(shard, now=shard.clock, settings=settings)
    async with serve(settings, stats) as address, aiohttp.ClientSession() as http:
        for _ in range(SCRAPES):
            began = time.process_time()
            async with http.get(f"{address}/metrics") as answer:
                page = await answer.read()
            found.append(time.process_time() - began)
    return statistics.median(found) * 1e6, len(page)


def window(spec: Spec) -> Figures:
    """Fill a window as a takeover does, and go on with it."""
    shard = Shard(0, spec.window)
    timed(shard, [record(Step(0, f"client-{it}", adopted(spec)), it, START, START) for it in range(spec.tenants)])
    timed(shard, detections(spec, range(spec.tickets), spec.tenants))
    first, before, found = spec.tenants + spec.tickets, resident(), []
    source = detections(spec, (number % spec.tickets for number in range(spec.window)), first)
    while batch := list(islice(source, BATCH)):
        began = time.process_time()
        for it in batch:
            shard.remember(it)
        found.append((time.process_time() - began) / len(batch) * 1e6)
    memory = resident() - before
    again = (number % spec.tickets for number in range(REPEATS))
    repeating = timed(shard, detections(spec, again, first + spec.window))
    return {"remember_us": statistics.median(found), "memory": memory, "repeat_us": repeating}


def lives(file: Path) -> Figures:
    """What tickets leave behind that live and end: records and bytes by topic, before any is packed or deleted."""
    shard, live = Shard(0), State()
    counts, sizes = Counter[str](), Counter[str]()
    source = quarter.records(DAYS, TICKETS_A_DAY, seed=1)
    while batch := list(islice(source, BATCH)):
        for it in batch:
            kind = "ticks" if it.key is None else "inputs"
            counts[kind] += 1
            sizes[kind] += len(it.key or b"") + len(it.value or b"")
        outputs = [output for chunk in shard.fold(batch) for output in chunk.outputs]
        note(live, outputs)
        for output in outputs:
            counts[output.topic] += 1
            headers = sum(len(name) + len(value or b"") for name, value in output.headers)
            sizes[output.topic] += len(output.key or b"") + len(output.value or b"") + headers
    leave((Kept(topic, key, value) for (topic, key), value in live.items()), file)
    tickets = [value for (topic, _), value in live.items() if topic == Topic.TICKETS]
    return {
        "days": DAYS,
        "opened": sum(tenant.tickets_opened for tenant in shard.tenants()),
        "kept": len(tickets),
        "closed": sum(snapshot.decode_ticket(value).stage is Stage.CLOSED for value in tickets),
        "state_bytes": sum(map(len, tickets)) / len(tickets),
        **{f"{name} records": count for name, count in counts.items()},
        **{f"{name} bytes": size for name, size in sizes.items()},
    }


def hold(file: Path) -> Figures:
    """Take over what is left of them."""
    before, shard = resident(), Shard(0)
    for it in kept(file):
        shard.load(Topic(it.topic), it.key, it.value)
    go_on(shard)
    memory = resident() - before
    shard.cut_repeats_after(shard.clock + DAY)  # goes through all of them, and so as many are in use as may be
    return {"memory": memory, "memory_in_use": resident() - before}


STEPS: dict[str, Callable[[Spec, Path], Figures]] = {
    "fold": fold,
    "restore": restore,
    "window": lambda spec, _: window(spec),
    "lives": lambda _, file: lives(file),
    "hold": lambda _, file: hold(file),
}


def main() -> None:
    """Do the step, and print its figures."""
    name, spec, file = sys.argv[1:]
    gc.freeze()  # as a worker does
    gc.set_threshold(10_000, 20, 20)
    json.dump(STEPS[name](msgspec.json.decode(spec, type=Spec), Path(file)), sys.stdout)


if __name__ == "__main__":
    main()
