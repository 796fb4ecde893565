"""A log for the tests of heads: an inbox and the journal that follows from it, with the gaps of transactions."""

from collections.abc import Iterable
from pathlib import Path

from driver import Driver

from tocsin.messages.record import Record, Topic
from tocsin.replay import line


def log(partition: int = 0, tenant: str = "acme") -> list[Record]:
    """A missed call, its callback, a mail, its resolution; another call, days later."""
    desk = Driver("esentire", "example", tenant=tenant).at("09:00").missed().at("09:05").called().at("09:10")
    desk.mail(priority="P2").at("09:20").mailed(purpose="resolution").at("12:00", day=4).tick()
    desk.at("13:00", day=4).missed("+15550199").at("14:00", day=4).tick()
    journal = [it for it in desk.outputs if it.topic is Topic.TICKET_EVENTS]
    return [
        *(it._replace(partition=partition) for it in desk.inbox.records),
        *(
            Record(it.topic, partition, at + at // 3, it.timestamp, it.key, it.value, it.headers)
            for at, it in enumerate(journal)
        ),
    ]


def of(records: Iterable[Record], topic: Topic) -> list[Record]:
    return [it for it in records if it.topic is topic]


def written(path: Path, records: Iterable[Record]) -> Path:
    """A recorded file of `records`."""
    path.write_bytes(b"".join(line.write(it) + b"\n" for it in records))
    return path
