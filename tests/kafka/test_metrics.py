"""What a worker says about itself, read from a running one with the real pipeline."""

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from patience import until
from prometheus_client.parser import text_string_to_metric_families
from replayed import inbox_now
from tests.conftest import UsesBroker
from workers import Worker, Workers, committed, publish

from tocsin.dev.jars import kafka_version
from tocsin.dev.kafka import LocalKafka, install
from tocsin.domain.instant import MINUTE, Instant, show
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.web.metrics import METRICS

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")


Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(worker: Worker) -> Samples:
    """Every sample of /metrics by its name and labels."""
    text = worker.get("/metrics")[1]
    families = text_string_to_metric_families(text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def sample(worker: Worker, name: str, **labels: str) -> float | None:
    return samples(worker).get((name, frozenset(labels.items())))


def total(worker: Worker, name: str) -> float:
    return sum(value for (found, _), value in samples(worker).items() if found == name)


def partitions(settings: Settings) -> int:
    """How many there are to be read."""
    return settings.partitions * (len(settings.input_topics) + 1)


def event(kind: str, number: int, data: dict[str, Any], time: Instant | None = None) -> bytes:
    said = {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": "test",
        "type": f"tocsin.{kind}",
        "tenant": "acme",
        "data": data,
    }
    return json.dumps(said if time is None else {**said, "time": show(time)}).encode()


def missed_call(number: int, time: Instant) -> bytes:
    data = {"call": f"c-{number}", "from": f"+1416555{number:04}", "to": "+18445525837"}
    return event("call.missed", number, data, time)


def detection(number: int) -> bytes:
    data = {"signature": f"s-{number}", "severity": "high", "asset": "10.0.0.1", "title": "Scan"}
    return event("detection", number, data)


async def test_the_metrics_say_what_was_taken_in_refused_ignored_opened_and_alerted(
    settings: Settings, workers: Workers
) -> None:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    repeated = detection(1)
    await publish(settings, Topic.SECURITY_EVENTS, [(None, repeated), (None, repeated), (None, detection(2))])
    await publish(settings, Topic.SECURITY_EVENTS, [(None, b"\xff\xfe"), (None, b"{}")])
    await publish(settings, Topic.SECURITY_EVENTS, [(None, b'{"event_type": "flow"}')] * 3)
    await publish(settings, Topic.CALLS, [(None, missed_call(1, await inbox_now(settings) - 21 * MINUTE))])
    await until(lambda: sample(worker, "tocsin_alerts_total", kind="callback_overdue") == 1, "the call is overdue")
    await until(lambda: sample(worker, "tocsin_dead_letters_total", reason="unknown_shape") == 1, "it is refused")
    assert sample(worker, "tocsin_dead_letters_total", reason="not_utf8") == 1
    await until(lambda: sample(worker, "tocsin_ignored_total", kind="no_finding") == 3, "flows are ignored")
    assert sample(worker, "tocsin_ignored_total", kind="resolved") == 0
    assert sample(worker, "tocsin_records_total", outcome="taken_in") == 4
    assert sample(worker, "tocsin_records_total", outcome="opened") == 3
    assert (sample(worker, "tocsin_records_total", outcome="repeated") or 0) >= 1  # adoptions by several lanes are, too
    assert total(worker, "tocsin_open_tickets") == 3
    assert total(worker, "tocsin_owned_partitions") == partitions(settings)


async def test_the_next_deadline_is_told_in_seconds_by_the_inboxs_own_time(
    settings: Settings, workers: Workers
) -> None:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    await publish(settings, Topic.CALLS, [(None, missed_call(1, await inbox_now(settings) - 5 * MINUTE))])
    left = await until(
        lambda: sample(worker, "tocsin_seconds_to_next_deadline", objective="callback"), "the clock is shown"
    )
    assert 14.5 * 60 < left < 15 * 60
    within = {"objective": "callback", "priority": "P3", "tenant": "", "le": "900.0"}
    assert sample(worker, "tocsin_promise_remaining_seconds_bucket", **within) == 1
    assert sample(worker, "tocsin_callbacks_waiting", tenant="") == 1
    assert 5 * 60 <= (sample(worker, "tocsin_oldest_callback_waiting_seconds") or 0) < 5.5 * 60
    urgent = {
        labels: value for (name, labels), value in samples(worker).items() if name == "tocsin_urgent_promise_seconds"
    }
    assert {dict(labels)["ticket"] for labels in urgent} == {"ACME-000001"}
    for work in ("intake", "inbox"):
        assert (sample(worker, "tocsin_transaction_duration_seconds_count", work=work) or 0) >= 1
        assert (sample(worker, "tocsin_fold_duration_seconds_count", work=work) or 0) >= 1
    assert sample(worker, "tocsin_restore_duration_seconds_count") == 3
    assert sample(worker, "tocsin_oldest_overdue_deadline_seconds") == 0


async def test_a_worker_that_has_applied_everything_lags_by_nothing(settings: Settings, workers: Workers) -> None:
    """Transaction markers and aborted records at the end of a partition are nothing to be read."""
    worker = workers.start(settings, *RUN)
    await worker.ready()
    await publish(settings, Topic.SECURITY_EVENTS, [(None, detection(n)) for n in range(50)])
    await until(lambda: sample(worker, "tocsin_records_total", outcome="opened") == 50, "all are applied")
    await until(lambda: total(worker, "tocsin_consumer_lag") == 0, "nothing is left")
    assert len([name for name, _ in samples(worker) if name == "tocsin_consumer_lag"]) == partitions(settings)


async def test_counters_do_not_fall_when_partitions_go_and_come(settings: Settings, workers: Workers) -> None:
    first = workers.start(settings, *RUN)
    await first.ready()
    await publish(settings, Topic.SECURITY_EVENTS, [(None, detection(n)) for n in range(30)])
    await until(lambda: sample(first, "tocsin_records_total", outcome="opened") == 30, "all are applied")
    second = workers.start(settings, *RUN)
    await until(lambda: total(second, "tocsin_owned_partitions") > 0, "they share the partitions")
    await until(
        lambda: (
            total(first, "tocsin_owned_partitions") + total(second, "tocsin_owned_partitions") == partitions(settings)
        ),
        "all",
    )
    assert sample(first, "tocsin_records_total", outcome="opened") == 30
    await until(
        lambda: total(first, "tocsin_open_tickets") + total(second, "tocsin_open_tickets") == 30,
        "the tickets are open with whoever owns them",
    )


async def test_while_nobody_watches_the_clocks_the_metrics_say_so_and_no_deadline_hides_it(
    tmp_path: Path, workers: Workers, uses_broker: UsesBroker
) -> None:
    uses_broker(kafka_version())
    with LocalKafka(install(), tmp_path / "kafka") as kafka:
        settings = Settings(bootstrap=kafka.bootstrap, partitions=3, web_port=0, heartbeat_tick=1)
        await topics.create(settings)
        worker = workers.start(settings, *RUN)
        await worker.ready()
        assert (sample(worker, "tocsin_ready"), unwatched(worker)) == (1, 0)
        publishing = asyncio.create_task(publish_until_cancelled(settings))
        await until(lambda: total(worker, "tocsin_open_tickets") > 50, "the work is under way")
        kafka.freeze()
        told = await until(lambda: while_unwatched(worker), "the partition of the tenant is in doubt")
        assert told["tocsin_ready", frozenset()] == 0
        assert told["tocsin_oldest_overdue_deadline_seconds", frozenset()] == 0  # which is why that does not suffice
        kafka.thaw()
        await until(lambda: (sample(worker, "tocsin_ready"), unwatched(worker)) == (1, 0), "it has them again")
        publishing.cancel()
        await asyncio.wait([publishing])


async def publish_until_cancelled(settings: Settings) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, enable_idempotence=True) as producer:
        for number in itertools.count():
            await producer.send_and_wait(settings.topic(Topic.SECURITY_EVENTS), detection(number))


def unwatched(worker: Worker) -> float:
    """The partitions of the inbox that a single worker has not; -1 where it did not answer in time."""
    return unwatched_by(samples(worker))


def while_unwatched(worker: Worker) -> Samples | None:
    """What one scrape says, once some partitions of the inbox are nobody's."""
    found = samples(worker)
    return found if unwatched_by(found) > 0 else None


def unwatched_by(found: Samples) -> float:
    """As deploy/prometheus/rules.yml reckons it."""
    topic = frozenset({("topic", "soc.inbox")})
    return found["tocsin_inbox_partitions", topic] - found["tocsin_owned_partitions", topic] if found else -1


async def test_every_metric_is_in_the_one_list_and_has_a_text(settings: Settings, workers: Workers) -> None:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    text = worker.get("/metrics")[1]
    told = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP tocsin_")}
    told -= {name for metric in METRICS for name in metric.sample_names if name.endswith(("_gcount", "_gsum"))}
    assert told == {metric.name for metric in METRICS}


async def test_a_flood_of_dead_letters_halts_that_partition_loudly_and_no_other(
    settings: Settings, workers: Workers
) -> None:
    cautious = settings.model_copy(update={"dead_letter_flood": 20})
    worker = workers.start(cautious, *RUN)
    await worker.ready()
    await publish(cautious, Topic.SECURITY_EVENTS, [(None, b"{}")] * 30, partition=0)
    await until(lambda: worker.get("/readyz")[0] == 503, "the worker says that it is not ready")
    problems = json.loads(worker.get("/readyz")[1])["problems"]
    assert len(problems) == 1
    assert sample(worker, "tocsin_ready") == 0
    assert "soc.security-events/0 is halted: 20 dead letters in a row" in problems[0]
    assert "halted" in worker.text
    await publish(cautious, Topic.SECURITY_EVENTS, [(None, detection(1))], partition=1)
    await until(lambda: sample(worker, "tocsin_records_total", outcome="opened") == 1, "the others go on")
    assert len(await committed(cautious, Topic.DEAD_LETTERS)) < 20  # the topic did not drain into them


async def test_the_pages_are_served_on_loopback_alone_and_nothing_else_is(settings: Settings, workers: Workers) -> None:
    worker = workers.start(settings, *RUN)
    await worker.ready()
    assert worker.get("/healthz") == (200, '{"alive": true}')
    assert worker.get("/readyz") == (200, '{"ready": true, "problems": [], "hints": []}')
    assert [worker.get(page)[0] for page in ("/", "/table", "/router", "/graph", "/stats")] == [404] * 5
    listening = listeners(worker.pid)
    assert listening
    assert all(address == "0100007F" for address in listening)


def listeners(pid: int) -> list[str]:
    """The addresses, as the kernel writes them, on which this process listens."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        target = str(descriptor.readlink()) if descriptor.is_symlink() else ""
        if target.startswith("socket:["):
            inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return [line[1].split(":")[0] for line in lines if line[3] == "0A" and line[9] in inodes]
