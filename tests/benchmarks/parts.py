"""The parts of a worker's work, each measured alone on a real broker: microseconds of processor time an event.

What a client library does is measured twice: as Tocsin does it with aiokafka, and with the same bytes by librdkafka.
"""

import gc
import json
import subprocess
import time
from collections.abc import Awaitable, Sequence
from itertools import groupby

from aiokafka import AIOKafkaConsumer, TopicPartition
from contenders import PEERS, python_of
from race import delete, publish
from results import Part
from stand import settings_for
from streams import Message

from tocsin.contracts.library import ContractLibrary
from tocsin.engine.shard import Shard
from tocsin.messages.inbox import decode
from tocsin.messages.intake import Intake
from tocsin.messages.record import Chunk, PipelineStep, Record, Topic
from tocsin.settings import Settings
from tocsin.streams.core.port import Source
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.transactions import Part as Written
from tocsin.streams.kafka.transactions import Transactions
from tocsin.tenants.directory import TenantDirectory

_POLL_RECORDS = 10_000
_OUTPUTS = (Topic.INBOX, Topic.TICKET_EVENTS, Topic.ALERTS, Topic.TICKETS)


async def parts(messages: Sequence[Message], bootstrap: str) -> list[Part]:
    """Every part of what Tocsin does with `messages`, in order. One partition, so that each part is done in one go."""
    settings = settings_for(bootstrap).model_copy(update={"partitions": 1})
    inputs = list(dict.fromkeys(message.topic for message in messages))
    await topics.create(settings)
    try:
        await publish(settings, messages)
        measured = await _measure(settings, inputs, len(messages))
    finally:
        await delete(settings)
    return measured


async def _measure(settings: Settings, inputs: Sequence[Topic], count: int) -> list[Part]:
    each = 1e6 / count
    reading, came = await _timed(_read(settings, inputs))
    intake = Intake(TenantDirectory.from_file(None, ContractLibrary.load(None), settings.default_contract), 1)
    taking_in, taken = _folded(intake, came)
    writing_inbox = await _written(settings, Source(inputs[0], 0), taken)
    reading_inbox, log = await _timed(_read(settings, [Topic.INBOX]))
    decoding = _decoded(log)
    folding, folded = _folded(Shard(0), log)
    writing = await _written(settings, Source(Topic.INBOX, 0), folded)
    read, write = _by_librdkafka(settings, [*inputs, *_OUTPUTS])
    return [
        Part("read the input", reading * each, sum(read[topic] for topic in inputs) * each),
        Part("intake: judge, find the tenant, encode", taking_in * each),
        Part("write the inbox, in transactions", writing_inbox * each, write[Topic.INBOX] * each),
        Part("read the inbox", reading_inbox * each, read[Topic.INBOX] * each),
        Part("decode it", decoding * each),
        Part("fold: decide, clocks, alerts, hash chain, encode", (folding - decoding) * each),
        Part(
            "write journal, alerts and state, in transactions",
            writing * each,
            sum(write[topic] for topic in _OUTPUTS[1:]) * each,
        ),
    ]


async def _timed(work: Awaitable[list[Record]]) -> tuple[float, list[Record]]:
    """Seconds of processor time of the whole process, and the outcome."""
    gc.collect()
    begun = time.process_time()
    outcome = await work
    return time.process_time() - begun, outcome


async def _read(settings: Settings, wanted: Sequence[Topic]) -> list[Record]:
    """All records of the topics, in the form that the steps take."""
    records: list[Record] = []
    async with AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_poll_records=_POLL_RECORDS,
    ) as consumer:
        places = {TopicPartition(settings.topic(topic), 0): topic for topic in wanted}
        consumer.assign(list(places))
        ends = await consumer.end_offsets(list(places))
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for place, found in (await consumer.getmany(timeout_ms=100)).items():
                records += [
                    Record(places[place], 0, it.offset, it.timestamp, it.key, it.value, tuple(it.headers))
                    for it in found
                ]
    return records


def _folded(step: PipelineStep, records: Sequence[Record]) -> tuple[float, list[Chunk]]:
    """Seconds of processor time, and the outcome, of one partition after the other."""
    gc.collect()
    begun = time.process_time()
    chunks = [chunk for _, of_one in groupby(records, key=lambda record: record.topic) for chunk in step.fold(of_one)]
    return time.process_time() - begun, chunks


def _decoded(records: Sequence[Record]) -> float:
    begun = time.process_time()
    for record in records:
        decode(record)
    return time.process_time() - begun


async def _written(settings: Settings, source: Source, chunks: Sequence[Chunk]) -> float:
    """Seconds of processor time for a transaction a chunk."""
    name = f"parts-{source}"
    transactions = Transactions(settings, name, dict.fromkeys(Topic, 1), None)
    await transactions.start()
    gc.collect()
    begun = time.process_time()
    for chunk in chunks:
        await transactions.commit([Written(source, chunk.outputs, chunk.position, name)])
    seconds = time.process_time() - begun
    await transactions.close()
    return seconds


def _by_librdkafka(settings: Settings, wanted: Sequence[Topic]) -> tuple[dict[Topic, float], dict[Topic, float]]:
    """Seconds of processor time for each topic: to read it, and to write the same records once more."""
    script, scratch = str(PEERS / "librdkafka_wire.py"), settings.topic(Topic.DEAD_LETTERS)
    command = [python_of("librdkafka"), script, settings.bootstrap, scratch, *map(settings.topic, wanted)]
    said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    by_topic = {topic: said[settings.topic(topic)] for topic in wanted}
    return {it: of["read"] for it, of in by_topic.items()}, {it: of["write"] for it, of in by_topic.items()}
