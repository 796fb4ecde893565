"""Writes answers down, whoever gave them: each becomes an acknowledgement by that person."""

import asyncio
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from tocsin.domain.vocabulary import PagingAction
from tocsin.notify.answers.server import Unanswered
from tocsin.notify.answers.token import Claim
from tocsin.notify.memory import Memory
from tocsin.notify.model import PAGES
from tocsin.notify.pages.memory import PageMemory
from tocsin.notify.receipts import ANSWERED, Publisher, Receipt, ReceiptData
from tocsin.roster.keeper import RosterKeeper

_CONFIRMED_SECONDS = 8.0


class AnswerDesk:
    """See `tocsin.notify.answers.server.Desk`. `taken` hears of each incident that somebody has taken."""

    def __init__(
        self,
        publisher: Publisher,
        memory: Memory,
        pages: PageMemory,
        keeper: RosterKeeper | None,
        taken: Callable[[str], None],
    ) -> None:
        self._publisher = publisher
        self._memory = memory
        self._pages = pages
        self._keeper = keeper
        self._taken = taken

    def name_of(self, person: str) -> str:
        """The name of a person of the roster, for people."""
        known = self._keeper.person(person) if self._keeper else None
        return known.name if known else person

    def settled(self, claim: Claim) -> str | None:
        """A sentence that says why there is nothing left to take; None if there is."""
        if not self._pages.is_open(claim.dedup_key):
            return "It is over."
        return "Somebody has taken it already." if self._pages.is_taken(claim.dedup_key) else None

    def used_by(self, claim: Claim) -> str | None:
        """Who has answered that page by that way's link; None if nobody has."""
        return self._pages.answered_by(claim.alert)

    async def answer(self, claim: Claim) -> None:
        """Write down that the person has taken it. Raises `Unanswered`."""
        await self.write(
            claim.tenant,
            ReceiptData(
                alert=claim.alert,
                dedup_key=claim.dedup_key,
                ticket=claim.ticket,
                sink=claim.sink,
                way=claim.way,
                lane=PAGES,
                action=PagingAction.ACKNOWLEDGE,
                partition=0,
                offset=0,
                attempt=1,
                page=True,
                person=claim.person,
                role=claim.role or None,
                roster=claim.roster,
                by=claim.person,
            ),
        )

    async def elsewhere(self, dedup_key: str, sink: str, way: str, by: str) -> bool:
        """Somebody has taken the incident in the system behind `sink`. False where it was not told there, or answered.

        `way` names that answer; the same one counts once. Raises `Unanswered`.
        """
        told = self._last_told(dedup_key, sink)
        if told is None or self._pages.has_answered(dedup_key, way):
            return False
        answer = replace(told, way=way, action=PagingAction.ACKNOWLEDGE, page=True, attempt=1, by=self._key(by))
        await self.write(dedup_key.partition("/")[0], answer)
        return True

    def told_incidents(self, sink: str) -> Iterator[str]:
        """The `dedup_key` of each incident that is open at that sink, by its lane or by pages."""
        yield from self._memory.open_incidents(sink)
        yield from self._pages.incidents_at(sink)

    async def write(self, tenant: str, answer: ReceiptData) -> None:
        """Write down `answer`. Raises `Unanswered` where Kafka does not confirm it."""
        try:
            async with asyncio.timeout(_CONFIRMED_SECONDS):
                await self._publisher.put(ANSWERED, tenant, answer)
        except TimeoutError:
            raise Unanswered from None
        self._pages.learn(Receipt(ANSWERED, self._publisher.source, tenant, answer), 0)
        self._taken(answer.dedup_key)

    def _last_told(self, dedup_key: str, sink: str) -> ReceiptData | None:
        told = self._memory.triggers(sink, dedup_key)
        return told[-1] if told else self._pages.last_page(dedup_key, sink)

    def _key(self, by: str) -> str:
        """The key of the person who goes by that name or address, where the roster knows one."""
        spelt = by.strip().lower()
        people = self._keeper.known.roster.people.values() if self._keeper and self._keeper.known else ()
        for person in people:
            if spelt in (person.key.lower(), person.name.lower(), *(each.to.lower() for each in person.reach)):
                return person.key
        return by
