"""The naive job by hand on librdkafka: one loop, one transaction a batch, the state in a compacted topic.

One process owns all partitions: what a rebalance would need (a transactional id for each, a restore) is left out.
"""

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, Message, Producer
from naive_job import INPUTS, accepted, done, matter

PREFIX = os.environ["PREFIX"]
BATCH = 1_000
WAIT_SECONDS = 0.1  # for the batch to fill


class Loop:
    """Everything of one process."""

    def __init__(self) -> None:
        bootstrap = {"bootstrap.servers": os.environ["BOOTSTRAP"]}
        self._tickets: dict[str, dict[str, Any]] = {}
        self._producer = Producer(bootstrap | {"transactional.id": f"loop-{PREFIX}", "linger.ms": 5})
        reading = {"auto.offset.reset": "earliest", "enable.auto.commit": False, "isolation.level": "read_committed"}
        self._consumer = Consumer(bootstrap | reading | {"group.id": f"loop-{PREFIX}"})
        self._running = True

    def run(self) -> None:
        """Until SIGTERM."""
        signal.signal(signal.SIGTERM, self._stop)
        self._producer.init_transactions()
        self._consumer.subscribe([PREFIX + name for name in (*INPUTS, "inbox")])
        while self._running:
            if batch := self._consumer.consume(BATCH, WAIT_SECONDS):
                self._transaction(batch)
        self._consumer.close()

    def _stop(self, *_: object) -> None:
        self._running = False

    def _transaction(self, batch: list[Message]) -> None:
        producer, consumer = self._producer, self._consumer
        producer.begin_transaction()
        for message in batch:
            if message.error():
                raise SystemExit(str(message.error()))
            for topic, key, value in self._outputs(message):
                producer.produce(topic, value, key)
        producer.send_offsets_to_transaction(
            consumer.position(consumer.assignment()), consumer.consumer_group_metadata()
        )
        producer.commit_transaction()

    def _outputs(self, message: Message) -> Iterator[tuple[str, bytes, bytes]]:
        event = json.loads(message.value())
        if message.topic() != f"{PREFIX}inbox":
            if accepted(event):
                yield f"{PREFIX}inbox", event["tenant"].encode(), json.dumps(event).encode()
            return
        key = matter(event)
        ticket, entry, alert = done(key, self._tickets.get(key), event)
        self._tickets[key] = ticket
        name = ticket["id"].encode()
        yield f"{PREFIX}ticket-events", name, json.dumps(entry).encode()
        yield f"{PREFIX}tickets", key.encode(), json.dumps(ticket).encode()
        if alert is not None:
            yield f"{PREFIX}alerts", name, json.dumps(alert).encode()


if __name__ == "__main__":
    Loop().run()
