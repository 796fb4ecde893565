"""Write the tables and plots of docs/sizing.md from tests/benchmarks/GROWTH.json: `python -m tools.sizing`.

`make reference` does it, too. All arithmetic is here; what it goes by was measured by tests/benchmarks/growth.py.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tools.sizing_plots import PLOTS, picture

from tocsin.dev.jars import kafka_version
from tocsin.engine.shelf import IN_USE_MAX
from tocsin.settings import Settings

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "tests" / "benchmarks" / "GROWTH.json"
PAGE = ROOT / "docs" / "sizing.md"
PICTURES = ROOT / "docs" / "sizing"

Results = dict[str, list[dict[str, Any]]]

DAYS_KEPT = 48
"""A ticket closes 72 hours after its resolution, and is kept for 45 days then."""

_LONG = ("audit_days", "alert_days", "input_days", "deduplication_window", "heartbeat_tick")
LOG_DAYS, ALERT_DAYS, INPUT_DAYS, WINDOW, TICK_S = (float(Settings.model_fields[name].default) for name in _LONG)
"""As the settings are that nobody has changed."""

DAY = 86_400
TICKS_A_DAY = DAY / TICK_S

PEAK = 5
"""The busiest minute has so many times the inputs of the average one."""

BUSY = 0.5
"""So much of a core a worker uses in the busiest minute: a takeover and a slower machine need the rest."""

RESTORE_S = 10
"""A partition is to be restored in so many seconds."""

STATE_COPIES = 2
"""The state topics hold so many values of each key before they are compacted."""

WORKERS, PARTITIONS_OF_EACH = 100, 4
"""Of the estimate for many workers."""


class Soc(NamedTuple):
    """What is to be carried."""

    name: str
    tenants: int
    tickets_a_day: int
    inputs_a_second: float


SOCS = (
    Soc("small", 10, 100, 0.5),
    Soc("medium", 100, 2_000, 10),
    Soc("large", 1_000, 20_000, 100),
    Soc("very large", 5_000, 100_000, 500),
)


class Costs(NamedTuple):
    """What one costs, from the measured points. Seconds are of a processor."""

    ticket_bytes: float
    in_use_bytes: float
    tenant_bytes: float
    window_bytes: float
    worker_bytes: float
    partition_bytes: float
    restore_s: float
    alone_s: float
    ready_s: float
    broker_alone_s: float
    broker_ready_s: float
    inbox_bytes: float
    journal_bytes: float
    alert_bytes: float
    state_bytes: float
    tick_bytes: float
    adoption_bytes: float
    connections: float
    one_more_s: float


SAID = {
    "ticket_bytes": "memory of a ticket that is kept, most of them closed",
    "in_use_bytes": f"more for one of those that were in use lately, at most {IN_USE_MAX:,} of a partition",
    "tenant_bytes": "memory of a tenant",
    "window_bytes": "memory of an input in the deduplication window",
    "worker_bytes": "memory of a worker that holds nothing",
    "partition_bytes": "memory of a partition of each topic",
    "restore_s": "restoring a ticket, processor of the worker",
    "alone_s": "an input that comes alone, processor of the worker",
    "ready_s": "an input among many that lay ready, processor of the worker",
    "broker_alone_s": "an input that comes alone, processor of the broker",
    "broker_ready_s": "an input among many that lay ready, processor of the broker",
    "inbox_bytes": "an input on `soc.inbox`",
    "journal_bytes": "what it leaves on `soc.ticket-events`",
    "alert_bytes": "what it leaves on `soc.alerts`",
    "state_bytes": "a ticket on `soc.tickets`",
    "tick_bytes": f"a tick on `soc.inbox`: one in {TICK_S:.0f} s and partition, where nothing else comes",
    "adoption_bytes": "a tenant's contract on `soc.inbox`, from each worker that starts",
    "connections": "connections of a worker with four partitions of each topic",
    "one_more_s": "a rebalance of 100 members without state, when one more joins",
}
"""What each of them is."""


def costs(results: Results) -> Costs:
    """What the points say. What an input costs is the median over those of the partitions: chance is in it, too."""
    few, many = (_figures(results, "partitions", it) for it in (1, 64))
    middle = {name: median(it["figures"][name] for it in results["partitions"]) for name in few}
    (lives,) = (it["figures"] for it in results["lives"])
    windows = [_figures(results, "window", it)["memory"] for it in (1_000, 100_000)]
    tenants = [_figures(results, "tenants", it)["memory"] for it in (1, 5_000)]
    partition_bytes = (many["worker_bytes"] - few["worker_bytes"]) / 63
    return Costs(
        ticket_bytes=lives["memory"] / lives["kept"],
        in_use_bytes=(lives["memory_in_use"] - lives["memory"]) / IN_USE_MAX,
        tenant_bytes=(tenants[1] - tenants[0]) / 4_999,
        window_bytes=(windows[1] - windows[0]) / 99_000,
        worker_bytes=few["worker_bytes"] - partition_bytes,
        partition_bytes=partition_bytes,
        restore_s=_figures(results, "tickets", 100_000)["restore_us"] / 1e6,
        alone_s=middle["apart_worker_us"] / 1e6,
        ready_s=middle["ready_worker_us"] / 1e6,
        broker_alone_s=middle["apart_broker_us"] / 1e6,
        broker_ready_s=middle["ready_broker_us"] / 1e6,
        inbox_bytes=middle["apart soc.inbox bytes"],
        journal_bytes=middle["apart soc.ticket-events bytes"],
        alert_bytes=middle["apart soc.alerts bytes"],
        state_bytes=lives["state_bytes"],
        tick_bytes=middle["idle soc.inbox bytes"],
        adoption_bytes=middle["adoption_bytes"],
        connections=_figures(results, "partitions", 4)["connections"],
        one_more_s=_figures(results, "members", 100)["one_more_s"],
    )


def _figures(results: Results, axis: str, value: int) -> dict[str, float]:
    """The figures of the point whose first coordinate is `value`. Raises `StopIteration` where there is none."""
    return next(it["figures"] for it in results[axis] if next(iter(it["point"].values())) == value)


class Size(NamedTuple):
    """What it takes."""

    kept: int
    partitions: int
    workers: int
    cores: float  # of all workers, at the peak
    broker_cores: float
    worker_bytes: float  # of each worker, while one is away
    disk_bytes: float  # of one copy, once as much is deleted as is written


def size(soc: Soc, cost: Costs) -> Size:
    """The arithmetic of the table: as if every input came alone, which costs most."""
    kept, peak = soc.tickets_a_day * DAYS_KEPT, soc.inputs_a_second * PEAK
    cores = peak * cost.alone_s
    partitions = _divisible(max(kept * cost.restore_s / RESTORE_S, cores / BUSY))
    workers = next(it for it in range(2, partitions + 1) if it >= cores / BUSY and partitions % it == 0)
    window = min(WINDOW, soc.inputs_a_second * DAY / partitions) * partitions
    held = (
        kept * cost.ticket_bytes
        + min(kept, partitions * IN_USE_MAX) * cost.in_use_bytes
        + soc.tenants * cost.tenant_bytes
        + window * cost.window_bytes
        + partitions * cost.partition_bytes
    )
    return Size(
        kept=kept,
        partitions=partitions,
        workers=workers,
        cores=cores,
        broker_cores=peak * cost.broker_alone_s,
        worker_bytes=cost.worker_bytes + held / (workers - 1),
        disk_bytes=_disk(soc, cost, kept, partitions),
    )


def _divisible(least: float) -> int:
    """A number of partitions that many numbers of workers divide."""
    return next(it for it in (6, 12, 24, 36, 48, 60, 120, 240, 360, 720, 1_440) if it >= least)


def _disk(soc: Soc, cost: Costs, kept: int, partitions: int) -> float:
    inputs = soc.inputs_a_second * DAY
    log = inputs * (cost.inbox_bytes + cost.journal_bytes) + partitions * TICKS_A_DAY * cost.tick_bytes
    return (
        log * LOG_DAYS
        + inputs * cost.alert_bytes * ALERT_DAYS
        + inputs * cost.inbox_bytes * INPUT_DAYS
        + kept * cost.state_bytes * STATE_COPIES
    )


def tables(results: Results) -> dict[str, str]:
    """The tables of the page by the names of their places."""
    cost = costs(results)
    return {
        "sizes": "\n".join(_sizes(cost)),
        "costs": "\n".join(_costs(cost)),
        "hundred": "\n".join(_hundred(cost)),
        "conditions": _conditions(results),
    }


def _sizes(cost: Costs) -> Iterator[str]:
    found = [(soc, size(soc, cost)) for soc in SOCS]
    yield "| | " + " | ".join(soc.name for soc, _ in found) + " |"
    yield "|---|" + "---|" * len(found)
    rows: dict[str, list[str]] = {
        "tenants": [f"{soc.tenants:,}" for soc, _ in found],
        "tickets a day": [f"{soc.tickets_a_day:,}" for soc, _ in found],
        "tickets kept: open, or closed for less than 45 days": [f"{it.kept:,}" for _, it in found],
        "inputs a second; in the busiest minute": [
            f"{soc.inputs_a_second:g}; {soc.inputs_a_second * PEAK:g}" for soc, _ in found
        ],
        "**partitions** of each topic": [f"{it.partitions}" for _, it in found],
        "**workers**": [f"{it.workers}" for _, it in found],
        "**memory** of each worker": [_bytes(it.worker_bytes) for _, it in found],
        "**cores** that all workers use in the busiest minute": [f"{it.cores:.2g}" for _, it in found],
        "cores that the brokers use for it": [f"{it.broker_cores:.2g}" for _, it in found],
        "**disk** of one copy, after 400 days": [_bytes(it.disk_bytes) for _, it in found],
    }
    for name, cells in rows.items():
        yield f"| {name} | {' | '.join(cells)} |"


def _costs(cost: Costs) -> Iterator[str]:
    yield "| what | costs |"
    yield "|---|---|"
    for name, value in cost._asdict().items():
        shown = _seconds(value) if name.endswith("_s") else f"{value:,.0f}"
        yield f"| {SAID[name]} | {_bytes(value) if name.endswith('_bytes') else shown} |"


def _hundred(cost: Costs) -> Iterator[str]:
    """Of a hundred workers that are busy by half with inputs which come alone."""
    inputs = WORKERS * BUSY / cost.alone_s
    soc = SOCS[-1]
    kept = inputs / PEAK / soc.inputs_a_second * soc.tickets_a_day * DAYS_KEPT
    partitions = WORKERS * PARTITIONS_OF_EACH
    restored = kept / partitions * cost.restore_s
    yield "| what | arithmetic | comes to |"
    yield "|---|---|---|"
    yield f"| inputs a second | {WORKERS} workers x {BUSY:g} / {_seconds(cost.alone_s)} | {inputs:,.0f} |"
    yield f"| transactions a second | at most two an input: intake, fold | {2 * inputs:,.0f} |"
    yield (
        f"| cores of the brokers | inputs x {_seconds(cost.broker_alone_s)}; {_seconds(cost.broker_ready_s)} "
        f"each where many lie ready | {inputs * cost.broker_alone_s:,.0f}; {inputs * cost.broker_ready_s:,.0f} |"
    )
    yield f"| connections | {WORKERS} workers x {cost.connections:.0f} | {WORKERS * cost.connections:,.0f} |"
    yield (
        f"| tickets kept | as many to an input as in the table above | {kept:,.0f} |\n"
        f"| a partition's state to restore | tickets / {partitions} partitions; x {_bytes(cost.state_bytes)}, "
        f"x {_seconds(cost.restore_s)} | {_bytes(kept / partitions * cost.state_bytes)}, {_seconds(restored)} |"
    )
    yield (
        f"| a rebalance, in which nobody works | as measured, and the restores of a worker: {PARTITIONS_OF_EACH} x "
        f"{_seconds(restored)} | {_seconds(cost.one_more_s + PARTITIONS_OF_EACH * restored)} |"
    )
    yield (
        f"| contracts on the inbox when all workers start anew | {WORKERS} workers x {soc.tenants:,} tenants x "
        f"{_bytes(cost.adoption_bytes)} | {_bytes(WORKERS * soc.tenants * cost.adoption_bytes)} |"
    )


def _conditions(results: Results) -> str:
    """What the figures were measured on: of all points the first and the last time."""
    found = [it["conditions"] for points in results.values() for it in points]
    machines = sorted({f"{it['machine']}, Tocsin {it['tocsin']}" for it in found})
    loads = [it["load"] for it in found]
    return (
        f"Measured on {'; '.join(machines)}, with Apache Kafka {kafka_version()} on the same machine, which others "
        f"used as well: load averages of {min(loads):.0f} to {max(loads):.0f}. Processor time is more there than on a "
        "calm machine."
    )


def _seconds(value: float) -> str:
    if value < 1e-3:  # noqa: PLR2004 - a millisecond
        return f"{value * 1e6:,.0f} us"
    if value < 1:
        return f"{value * 1e3:.{0 if value >= 0.01 else 1}f} ms"  # noqa: PLR2004 - two digits are enough
    return f"{value:,.1f} s"


def _bytes(count: float) -> str:
    for unit, length in (("TiB", 1024**4), ("GiB", 1024**3), ("MiB", 1024**2), ("kiB", 1024)):
        if count >= length:
            return f"{count / length:.{0 if count >= 10 * length else 1}f} {unit}"
    return f"{count:,.0f} B"


def filled(text: str, results: Results) -> str:
    """`text` with every table in its place: between lines `<!-- NAME -->` and `<!-- end -->`."""
    for name, words in tables(results).items():
        before, found, rest = text.partition(f"<!-- {name} -->\n")
        _, ended, after = rest.partition("<!-- end -->\n")
        if not (found and ended):
            raise SystemExit(f"{PAGE.name} has no place for the table {name}")
        text = f"{before}{found}{words}\n{ended}{after}"
    return text


def written() -> Iterator[tuple[Path, str]]:
    """The page and each picture, with what should stand in it."""
    results: Results = json.loads(RESULTS.read_text(encoding="utf-8"))
    yield PAGE, filled(PAGE.read_text(encoding="utf-8"), results)
    for name in PLOTS:
        yield PICTURES / f"{name}.svg", picture(name, results[name])


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for path, text in written():
        path.write_text(text, encoding="utf-8")
        print(path.name)
