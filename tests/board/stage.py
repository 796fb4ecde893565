"""A board over a day that a script tells, in this process and without a broker: the fold is the real one.

Scripts are those of histories (`tocsin history record --help`).
"""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tocsin.board.access import Access, access_for
from tocsin.board.acting.deeds import Deeds
from tocsin.board.acting.desk import BoardDesk
from tocsin.board.model import Model
from tocsin.board.parts import Parts
from tocsin.board.pulse import Pulse
from tocsin.board.server import serve
from tocsin.client.publishing import NewRecord
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.instant import Instant
from tocsin.domain.instant import parse as parse_instant
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.shard import Shard
from tocsin.engine.snapshot import decode_ticket, encode
from tocsin.messages import inbox
from tocsin.messages.intake import Intake, Limits
from tocsin.messages.record import Output, Record, Topic
from tocsin.messages.sent import Sent
from tocsin.replay import line
from tocsin.replay.script import parse
from tocsin.settings import Settings
from tocsin.tenants.directory import TenantDirectory


class StandingTime:
    """A time that stands until it is set."""

    pace = 0.0

    def __init__(self) -> None:
        self.at: Instant = 0

    def now(self) -> Instant:
        return self.at

    def stands_at(self, stamp: Instant) -> None:
        pass

    def learn(self, stamp: Instant) -> None:
        self.at = max(self.at, stamp)


class Stage:
    """The fold over one partition, and the model of a board that reads what comes of it."""

    def __init__(self, tenants: TenantDirectory) -> None:
        self.time = StandingTime()
        self.model = Model(self.time)
        self.deeds = Deeds()
        self.pulse = Pulse(self.time, 30.0)
        self.pulse.partitions = 1
        self.pulse.begin()
        self._intake = Intake(tenants, inbox_partitions=1, limits=Limits(sent=Sent.AS_RECORDED))
        self._shard = Shard(0)
        self._inbox = 0
        self._offsets: dict[Topic, int] = {}
        self._records: list[Record] = []
        self._values: dict[str, bytes] = {}
        self._contracts: dict[str, bytes] = {}

    @classmethod
    def of(cls, script: str, folder: Path) -> "Stage":
        """After the whole `script`, whose tenants file is written to `folder`."""
        told = parse(script)
        (folder / "tenants.toml").write_text(told.header["tenants"])
        stage = cls(TenantDirectory.from_file(folder / "tenants.toml", ContractLibrary.load(None), "esentire"))
        for each in told.lines:
            stage.take(each)
        if "until" in told.header:
            stage.tick(parse_instant(told.header["until"]))
        return stage

    def take(self, entry: dict[str, Any]) -> None:
        """An input: its topic, its value, and when it was recorded."""
        read = line.read(json.dumps(entry).encode())
        record = Record(read.topic, 0, self._inbox, read.recorded_at, read.key, read.value, read.headers)
        for chunk in self._intake.fold([record]):
            for output in chunk.outputs:
                if output.topic is Topic.INBOX:
                    self._append(read.recorded_at, output.key, output.value)

    def hear(self, sent: NewRecord) -> None:
        """A record that was published to the desk comes to the workers."""
        record = Record(Topic.DESK, 0, self._inbox, self.time.now(), sent.key, sent.value, sent.headers)
        for chunk in self._intake.fold([record]):
            for output in chunk.outputs:
                if output.topic is Topic.INBOX:
                    self._append(record.timestamp, output.key, output.value)

    def tick(self, at: Instant) -> None:
        """The inbox's time has come to `at`."""
        self._append(at, None, inbox.TICK)

    def state(self, ticket_id: str) -> Ticket:
        """The ticket of that id."""
        return decode_ticket(self._values[ticket_id])

    def contracts(self) -> dict[str, bytes]:
        """The contracts as their records have them, by their hash."""
        return dict(self._contracts)

    def records(self, ticket_id: str) -> list[Record]:
        """The journal and the alerts of that ticket."""
        return [record for record in self._records if record.key == ticket_id.encode()]

    def put(self, ticket: Ticket) -> None:
        """Have `ticket` stand in the state, whatever the fold says."""
        self._read([Output(Topic.TICKETS, 0, ticket.id.encode(), encode(ticket), self.time.now())])

    def _append(self, at: Instant, key: bytes | None, value: bytes | None) -> None:
        record = Record(Topic.INBOX, 0, self._inbox, at, key, value)
        self._inbox += 1
        for chunk in self._shard.fold([record]):
            self._read(chunk.outputs)

    def _read(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            offset = self._offsets[output.topic] = self._offsets.get(output.topic, -1) + 1
            record = Record(output.topic, 0, offset, output.timestamp, output.key, output.value)
            self.deeds.hear(record)
            partition = self.model.take(record)
            if partition is not None:
                self.pulse.heard(partition, self.model.partition_clocks[partition], live=True)
            if output.topic in (Topic.TICKET_EVENTS, Topic.ALERTS):
                self._records.append(record)
            elif (key := (output.key or b"").decode()).startswith("contract/") and output.value is not None:
                self._contracts[key.partition("/")[2]] = output.value
            elif output.topic is Topic.TICKETS and output.value is not None:
                self._values[(output.key or b"").decode()] = output.value
        self.model.refresh()

    async def ticket(self, ticket_id: str) -> Ticket | None:
        """See `tocsin.board.archive.Archive`."""
        return decode_ticket(self._values[ticket_id]) if ticket_id in self.model.known else None

    async def tell(self, ticket: Ticket) -> None:
        """See `tocsin.board.archive.Archive`."""
        if not self.model.stories.follow(ticket.id):
            self.model.stories.put(ticket.id, self.records(ticket.id))


@asynccontextmanager
async def served(
    stage: Stage, access: Access | None = None, rows: int = 40, desk: BoardDesk | None = None, port: int = 0
) -> AsyncIterator[str]:
    """The address of a board that shows `stage`."""
    settings = Settings(board_port=port, board_rows=rows)
    parts = Parts(settings, stage.model, stage.pulse, stage, access or access_for(Settings()), desk)
    async with serve(parts) as (address, board), board.beating():
        yield address
