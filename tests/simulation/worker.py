"""A worker: the host of a shell, from its start to its end, in a process of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from tests.simulation.client import Client, SimulatedLog
from tests.simulation.group import Group
from tests.simulation.history import Text
from tests.simulation.reader import Reader

from tocsin.messages.record import PipelineStep
from tocsin.streams.core.broker_clock import BrokerClock
from tocsin.streams.core.port import IndefiniteError, Source
from tocsin.streams.core.shell import Parts, RevokedError, Shell

_RETRY_SECONDS = 0.5
_STEP_SECONDS = 2.0
_LEAVING_SECONDS = 5.0
_APP = "tocsin"


@dataclass(frozen=True, slots=True)
class Build:
    """What a worker is built of."""

    make_step: Callable[[Source], PipelineStep]
    heartbeat: float
    static: bool  # whether it comes back under the same instance id
    epoch: float  # what its machine's wall clock shows at the beginning, in seconds
    note: Callable[[Text], None]  # is told what becomes of it


class Worker:
    """One incarnation of a worker."""

    def __init__(self, identity: str, client: Client, group: Group, random: Random, build: Build) -> None:
        """`identity` is its member id, or its instance id where membership is static."""
        self.identity = identity
        self.process = client.process
        self.error: BaseException | None = None
        self.settled_at: int | None = None  # true time since when it has owned what it owns
        self._client = client
        self._group = group
        self._leaving = False
        self._assignment: asyncio.Future[Sequence[Source]] | None = None
        self._summons = asyncio.Event()
        self._reader = Reader(client, random, lambda: group.counts_in(self), self._is_full)
        self.shell = Shell(
            Parts(
                log=SimulatedLog(client, self._reader, _APP),
                make_step=build.make_step,
                make_clock=lambda: BrokerClock(monotonic=self.process.time),
                heartbeat=build.heartbeat,
            ),
            self._die,
        )
        for work in (self._membership, partial(self._agent, inbox=True), partial(self._agent, inbox=False)):
            self.process.spawn(self._guarded, work)

    # ---- what reaches it

    def assigned(self, sources: Sequence[Source]) -> None:
        """See `tests.simulation.group.Member`."""
        if self._assignment is not None and not self._assignment.done():
            self._assignment.set_result(sources)
        else:
            self._summons.set()  # the answer to a question of before: ask again

    def summoned(self) -> None:
        """See `tests.simulation.group.Member`."""
        self._summons.set()

    def stop(self) -> None:
        """End in good order (SIGTERM)."""
        if not self._leaving:
            self._leaving = True
            self.process.spawn(self._leave)

    # ---- what it does

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the one way out takes them all
            self._die(error)

    def _is_full(self, source: Source) -> bool:
        return self.shell.is_full(source)

    async def _agent(self, *, inbox: bool) -> None:
        await self._reader.hand_over(self.shell.offer, inbox=inbox)

    async def _membership(self) -> None:
        """Join, take over, and give all back when a rebalance calls: again and again."""
        while True:
            self._summons.clear()
            sources = await self._join()
            taking = asyncio.ensure_future(self._take(sources))
            await self._summons.wait()
            self.settled_at = None
            self._reader.revoke()
            await self.shell.release()
            await taking

    async def _join(self) -> Sequence[Source]:
        while True:
            assignment = self._assignment = asyncio.get_running_loop().create_future()
            try:
                await self._client.ask(self._group.join, self)
            except IndefiniteError:
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            summons = asyncio.ensure_future(self._summons.wait())
            await asyncio.wait([assignment, summons], return_when=asyncio.FIRST_COMPLETED)
            summons.cancel()
            if assignment.done():
                sources: Sequence[Source] = assignment.result()
                return sources
            self._summons.clear()

    async def _take(self, sources: Sequence[Source]) -> None:
        try:
            await self.shell.take_over(sources)
        except RevokedError:
            return
        except Exception as error:  # noqa: BLE001 - the shell has told already
            self._die(error)
            return
        if self._summons.is_set():
            return  # a revocation goes on already: as in the real host, the flow stays where that has stopped it
        self.settled_at = self._client.network.scheduler.now
        self._reader.flow.set()

    # ---- how it ends

    def _die(self, error: BaseException) -> None:
        """What nobody expected: let go of everything, leave the group, end. Only the first counts."""
        if self._leaving or not self.process.alive:
            return
        self._leaving, self.error = True, error
        self.process.spawn(self._leave)

    async def _leave(self) -> None:
        asyncio.get_running_loop().call_later(_LEAVING_SECONDS, self.process.kill)
        for step in (self.shell.release, self._leave_group):
            try:
                await asyncio.wait_for(step(), _STEP_SECONDS)
            except Exception:  # noqa: BLE001, S112 - on the way out nothing may hold it up
                continue
        self.process.kill()

    async def _leave_group(self) -> None:
        self._reader.revoke()
        await self._client.ask(self._group.leave, self)
