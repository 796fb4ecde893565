"""7. Messages made to break the reader, and batches that unpack to half a gigabyte."""

import asyncio
import json
from pathlib import Path

import bomb
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from bench import Bench, bench
from field import Field, close_books, timed
from report import Result

from tocsin.dev.kafka import Installation, LocalKafka, install
from tocsin.messages.record import Topic

_MEBIBYTE = 1024 * 1024
_TOO_LARGE = 10  # MESSAGE_TOO_LARGE of Kafka's protocol
_GROWTH_MAX_MB = 64


def _event(**changes: object) -> bytes:
    data = {"call": "c", "from": "+14165550123", "to": "+18445525837"}
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "s",
        "type": "tocsin.call.missed",
        "tenant": "acme",
        "data": data,
    }
    return json.dumps({**event, **changes}).encode()


POISON = {
    "no value": None,
    "an empty value": b"",
    "no UTF-8": b"\xff\xfe\xfd",
    "half an object": b'{"specversion": "1.0"',
    "a key twice": b'{"specversion": "1.0", "specversion": "1.0"}',
    "not a number": _event().replace(b'"1.0"', b"NaN"),
    "50,000 levels": b"[" * 50_000,
    "6,000 keys": ("{" + ",".join(f'"k{n}":0' for n in range(6_000)) + "}").encode(),
    "1.9 MB": b"x" * 1_900_000,
    "an unknown type": _event(type="tocsin.call.shouted"),
    "another version of CloudEvents": _event(specversion="2.0"),
    "no data": _event(data=None),
    "controls in text": _event(data={"call": "c\u001b[2J", "from": "+14165550123", "to": "+18445525837"}),
    "bidi in text": _event(data={"call": "c\u202e", "from": "+14165550123", "to": "+18445525837"}),
    "a number where text belongs": _event(data={"call": 7, "from": "+14165550123", "to": "+18445525837"}),
    "a list": b"[1, 2, 3]",
    "just null": b"null",
}


@timed
async def run(field: Field) -> Result:
    copies = field.choose(20, 2)
    acts = f"{len(POISON)} kinds of poison, {copies} times; bombs"
    result = Result("7", "poison set and decompression bombs", field.seed, acts)
    changes = {"dead_letter_flood": 10_000}
    async with bench(field.shared.bootstrap, field.folder, "poison", field.seed, changes=changes) as table:
        table.crew.start(0)
        await table.ready()
        async with table.stream(rate=40):
            await asyncio.sleep(1)
            before = table.crew.peak_kilobytes
            for _ in range(copies):
                await _publish_poison(table)
            await _throw_bombs(table, field.shared, result, 64)
            await asyncio.sleep(1)
        await close_books(table, result, POISON.values())
        grown = (table.crew.peak_kilobytes - before) / 1024
        result.expect(grown < _GROWTH_MAX_MB, f"the worker's memory grew by {grown:.0f} MB")
        letters = result.audits[-1].dead_letters
        result.expect(letters >= copies * len(POISON), f"only {letters} dead letters")
        result.notes.append(f"{letters} dead letters, one for each; the worker's memory grew by {grown:.0f} MB.")
    if field.full:
        await _throw_full_bombs(field, result)
    return result


async def _publish_poison(table: Bench) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=table.settings.bootstrap, enable_idempotence=True, max_request_size=2 * _MEBIBYTE
    ) as producer:
        for value in POISON.values():
            await producer.send_and_wait(table.settings.topic(Topic.CALLS), value, b"poison")


async def _throw_bombs(table: Bench, kafka: LocalKafka, result: Result, mebibytes: int) -> None:
    """The broker unpacks what comes to an input topic and refuses what is too large; a small batch passes."""
    answers = {}
    for topic in table.settings.input_topics:
        name = table.settings.topic(topic)
        for kind, batch in bombs(mebibytes).items():
            code = await bomb.send(kafka.bootstrap, name, 0, batch)
            answers[f"{kind}, {len(batch):,} bytes"] = code
            result.expect(code == _TOO_LARGE, f"{name} answered {code} to {kind} of {mebibytes} MiB")
    result.expect(kafka.running, "the broker has ended")
    result.notes.append(f"Bombs of {mebibytes} MiB on each input topic, by the broker's error code: {answers}.")


def bombs(mebibytes: int) -> dict[str, bytes]:
    """One record as large as all of it, and many of which each would be allowed."""
    return {
        "one record": bomb.one_huge_record(mebibytes * _MEBIBYTE),
        "records of 1 MiB": bomb.many_large_records(mebibytes, _MEBIBYTE),
    }


async def _throw_full_bombs(field: Field, result: Result) -> None:
    """512 MiB, at a broker with a heap as in production, and at one with the 512 MB of the local broker."""
    for heap in ("3g", "512m"):
        folder = field.folder / heap
        folder.mkdir(parents=True)
        kafka = LocalKafka(with_heap(install(), heap, folder), folder / "kafka")
        await asyncio.to_thread(kafka.start)
        try:
            async with bench(kafka.bootstrap, folder / "workers", "bombed", field.seed) as table:
                table.crew.start(0)
                await table.ready()
                codes = {}
                for kind, batch in bombs(512).items():
                    codes[f"{kind}, {len(batch):,} bytes"] = await bomb.send(
                        kafka.bootstrap, table.settings.topic(Topic.CALLS), 0, batch
                    )
                result.expect(kafka.running, f"the broker with a heap of {heap} has ended")
                result.expect(all(code in (_TOO_LARGE, -1) for code in codes.values()), f"answers: {codes}")
                taken = await _on_a_topic_that_does_not_unpack(kafka)
                await table.publish(list(table.traffic.messages(200, 0)))
                await close_books(table, result)
                result.notes.append(
                    f"512 MiB at a broker with a heap of {heap}: {codes} (-1: it ran out of memory, dropped the "
                    f"connection and went on); on a topic with compression.type=producer: {taken}, which is why "
                    "`tocsin topics create` sets `uncompressed`."
                )
        finally:
            kafka.stop()


async def _on_a_topic_that_does_not_unpack(kafka: LocalKafka) -> int:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await client.start()
    await client.create_topics([NewTopic("as-produced", 1, 1)])
    await client.close()
    for _ in range(50):
        code = await bomb.send(kafka.bootstrap, "as-produced", 0, bomb.one_huge_record(512 * _MEBIBYTE))
        if code not in (3, 6):  # the topic has no leader yet
            return code
        await asyncio.sleep(0.1)
    return code


def with_heap(installation: Installation, heap: str, folder: Path) -> Installation:
    """The installation with another size of the broker's heap."""
    java = folder / "java"
    java.write_text(
        f'#!/bin/sh\nfor a do shift; [ "$a" = -Xmx512m ] && a=-Xmx{heap}; set -- "$@" "$a"; done\n'
        f'exec {installation.java} "$@"\n'
    )
    java.chmod(0o755)
    return installation._replace(java=java)
