"""The consumer group: who is a member, who gets which partition, and what happens when that changes (eagerly)."""

from collections.abc import Sequence
from random import Random
from typing import Protocol

from tests.simulation.loop import SECOND, Process, Scheduler
from tests.simulation.network import Network

from tocsin.streams.core.port import Source

SESSION_TIMEOUT = 6 * SECOND
REBALANCE_TIMEOUT = 15 * SECOND
_HEARTBEAT = 1 * SECOND


class Member(Protocol):
    """A worker, as its group's coordinator knows it."""

    process: Process
    identity: str  # its member id, or its instance id where membership is static

    def assigned(self, sources: Sequence[Source]) -> None:
        """These partitions are yours."""

    def summoned(self) -> None:
        """Your membership is over, or a rebalance has begun: let go of everything, and join again."""


class Group:
    """The coordinator. A member that is not heard of for the session timeout is out."""

    def __init__(self, scheduler: Scheduler, random: Random, network: Network, sources: Sequence[Source]) -> None:
        self.members: dict[str, Member] = {}
        self.generation = 0
        self._scheduler = scheduler
        self._random = random
        self._network = network
        self._sources = sources
        self._assignment: dict[str, list[Source]] = {}
        self._joined: dict[str, Member] | None = None  # while a rebalance goes on: who has joined it

    def counts_in(self, member: Member) -> bool:
        """Whether `member` is one."""
        return self.members.get(member.identity) is member

    # ---- joining and leaving

    def join(self, member: Member) -> None:
        """`member` asks for partitions; it is told them once everybody has joined."""
        known = self.members.get(member.identity)
        self.members[member.identity] = member
        if self._joined is None and known is not None and known is not member:
            self._tell(member)  # static membership: it takes the place that it had
            return
        if self._joined is None:
            self._begin_rebalance()
        if self._joined is not None:
            self._joined[member.identity] = member
            self._perhaps_complete()

    def leave(self, member: Member) -> None:
        """`member` goes, in good order or because it was not heard of."""
        if not self.counts_in(member):
            return
        del self.members[member.identity]
        if self._joined is None:
            self._begin_rebalance()
        elif self._joined.get(member.identity) is member:
            del self._joined[member.identity]
        self._perhaps_complete()

    def _begin_rebalance(self) -> None:
        self._joined = {}
        self._scheduler.after(REBALANCE_TIMEOUT, self._time_is_up, self.generation)
        for member in list(self.members.values()):
            self.hear(member)

    def _time_is_up(self, generation: int) -> None:
        if self._joined is None or generation != self.generation:
            return
        if self._network.up:
            self._complete()
        else:
            self._scheduler.after(REBALANCE_TIMEOUT, self._time_is_up, generation)

    def _perhaps_complete(self) -> None:
        if self._joined is not None and self._joined.keys() == self.members.keys():
            self._complete()

    def _complete(self) -> None:
        """Whoever has not joined is no member any more. Partitions are dealt out in turn."""
        self.generation += 1
        self.members, self._joined = dict(self._joined or {}), None
        identities = sorted(self.members)
        self._random.shuffle(identities)
        self._assignment = {identity: [] for identity in identities}
        for number, source in enumerate(self._sources if identities else ()):
            self._assignment[identities[number % len(identities)]].append(source)
        for member in list(self.members.values()):
            self._tell(member)

    def _tell(self, member: Member) -> None:
        sources = self._assignment.get(member.identity, [])
        self._network.push(member.process, lambda: member.assigned(sources))

    # ---- heartbeats: what they would tell is worked out where something has happened, instead of every second

    def hear(self, member: Member) -> None:
        """`member` sends a heartbeat soon, if it can, and hears what is the matter."""
        self._scheduler.after(self._random.randrange(_HEARTBEAT), self._heartbeat, member)

    def _heartbeat(self, member: Member) -> None:
        if not self._hears(member):
            return
        missed_a_rebalance = self._joined is not None and member.identity not in self._joined
        if missed_a_rebalance or not self.counts_in(member):
            self._network.push(member.process, member.summoned)

    def _hears(self, member: Member) -> bool:
        return member.process.alive and not member.process.frozen and self._network.reaches(member.process)

    def lose(self, member: Member) -> None:
        """`member` is dead, frozen or cut off: unless it is heard of in time, it is out."""
        self._scheduler.after(SESSION_TIMEOUT, self._expel, member)

    def _expel(self, member: Member) -> None:
        if not self.counts_in(member) or self._hears(member):
            return
        if self._network.up:
            self.leave(member)
        else:
            self.lose(member)  # nor does anybody listen
