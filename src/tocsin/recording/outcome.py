"""What became of each tenant by its journal and alerts, without offsets: the same however the log is laid out. Pure."""

from collections import Counter
from collections.abc import Callable
from hashlib import sha256

import msgspec

from tocsin.domain.instant import Instant, parse
from tocsin.messages.record import Topic


class _Event(msgspec.Struct):
    type: str
    at: str
    tenant: str
    ticket: str | None
    number: str | None
    seq: int
    input: str | None


class _About(msgspec.Struct):
    tenant: str
    dedup_key: str


class _Alert(msgspec.Struct):
    id: str
    type: str
    time: str
    data: _About


_event = msgspec.json.Decoder(_Event).decode
_alert = msgspec.json.Decoder(_Alert).decode


class Outcome:
    """Takes in the records of journal and alerts, in any order. Two are equal if they were told the same."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Topic, str]] = Counter()
        """The records that count, by topic and tenant."""
        self.more: Counter[Topic] = Counter()
        """The records that are younger than what is compared."""
        self.sums: Counter[tuple[Topic, str]] = Counter()
        """What was told, as the sum of digests, by topic and tenant."""

    def take(self, topic: Topic, value: bytes, clock_of: Callable[[str], Instant]) -> None:
        """Take in a record, unless it was told after the clock of its tenant."""
        if topic is Topic.ALERTS:
            alert = _alert(value)
            tenant, at, by_timer = alert.data.tenant, parse(alert.time), True
            told = msgspec.json.encode((alert.id, alert.type, alert.time))
        else:
            event = _event(value)
            tenant, at, by_timer = event.tenant, parse(event.at), event.input is None
            told = msgspec.json.encode(event)
        clock = clock_of(tenant)
        if at > clock or (by_timer and at == clock):
            self.more[topic] += 1
            return
        self.counts[topic, tenant] += 1
        self.sums[topic, tenant] += int.from_bytes(sha256(told).digest())

    def add(self, other: "Outcome") -> None:
        """Take in what `other` was told of."""
        self.counts += other.counts
        self.more += other.more
        for place, number in other.sums.items():
            self.sums[place] += number

    def differs(self, other: "Outcome") -> list[tuple[Topic, str]]:
        """The topics and tenants of which they were not told the same."""
        places = sorted({*self.sums, *other.sums})
        return [place for place in places if self.sums[place] != other.sums[place]]
