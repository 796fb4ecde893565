"""Sends pages: each way has a pace of its own, and in a storm a digest that names every one, with its link."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from tocsin.domain.instant import Instant
from tocsin.notify.alert import Received
from tocsin.notify.answers.links import Links
from tocsin.notify.delivery import Delivered, Delivery
from tocsin.notify.message import Message
from tocsin.notify.model import SinkSpec
from tocsin.notify.pages.page import Page
from tocsin.notify.pages.plan import Way, ways_of
from tocsin.notify.pages.text import end_of, page_of
from tocsin.notify.sinks.base import Sink
from tocsin.roster.roster import Person

Attempted = Callable[[int], Awaitable[None]]


class Open(NamedTuple):
    """A sink and what the notify file says of it."""

    sink: Sink
    spec: SinkSpec


class _Sending(NamedTuple):
    page: Page
    attempted: Attempted


class _Post:
    """One way to one person."""

    def __init__(self, way: Way, opened: Open, links: Links) -> None:
        self._way = way
        self._links = links
        self._sending: dict[str, _Sending] = {}
        self.delivery = Delivery(opened.sink, opened.spec, self._attempted, self._compose)

    async def send(self, page: Page, attempted: Attempted) -> Delivered:
        alert = page.received.alert.id
        self._sending[alert] = _Sending(page, attempted)
        try:
            return await self.delivery.deliver(page.received)
        finally:
            self._sending.pop(alert, None)

    async def _attempted(self, received: Received, number: int) -> None:
        sending = self._sending.get(received.alert.id)
        if sending is not None:
            await sending.attempted(number)

    def _compose(self, alerts: Sequence[Received]) -> Message:
        pages = {each.alert.id: self._sending[each.alert.id].page for each in alerts if each.alert.id in self._sending}
        if not pages:
            return end_of(alerts, self._way)
        links = {name: link for name, page in pages.items() if (link := self._links.link(page, self._way))}
        return page_of(alerts, next(iter(pages.values())).plan, self._way, links)


class Posts:
    """All ways. `give_up_after` milliseconds a way is tried; then the next one, or the next role, has to do."""

    def __init__(self, opened: Mapping[str, Open], links: Links, give_up_after: Instant) -> None:
        self._opened = {
            name: Open(
                each.sink,
                each.spec.model_copy(update={"give_up_after": min(give_up_after, each.spec.give_up_after)}),
            )
            for name, each in opened.items()
        }
        self._links = links
        self._posts: dict[str, _Post] = {}
        self._new: asyncio.Queue[_Post] = asyncio.Queue()

    @property
    def sinks(self) -> frozenset[str]:
        """The names of the sinks that there are."""
        return frozenset(self._opened)

    def ways(self, person: Person) -> tuple[Way, ...]:
        """The ways to a person by the sinks that there are, in their order."""
        return ways_of(person, self.sinks)

    async def attend(self) -> None:
        """Send digests without an end. Raises what one of them raises unexpectedly."""
        async with asyncio.TaskGroup() as group:
            while True:
                post = await self._new.get()
                group.create_task(post.delivery.send_digests())

    async def send(self, page: Page, way: Way, attempted: Attempted) -> Delivered:
        """Send the page by `way`; `attempted` is awaited before each attempt. Raises `GaveUp`."""
        return await self._post(way).send(page, attempted)

    async def tell(self, received: Received, way: Way) -> Delivered:
        """Tell by `way` what has become of the incident. Raises `GaveUp`."""
        return await self._post(way).delivery.deliver(received)

    def _post(self, way: Way) -> _Post:
        if way.name not in self._posts:
            post = self._posts[way.name] = _Post(way, self._opened[way.sink], self._links)
            self._new.put_nowait(post)
        return self._posts[way.name]
