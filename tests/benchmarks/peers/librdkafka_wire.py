"""`librdkafka_wire.py BOOTSTRAP SCRATCH TOPIC...`: what reading and writing cost without any job.

Reads each topic, and writes its records once more, to the topic SCRATCH, in transactions. Prints seconds of processor
time as JSON. Every topic has one partition.
"""

import json
import sys
import time

from confluent_kafka import Consumer, Message, Producer, TopicPartition

BATCH = 2_000


def read(bootstrap: str, topic: str) -> tuple[float, list[Message]]:
    """Everything that is committed."""
    begun = time.process_time()
    reading = {"group.id": "wire", "enable.auto.commit": False, "isolation.level": "read_committed"}
    consumer = Consumer({"bootstrap.servers": bootstrap, **reading, "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, 0, 0)])
    messages: list[Message] = []
    ended = False
    while not ended:
        batch = consumer.consume(BATCH, 1.0)
        ended = any(message.error() for message in batch)
        messages += [message for message in batch if not message.error()]
    consumer.close()
    return time.process_time() - begun, messages


def write(bootstrap: str, topic: str, messages: list[Message]) -> float:
    """A transaction a batch."""
    begun = time.process_time()
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "wire", "linger.ms": 5})
    producer.init_transactions()
    for at in range(0, len(messages), BATCH):
        producer.begin_transaction()
        for message in messages[at : at + BATCH]:
            producer.produce(topic, message.value(), message.key())
        producer.commit_transaction()
    return time.process_time() - begun


def main() -> None:
    """Each topic in turn."""
    bootstrap, scratch, *topics = sys.argv[1:]
    seconds = {}
    for topic in topics:
        reading, messages = read(bootstrap, topic)
        seconds[topic] = {"read": reading, "write": write(bootstrap, scratch, messages)}
    json.dump(seconds, sys.stdout)


if __name__ == "__main__":
    main()
