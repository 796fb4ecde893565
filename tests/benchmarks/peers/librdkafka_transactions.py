"""`librdkafka_transactions.py BOOTSTRAP`, and on its input `small_transactions.Job` as JSON: what each has taken.

Prints the seconds of each transaction, and the seconds of processor time of all of them, as JSON.
"""

import json
import sys
import time
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

ID = "small-by-librdkafka"


def main() -> None:
    """One after the other."""
    bootstrap, job = sys.argv[1], json.load(sys.stdin)
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": ID, "linger.ms": 0, "retry.backoff.ms": 2})
    producer.init_transactions()
    member = Consumer({"bootstrap.servers": bootstrap, "group.id": job["group"]})
    group = member.consumer_group_metadata()
    member.close()
    seconds, begun = [], time.process_time()
    for number in range(job["count"]):
        before = time.perf_counter()
        transaction(producer, group, number, job)
        seconds.append(time.perf_counter() - before)
    json.dump({"seconds": seconds, "processor": time.process_time() - begun}, sys.stdout)


def transaction(producer: Producer, group: Any, number: int, job: dict[str, Any]) -> None:
    """A record on each partition of each topic, and the offsets of the sources."""
    producer.begin_transaction()
    for topic in job["topics"]:
        for partition in range(job["partitions"]):
            producer.produce(topic, b"x" * job["bytes"], b"key", partition)
    offsets = [TopicPartition(job["source"], each, number, "writer") for each in range(job["partitions"])]
    producer.send_offsets_to_transaction(offsets, group)
    producer.commit_transaction()


if __name__ == "__main__":
    main()
