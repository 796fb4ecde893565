"""What the receipts and heartbeats on `soc.deliveries` say when somebody looks."""

from collections.abc import Iterable
from typing import NamedTuple

from tocsin.client.reading import opened
from tocsin.domain.instant import Instant
from tocsin.messages.record import Topic
from tocsin.notify.beginning import remembered_since
from tocsin.notify.memory import Memory
from tocsin.notify.receipts import ACCEPTED, FAILED, Receipt, ReceiptData, read_beat, read_receipt
from tocsin.settings import Settings


class Failure(NamedTuple):
    """An alert that has not gone to a sink, and is not tried any more. `at` is when it was given up."""

    at: Instant
    tenant: str
    data: ReceiptData


class Beat(NamedTuple):
    """The last heartbeat of a group; `within` None: it has stopped for good."""

    at: Instant
    within: int | None


class Ledger:
    """What was read: the memory, the failures by lane and alert, the last heartbeats by group."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.failures: dict[tuple[str, str], Failure] = {}
        self.beats: dict[str, Beat] = {}

    def take(self, value: bytes | None, stamp: Instant) -> None:
        """Learn from a record."""
        if (receipt := read_receipt(value)) is not None:
            self._receipt(receipt, stamp)
        elif (beat := read_beat(value)) is not None:
            self.beats[beat[0]] = Beat(stamp, beat[1])

    def _receipt(self, receipt: Receipt, stamp: Instant) -> None:
        self.memory.note(receipt)
        data = receipt.data
        if receipt.type == FAILED:
            self.failures[data.lane, data.alert] = Failure(stamp, receipt.tenant, data)
        elif receipt.type == ACCEPTED:
            self.failures.pop((data.lane, data.alert), None)


async def read_ledger(settings: Settings) -> Ledger:
    """What stands there now of the days that alerts are kept. Raises `ClientError`."""
    ledger = Ledger()
    async with opened(settings, Topic.DELIVERIES, remembered_since(settings)) as reader:
        async for record in reader.to_end():
            ledger.take(record.value, record.timestamp)
    return ledger


def chosen(failures: Iterable[Failure], sink: str | None, alerts: Iterable[str]) -> list[Failure]:
    """Those at that sink, and of these alerts where some are named; in the order in which they stand on the topic."""
    named = set(alerts)
    found = [
        each
        for each in failures
        if (sink is None or each.data.sink == sink) and (not named or each.data.alert in named)
    ]
    return sorted(found, key=lambda each: (each.data.lane, each.data.place))
