"""Sends again what was given up, with what has come about its incidents since, in order: pairs stay pairs."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple
from uuid import uuid4

import msgspec

from tocsin.notify.alert import Place, Received
from tocsin.notify.delivery import send_once
from tocsin.notify.ledger import Failure, Ledger
from tocsin.notify.message import message_of
from tocsin.notify.model import Sink as AnySpec
from tocsin.notify.receipts import ACCEPTED, FAILED, Publisher, Receipt, ReceiptData, feed_receipt
from tocsin.notify.rereading import Rereader
from tocsin.notify.routes import follows
from tocsin.notify.run import load
from tocsin.notify.sinks.base import KeepingSink, Sink, SinkError
from tocsin.notify.sinks.opening import open_sink
from tocsin.notify.withholding import withheld
from tocsin.settings import Settings

Say = Callable[[str], None]


class Outcome(NamedTuple):
    """How many were sent, and how many not: the sink refused them, or they no longer stand on the topic."""

    sent: int
    failed: int
    gone: int


class _Lane(NamedTuple):
    """A sink and what is sent there again."""

    name: str
    spec: AnySpec
    sink: Sink
    failures: dict[str, Failure]


async def redrive(settings: Settings, ledger: Ledger, failures: Sequence[Failure], say: Say) -> Outcome:
    """Send `failures` again, each once. Raises `SettingsError`, `ContractError`, `ClientError`."""
    spec, secrets = load(settings)
    by_lane: dict[str, dict[str, Failure]] = defaultdict(dict)
    for each in failures:
        if each.data.lane in spec.sinks:
            by_lane[each.data.lane][each.data.alert] = each
    total = Outcome(0, 0, 0)
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(Publisher.connected(settings, f"tocsin-notify-redrive/{uuid4()}"))
        rereader = await stack.enter_async_context(Rereader.connected(settings))
        for name, wanted in by_lane.items():
            sink = open_sink(name, spec.sinks[name], secrets)
            stack.push_async_callback(sink.close)
            again = _Again(_Lane(name, spec.sinks[name], sink, wanted), ledger, publisher, say)
            total = Outcome(*map(sum, zip(total, await again.run(rereader), strict=True)))
    return total


class _Again:
    """Sends what one lane has given up."""

    def __init__(self, lane: _Lane, ledger: Ledger, publisher: Publisher, say: Say) -> None:
        self._lane = lane
        self._memory = ledger.memory
        self._publisher = publisher
        self._say = say

    async def run(self, rereader: Rereader) -> Outcome:
        """Send them in the order of the topic."""
        wanted = self._lane.failures
        incidents = {each.data.dedup_key for each in wanted.values()}
        starts: dict[int, int] = {}
        for each in wanted.values():
            place = each.data.place
            starts[place.partition] = min(place.offset, starts.get(place.partition, place.offset))
        if isinstance(self._lane.sink, KeepingSink):  # it ends what it knows to be open
            told = [place for each in starts for place in self._memory.open_triggers(self._lane.name, each)]
            again = await rereader.read(told)
            self._lane.sink.restore(withheld(each, self._lane.spec.tlp_max) for each in again)
        seen: set[str] = set()
        sent = failed = 0
        for partition, offset in sorted(starts.items()):
            for received in await rereader.onward(Place(partition, offset)):
                seen.add(received.alert.id)
                if received.alert.data.dedup_key in incidents and self._is_owed(received):
                    done = await self._send(received)
                    sent, failed = sent + done, failed + (not done)
        gone = wanted.keys() - seen
        for alert in sorted(gone):
            self._say(f"{self._lane.name}: {alert} no longer stands on the topic")
        return Outcome(sent, failed, len(gone))

    def _is_owed(self, received: Received) -> bool:
        content = received.alert.data
        if content.action not in self._lane.sink.actions:
            return False
        if received.alert.id in self._lane.failures:
            return not follows(content) or self._memory.is_open(self._lane.name, content.dedup_key)
        done = self._memory.is_done(self._lane.name, received.place, received.alert.id)
        return not done and follows(content) and self._memory.is_open(self._lane.name, content.dedup_key)

    async def _send(self, received: Received) -> bool:
        before = self._lane.failures.get(received.alert.id)
        attempt = before.data.attempt + 1 if before else 1
        receipt = feed_receipt(received, self._lane.name, attempt, page=self._lane.spec.pages)
        try:
            await send_once(self._lane.sink, self._lane.spec, message_of([withheld(received, self._lane.spec.tlp_max)]))
        except SinkError as error:
            lost = msgspec.structs.replace(receipt, reason=str(error.reason), detail=error.detail, ways_left=0)
            await self._write(FAILED, received, lost)
            self._say(f"{self._lane.name}: {received.alert.id} has not gone: {error}")
            return False
        await self._write(ACCEPTED, received, receipt)
        self._say(f"{self._lane.name}: {received.alert.id} has gone")
        return True

    async def _write(self, kind: str, received: Received, data: ReceiptData) -> None:
        tenant = received.alert.data.tenant
        await self._publisher.put(kind, tenant, data)
        self._memory.note(Receipt(kind, self._publisher.source, tenant, data))
