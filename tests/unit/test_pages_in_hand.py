"""Pages in hand: who is paged again, who is not, and who hears the end, whatever comes at the same moment."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tocsin.domain.instant import HOUR, MINUTE, SECOND, Instant, parse
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.notify.alert import Alert, AlertContent, Place, Received
from tocsin.notify.answers.links import Links
from tocsin.notify.answers.token import read
from tocsin.notify.counts import Counts
from tocsin.notify.message import Message
from tocsin.notify.model import RouteSpec, SmtpSpec
from tocsin.notify.pages.memory import PageMemory
from tocsin.notify.pages.posts import Open, Posts
from tocsin.notify.pages.work import Pages
from tocsin.notify.receipts import ACCEPTED, ATTEMPTED, FAILED, Receipt, ReceiptData
from tocsin.notify.routes import Routes
from tocsin.notify.sinks.base import SinkError
from tocsin.roster.keeper import RosterKeeper

START = parse("2026-03-02T21:30:00Z")
KEY = b"k" * 32
ROSTER = """
    [people.ada]
    name = "Ada"
    quiet = "22:00-07:00"
    reach = [{via = "mail", to = "ada@x"}, {via = "phone", to = "1", after = "5 min"}]
    [people.bob]
    name = "Bob"
    reach = [{via = "mail", to = "bob@x"}]
    [[roles.analyst]]
    kind = "weekly"
    shifts = [{days = "mon-sun", hours = "00:00-24:00", who = "ada"}]
    [[roles.lead]]
    kind = "weekly"
    shifts = [{days = "mon-sun", hours = "08:00-24:00", who = "bob"}]
"""


class Sink:
    """Keeps what it is sent. `refuses`: addresses; `slow`: an event that it waits for."""

    gathers = True
    actions = frozenset({"trigger", "acknowledge", "resolve", "none"})

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.refuses: set[str] = set()
        self.reason = DeliveryFailure.REFUSED
        self.slow: asyncio.Event | None = None

    async def send(self, message: Message) -> None:
        if self.slow is not None:
            await self.slow.wait()
        if message.to in self.refuses:
            raise SinkError(self.reason, "no", retryable=False)
        self.sent.append(message)

    async def close(self) -> None:
        """Nothing is open."""


class Publisher:
    source = "here"

    def __init__(self) -> None:
        self.written: list[tuple[str, ReceiptData]] = []

    async def put(self, kind: str, tenant: str, data: ReceiptData) -> None:
        self.written.append((kind, data))


class Clock:
    """Shows what a test sets; waiting for a later time ends when it is set."""

    speed = 1.0

    def __init__(self) -> None:
        self.time: Instant = START

    def now(self) -> Instant:
        return self.time

    def seconds_until(self, instant: Instant) -> float:
        return 0.0 if instant <= self.time else 3_600.0


class House:
    """The lane's work on sinks and a publisher in memory."""

    def __init__(self, keeper: RosterKeeper, clock: Clock) -> None:
        self.clock = clock
        self.keeper = keeper
        self.mail, self.phone = Sink(), Sink()
        self.publisher = Publisher()
        self.memory = PageMemory()
        self.pages = self.started()
        self.place = 0

    def started(self) -> Pages:
        spec = SmtpSpec.model_validate({"kind": "smtp", "host": "h", "from": "a@b", "per_minute": 4, "at_once": 1})
        links = Links("https://n.example/", KEY, HOUR, self.clock.now)
        opened = {name: Open(sink, spec) for name, sink in (("mail", self.mail), ("phone", self.phone))}
        return Pages(
            Posts(opened, links, 10 * SECOND),
            self.keeper,
            self.clock,
            limit=10,
            urgent=lambda received: received.alert.data.priority == "P1",
            routes=Routes([RouteSpec.model_validate({"to": ["roster"], "role": "analyst"})]),
            memory=self.memory,
            publisher=self.publisher,  # type: ignore[arg-type]  # takes its place
            counts=Counts(),
        )

    def alert(self, name: str, action: str = "trigger", incident: str = "i", **more: Any) -> Received:
        self.place += 1
        kind = {"trigger": "escalated", "acknowledge": "acknowledged", "resolve": "cleared", "none": "corrected"}
        content = AlertContent(kind[action], action, f"acme/{incident}", "acme", **{"priority": "P1", **more})
        return Received(Alert(name, "2026-03-02T21:30:00Z", content), Place(0, self.place), START, b"{}")

    def take(self, received: Received) -> asyncio.Task[None]:
        """As a lane does."""
        self.pages.hear(received)
        return asyncio.create_task(self.pages.handle(received))

    @property
    def sent(self) -> list[tuple[str | None, str]]:
        return [(message.to, message.first.alert.id) for message in (*self.mail.sent, *self.phone.sent)]

    def of(self, name: str) -> list[tuple[str, str | None, int | None]]:
        return [(kind, data.reason, data.ways_left) for kind, data in self.publisher.written if data.alert == name]


@pytest.fixture
async def house(tmp_path: Path) -> House:
    (tmp_path / "roster.toml").write_text(dedent(ROSTER))
    clock = Clock()
    keeper = RosterKeeper(tmp_path / "roster.toml", clock.now)
    await keeper.look()
    return House(keeper, clock)


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - there are several
        await asyncio.sleep(0)


async def test_what_was_taken_or_ended_before_its_page_was_begun_pages_nobody(house: House) -> None:
    """After an hour of standing still nobody is woken for what is over."""
    taken = [house.take(house.alert("a1")), house.take(house.alert("a2", "resolve"))]
    await asyncio.gather(*taken)
    assert house.sent == []
    page = house.take(house.alert("a3"))  # and opened again
    await until(lambda: house.sent)
    assert house.sent == [("ada@x", "a3")]
    page.cancel()


async def test_an_acknowledgement_ends_the_ways_that_are_still_to_come(house: House) -> None:
    page = house.take(house.alert("a1"))
    await until(lambda: house.sent)
    await house.take(house.alert("a2", "acknowledge"))
    await page
    assert house.sent == [("ada@x", "a1"), ("ada@x", "a2")]  # and not by telephone


async def test_a_page_whose_later_ways_wait_is_no_longer_owed(house: House) -> None:
    house.mail.slow = asyncio.Event()
    received = house.alert("a1")
    page = house.take(received)
    await until(lambda: house.of("a1"))
    assert house.pages.owed(received)
    house.mail.slow.set()
    await until(lambda: house.sent)
    await asyncio.sleep(0)
    assert not house.pages.owed(received)
    page.cancel()


async def test_an_answer_ends_them_too(house: House) -> None:
    page = house.take(house.alert("a1"))
    await until(lambda: house.sent)
    house.pages.answered("acme/i")
    await page
    assert house.sent == [("ada@x", "a1")]


async def test_a_link_has_nothing_to_take_once_somebody_has_it_until_somebody_is_paged_again(house: House) -> None:
    key, page = "acme/i", house.take(house.alert("a1"))
    await until(lambda: house.sent)
    assert (house.memory.is_open(key), house.memory.is_taken(key)) == (True, False)
    await house.take(house.alert("a2", "acknowledge"))
    await page
    assert house.memory.is_taken(key)
    await house.take(house.alert("a3", role="lead"))
    assert not house.memory.is_taken(key)
    await house.take(house.alert("a4", "resolve"))
    assert not house.memory.is_open(key)


async def test_the_next_role_is_not_held_up_by_a_page_that_is_still_in_hand(house: House) -> None:
    first = house.alert("a1")
    second = house.alert("a2", role="lead")
    assert house.pages.sequence(first) != house.pages.sequence(second)
    page = house.take(first)
    await until(lambda: house.sent)
    await house.take(second)
    assert house.sent == [("ada@x", "a1"), ("bob@x", "a2")]
    page.cancel()


async def test_the_end_waits_for_a_page_that_is_being_sent_and_tells_its_person(house: House) -> None:
    house.mail.slow = asyncio.Event()
    page = house.take(house.alert("a1"))
    await until(lambda: house.of("a1"))
    end = house.take(house.alert("a2", "resolve"))
    await asyncio.sleep(0)
    house.mail.slow.set()
    await asyncio.gather(page, end)
    assert house.sent == [("ada@x", "a1"), ("ada@x", "a2")]


async def test_the_end_is_told_to_a_service_that_may_have_taken_a_page_that_was_given_up(house: House) -> None:
    house.mail.refuses, house.mail.reason = {"ada@x"}, DeliveryFailure.TIMED_OUT
    page = house.take(house.alert("a1"))
    await until(lambda: house.phone.sent)
    page.cancel()
    house.mail.refuses = set()
    await house.take(house.alert("a2", "resolve"))
    assert house.sent == [("ada@x", "a2"), ("1", "a1"), ("1", "a2")]


async def test_the_end_is_not_told_where_the_page_was_refused(house: House) -> None:
    house.mail.refuses = {"ada@x"}
    page = house.take(house.alert("a1"))
    await until(lambda: house.phone.sent)
    page.cancel()
    house.mail.refuses = set()
    await house.take(house.alert("a2", "resolve"))
    assert house.sent == [("1", "a1"), ("1", "a2")]


async def test_a_correction_behind_the_end_reaches_those_who_were_paged(house: House) -> None:
    await asyncio.gather(house.take(house.alert("a1", role="lead")))
    await house.take(house.alert("a2", "resolve"))
    await house.take(house.alert("a3", "none"))
    assert house.sent == [("bob@x", name) for name in ("a1", "a2", "a3")]


async def test_quiet_hours_are_written_down_and_do_not_hold_for_the_most_urgent(house: House) -> None:
    house.clock.time = parse("2026-03-02T23:00:00Z")
    await house.take(house.alert("a1", incident="j", priority="P3"))
    assert (house.sent, house.of("a1")) == ([], [(FAILED, "quiet_hours", 0)])
    page = house.take(house.alert("a2"))
    await until(lambda: house.sent)
    page.cancel()


async def test_nobody_on_duty_and_no_role_are_written_down_once(house: House) -> None:
    house.clock.time = parse("2026-03-02T03:00:00Z")
    received = house.alert("a1", role="lead")
    await house.take(received)
    await house.pages.handle(received)  # given again after a crash
    assert (house.sent, house.of("a1")) == ([], [(FAILED, "nobody_on_duty", 0)])


async def test_after_a_crash_a_page_goes_on_to_the_same_person_with_the_ways_that_are_left(house: House) -> None:
    received = house.alert("a1")
    page = house.take(received)
    await until(lambda: len(house.of("a1")) == 2)
    page.cancel()
    house.memory = PageMemory()
    for kind, data in house.publisher.written:
        house.memory.learn(Receipt(kind, "there", "acme", data), START)
    house.pages = house.started()
    house.clock.time = START + 5 * MINUTE
    await house.take(received)
    assert house.sent == [("ada@x", "a1"), ("1", "a1")]
    assert [kind for kind, _, _ in house.of("a1")] == [ATTEMPTED, ACCEPTED] * 2


async def test_a_failed_way_lets_the_next_one_begin_at_once_and_the_last_one_says_that_none_is_left(
    house: House,
) -> None:
    house.mail.refuses, house.phone.refuses = {"ada@x"}, {"1"}
    await house.take(house.alert("a1"))
    assert [each for each in house.of("a1") if each[0] == FAILED] == [(FAILED, "refused", 1), (FAILED, "refused", 0)]


async def test_after_a_crash_a_page_goes_on_whose_first_way_was_none(house: House) -> None:
    house.mail.refuses, house.mail.reason = {"ada@x"}, DeliveryFailure.NO_WAY
    house.phone.slow = asyncio.Event()
    received = house.alert("a1")
    page = house.take(received)
    await until(lambda: [kind for kind, _, _ in house.of("a1")].count(ATTEMPTED) == 2 and len(house.of("a1")) == 3)
    page.cancel()
    house.memory = PageMemory()
    for kind, data in house.publisher.written:
        house.memory.learn(Receipt(kind, "there", "acme", data), START)
    house.pages = house.started()
    house.phone.slow = None
    await house.take(received)
    assert house.sent == [("1", "a1")]


async def test_a_storm_of_pages_becomes_a_digest_that_names_each_with_a_link_of_its_own(house: House) -> None:
    attending = asyncio.create_task(house.pages.attend())
    house.mail.slow = asyncio.Event()
    names = [f"a{number}" for number in range(40)]
    pages = [house.take(house.alert(name, incident=name, role="lead")) for name in names]
    await asyncio.sleep(0.05)
    house.mail.slow.set()
    await until(lambda: len([kind for kind, _ in house.publisher.written if kind == ACCEPTED]) == 40)
    await asyncio.gather(*pages)
    attending.cancel()
    assert len(house.mail.sent) <= 6
    assert sorted(each.alert.id for message in house.mail.sent for each in message.alerts) == sorted(names)
    [digest] = [message for message in house.mail.sent if message.digest][-1:]
    links = [line.rpartition("/")[2] for line in digest.text.splitlines() if "/answer/" in line]
    assert {read(token, [KEY], START).alert for token in links} == {each.alert.id for each in digest.alerts}
    assert {data.digest for kind, data in house.publisher.written if kind == ACCEPTED} == {True, False}
    assert len({message.id for message in house.mail.sent}) == len(house.mail.sent)


async def test_a_page_says_what_it_is_about_for_whom_until_when_and_how_to_answer(house: House) -> None:
    await house.take(house.alert("a1", role="lead", number="ACME-1", deadline="2026-03-02T22:00:00Z", title="\x1bHelp"))
    [message] = house.mail.sent
    assert message.subject == "[P1 ACME-1] Page for Bob, lead, until Mon 22:00 (UTC): \\x1bHelp"
    assert "Bob, this goes to you, who carry the role lead." in message.text
    assert f"To take it: {message.link}" in message.text
    assert "tocsin desk acknowledge ACME-1" in message.text
