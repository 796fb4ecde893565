"""The work of the lane in which people are paged: an alert to who carries its role, its end to those who were paged."""

from collections import defaultdict
from collections.abc import Callable, Iterable

import structlog
from msgspec.structs import replace

from tocsin.domain.vocabulary import AlertKind, DeliveryFailure, PagingAction
from tocsin.notify.alert import Place, Received
from tocsin.notify.counts import Counts
from tocsin.notify.delivery import GaveUp
from tocsin.notify.model import PAGES
from tocsin.notify.pages.clock import Clock
from tocsin.notify.pages.memory import PageMemory
from tocsin.notify.pages.page import Page
from tocsin.notify.pages.plan import Plan, Refused, Way, plan
from tocsin.notify.pages.posts import Posts
from tocsin.notify.receipts import ACCEPTED, ATTEMPTED, FAILED, Publisher, Receipt, ReceiptData
from tocsin.notify.routes import FOLLOWING, Routes, follows
from tocsin.roster.keeper import RosterKeeper
from tocsin.roster.roster import Person

NOBODY = "roster"
"""The sink and the way of a page that was not even tried."""

_log = structlog.get_logger()


class Pages:
    """See `tocsin.notify.work.Work`."""

    name = PAGES

    def __init__(  # noqa: PLR0913 - what it works with, by name
        self,
        posts: Posts,
        keeper: RosterKeeper,
        clock: Clock,
        *,
        limit: int,
        urgent: Callable[[Received], bool],
        routes: Routes,
        memory: PageMemory,
        publisher: Publisher,
        counts: Counts,
    ) -> None:
        self.limit = limit
        self._posts = posts
        self._keeper = keeper
        self._clock = clock
        self._urgent = urgent
        self._routes = routes
        self._memory = memory
        self._publisher = publisher
        self._counts = counts
        self._ends: dict[str, Place] = {}
        self._in_hand: dict[str, set[Page]] = defaultdict(set)

    async def attend(self) -> None:
        """See to digests without an end."""
        await self._posts.attend()

    async def begin(self, partitions: Iterable[int]) -> None:
        """See `Work`: what was paged is known from receipts."""

    def end(self, partition: int) -> None:
        """See `Work`: the lane has let go of the pages in hand."""

    def sequence(self, received: Received) -> str:
        """See `Work`. A page waits for no other one; what follows on an incident keeps its order."""
        content = received.alert.data
        return content.dedup_key if follows(content) else received.alert.id

    def hear(self, received: Received) -> None:
        """See `Work`: when somebody has taken it, or it is over, nobody more is paged."""
        content = received.alert.data
        if content.action in FOLLOWING:
            self._ends[content.dedup_key] = received.place
            self._memory.taken(content.dedup_key)
            self._end_pages(content.dedup_key)
        elif follows(content):
            self._memory.reopened(content.dedup_key)

    def owed(self, received: Received) -> bool:
        """See `Work`: a page of which later ways wait is no longer owed."""
        pages = self._in_hand.get(received.alert.data.dedup_key, ())
        return not any(page.received == received and page.reached for page in pages)

    def answered(self, dedup_key: str) -> None:
        """Somebody has answered a page about the incident."""
        self._end_pages(dedup_key)

    def _end_pages(self, dedup_key: str) -> None:
        for page in self._in_hand.get(dedup_key, ()):
            page.end()

    async def handle(self, received: Received) -> None:
        """See `Work`."""
        content = received.alert.data
        if follows(content) or content.kind == AlertKind.CORRECTED:
            await self._tell_the_paged(received)
            return
        destination = self._routes.destination(content)
        if destination.paged:
            await self._page(received, destination.role)

    async def _page(self, received: Received, role: str | None) -> None:
        key, alert = received.alert.data.dedup_key, received.alert.id
        if self._needs_nobody(received):
            return
        made = self._plan(received, role)
        if made.refused is not None:
            await self._refuse(received, made, made.refused)
            return
        tried = self._memory.tried(key, alert)
        begun = self._memory.begun(key, alert) or self._clock.now()
        page = Page(received, made, tried, begun)
        self._in_hand[key].add(page)
        try:
            await page.drive(self._send, self._clock)
        finally:
            self._in_hand[key].discard(page)
            if not self._in_hand[key]:
                del self._in_hand[key]

    def _needs_nobody(self, received: Received) -> bool:
        """True if it was taken or ended since, or written down already that nobody could be paged."""
        key, alert = received.alert.data.dedup_key, received.alert.id
        end = self._ends.get(key)
        if end is not None and end.partition == received.place.partition and end.offset > received.place.offset:
            return True
        return self._memory.is_refused(key, alert) or self._memory.answered_by(alert) is not None

    def _plan(self, received: Received, role: str | None) -> Plan:
        """As the roster says now; a page that was begun goes on to the same person."""
        content, now = received.alert.data, self._clock.now()
        if role is None:
            return Plan(
                role="",
                roster=None,
                refused=Refused(DeliveryFailure.NOBODY_ON_DUTY, "neither alert nor route names a role"),
            )
        turn = self._keeper.turn(role, content.tenant, now)
        before = self._memory.person(content.dedup_key, received.alert.id)
        if before is not None and (person := self._keeper.person(before)) is not None:
            turn = turn._replace(person=person)
        return plan(role, turn, now, urgent=self._urgent(received), sinks=self._posts.sinks)

    async def _send(self, page: Page, way: Way) -> None:
        received, made = page.received, page.plan

        async def attempted(number: int) -> None:
            if number > 1:
                page.became(way, "failing")
            await self._write(ATTEMPTED, received, self._receipt(received, made, way, number))

        try:
            delivered = await self._posts.send(page, way, attempted)
        except GaveUp as error:
            page.became(way, "failed")
            if not page.ways_left and not page.reached:
                self._counts.failed(PAGES, error.error.reason)
            receipt = self._receipt(received, made, way, error.attempt, digest=error.digest)
            await self._fail(received, receipt, error.error.reason, error.error.detail, page.ways_left)
        else:
            receipt = self._receipt(received, made, way, delivered.attempt, digest=delivered.digest)
            await self._write(ACCEPTED, received, receipt)
            self._counts.way(way.sink, "accepted")
            if not page.reached:
                self._counts.delivered(PAGES, received, digest=delivered.digest)
            page.became(way, "accepted")

    async def _refuse(self, received: Received, made: Plan, refused: Refused) -> None:
        receipt = self._receipt(received, made, Way(NOBODY, NOBODY, "", 0), 1)
        self._counts.failed(PAGES, refused.reason)
        await self._fail(received, receipt, refused.reason, refused.detail, 0)

    async def _fail(
        self, received: Received, receipt: ReceiptData, why: DeliveryFailure, detail: str, left: int
    ) -> None:
        failed = replace(receipt, reason=str(why), detail=detail, ways_left=left)
        await self._write(FAILED, received, failed)
        self._counts.way(receipt.sink, str(why))
        _log.warning(
            "page_failed",
            alert=received.alert.id,
            person=receipt.person,
            way=receipt.way,
            reason=str(why),
            detail=detail,
            ways_left=left,
        )

    async def _tell_the_paged(self, received: Received) -> None:
        """Each of them hears it by one way, the first that had reached them; who has taken it knows.

        A way that may have reached them hears it too: what a paging service has taken must not stay open there.
        """
        key = received.alert.data.dedup_key
        for page in [each for each in self._in_hand.get(key, ()) if each.ended]:
            await page.done()
        await self._tell_each(received)
        if received.alert.data.action == PagingAction.RESOLVE:
            self._memory.ended(key)
        if self._ends.get(key) == received.place:
            del self._ends[key]

    async def _tell_each(self, received: Received) -> None:
        heard = set[str]()
        for reached in self._memory.reached(received.alert.data.dedup_key):
            person = self._keeper.person(reached.person)
            known = reached.surely and reached.person in heard
            if known or person is None or self._knows(received, reached.person):
                continue
            way = next((each for each in self._posts.ways(person) if each.name == reached.way), None)
            if way is not None:
                if reached.surely:
                    heard.add(reached.person)
                if not self._memory.was_told(received.alert.id, way.name):
                    await self._tell(received, person, way)

    def _knows(self, received: Received, person: str) -> bool:
        taken = received.alert.data.action == PagingAction.ACKNOWLEDGE
        return taken and self._memory.taken_by(received.alert.data.dedup_key) == person

    async def _tell(self, received: Received, person: Person, way: Way) -> None:
        receipt = replace(self._common(received, way, 1), person=person.key)
        try:
            delivered = await self._posts.tell(received, way)
        except GaveUp as error:
            await self._fail(received, receipt, error.error.reason, error.error.detail, 0)
        else:
            await self._write(ACCEPTED, received, replace(receipt, attempt=delivered.attempt, digest=delivered.digest))

    def _receipt(self, received: Received, made: Plan, way: Way, attempt: int, *, digest: bool = False) -> ReceiptData:
        return replace(
            self._common(received, way, attempt),
            page=True,
            person=made.person.key if made.person else None,
            role=made.role or None,
            roster=made.roster,
            digest=digest,
        )

    def _common(self, received: Received, way: Way, attempt: int) -> ReceiptData:
        content = received.alert.data
        return ReceiptData(
            alert=received.alert.id,
            dedup_key=content.dedup_key,
            ticket=content.ticket,
            sink=way.sink,
            way=way.name,
            lane=PAGES,
            action=content.action,
            partition=received.place.partition,
            offset=received.place.offset,
            attempt=attempt,
            page=False,
        )

    async def _write(self, kind: str, received: Received, data: ReceiptData) -> None:
        tenant = received.alert.data.tenant
        await self._publisher.put(kind, tenant, data)
        self._memory.learn(Receipt(kind, self._publisher.source, tenant, data), self._clock.now())
