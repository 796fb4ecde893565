"""Acting on a ticket's page: what is sent to the desk, in whose name, and what the page shows of what became of it."""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka.errors import TopicAuthorizationFailedError
from tests.board.sites import ADA, SPEC, WALL, Site, site

from tocsin.board.access import Viewer
from tocsin.board.acting.deeds import Deed, Deeds, Outcome
from tocsin.board.acting.desk import BoardDesk
from tocsin.board.acting.verbs import VERBS
from tocsin.client.errors import UnavailableError
from tocsin.client.publishing import NewRecord
from tocsin.domain.commands.desk import DeskCommand
from tocsin.messages.record import Record, Topic
from tocsin.messages.registry import EVENTS

ANOTHER_CALL = {
    "specversion": "1.0",
    "id": "another",
    "source": "portal",
    "type": "tocsin.request.submitted",
    "tenant": "acme",
    "data": {"id": "r-1", "contact": "bob@acme.example", "subject": "Printer", "summary": "It prints nothing."},
}


class Desk:
    """A page of a ticket, and an analyst who is signed in."""

    def __init__(self, asking: Site) -> None:
        self.site = asking
        self.page = f"/tickets/{asking.ticket_of('acme')}"
        self.fields: dict[str, str] = {}

    async def act(self, verb: str, **form: str) -> int:
        self.fields = self.fields or await self.site.fields(self.page)
        headers = {name: form.pop(name) for name in ("Origin", "Sec_Fetch_Site") if name in form}
        answer = await self.site.post(f"{self.page}/act", {**self.fields, "verb": verb, **form}, **headers)
        return answer.status

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(record.value) for record in self.site.sent]

    async def deeds(self) -> list[str]:
        """What the page says of what was done, as a person reads it."""
        _, page = await self.site.get(self.page)
        found = re.findall(r'<li id="board-.*?</li>', page, re.DOTALL)
        return [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", each)).split()) for each in found]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with site(tmp_path, SPEC) as asking:
        await asking.sign_in(ADA)
        yield Desk(asking)


async def test_a_command_is_said_in_the_name_of_who_has_signed_in_whatever_the_form_says(desk: Desk) -> None:
    assert await desk.act("note", note="  Rang twice.\r\nNobody there.  ", analyst="Eve Larsen", ticket="other") == 303
    [event] = desk.sent
    ticket = desk.site.ticket_of("acme")
    assert event["data"] == {"note": "Rang twice.\nNobody there.", "ticket": ticket, "analyst": "Ada Okafor"}
    assert (event["type"], event["tenant"], event["source"]) == ("tocsin.desk.note", "acme", "tocsin-board")
    record = desk.site.sent[0]
    assert (record.key, record.headers) == (b"acme", (("tenant", b"acme"),))
    assert "time" not in event


async def test_it_is_pending_until_the_journal_says_what_became_of_it(desk: Desk) -> None:
    await desk.act("acknowledge")
    assert await desk.deeds() == ["Pending Acknowledge at 09:01:00: Sent. No worker has answered yet."]
    desk.site.stage.hear(desk.site.sent[0])
    assert await desk.deeds() == ["Done Acknowledge at 09:01:00: Taken by Ada Okafor."]


async def test_a_refusal_is_told_in_a_sentence(desk: Desk) -> None:
    await desk.act("resume")
    desk.site.stage.hear(desk.site.sent[0])
    [told] = await desk.deeds()
    assert re.fullmatch(r"Refused Resume at 09:01:00: ACME-\d+ is not on hold\.", told), told


async def test_it_is_told_live_on_the_page_of_who_has_done_it_and_on_no_other(desk: Desk) -> None:
    async with desk.site.streaming(f"{desk.page}/events") as mine:
        await mine()
        await desk.act("acknowledge")
        assert b"No worker has answered yet" in await mine()
        desk.site.stage.hear(desk.site.sent[0])
        assert b"Taken by Ada Okafor" in await mine()
    await desk.site.sign_in(WALL)
    assert await desk.deeds() == []


async def test_a_merge_is_told_on_the_page_of_the_ticket_that_stays(desk: Desk) -> None:
    stage = desk.site.stage
    stage.hear(NewRecord(json.dumps(ANOTHER_CALL).encode(), b"acme"))
    known = stage.model.known
    first, second = sorted(
        (name for name, it in known.items() if it.tenant == "acme"), key=lambda it: known[it].numbers
    )
    desk.page = f"/tickets/{second}"
    await desk.act("merge", into=stage.state(first).number)
    stage.hear(desk.site.sent[0])
    assert second not in known
    [told] = await desk.deeds()
    assert told.startswith("Done Merge at 09:01:00: ")
    assert stage.state(first).number in (await desk.site.get(desk.page))[1]


async def test_the_same_form_sent_twice_is_one_command(desk: Desk) -> None:
    for note in ("one", "one", "two"):
        assert await desk.act("note", note=note) == 303
    assert [event["data"]["note"] for event in desk.sent] == ["one", "two"]


async def test_the_same_words_about_another_ticket_are_another_command(desk: Desk) -> None:
    stage = desk.site.stage
    stage.hear(NewRecord(json.dumps(ANOTHER_CALL).encode(), b"acme"))
    for ticket in [name for name, it in stage.model.known.items() if it.tenant == "acme"]:
        desk.page = f"/tickets/{ticket}"
        assert await desk.act("note", note="Rang twice", page="1") == 303
    assert len({event["id"] for event in desk.sent}) == 2


async def test_what_intake_would_not_take_is_not_sent_and_says_why(desk: Desk) -> None:
    await desk.act("note", note=" ")
    await desk.act("assign", assignee="a\u202eb")
    await desk.act("merge", into="x" * 257)
    assert desk.sent == []
    assert await desk.deeds() == [
        "Refused Merge at 09:01:00: Not sent: into is too long.",
        "Refused Assign at 09:01:00: Not sent: assignee has characters that cannot be seen or turn the text around.",
        "Refused Note at 09:01:00: Not sent: note is missing.",
    ]


async def test_a_command_that_kafka_has_not_confirmed_can_be_said_again_and_is_told_if_it_was_taken(desk: Desk) -> None:
    desk.site.unsent = UnavailableError("nobody answers")
    await desk.act("acknowledge")
    told = "Unsent Acknowledge at 09:01:00: Kafka has not confirmed it. If it was taken, it is told here."
    assert await desk.deeds() == [told]
    desk.site.unsent = None
    await desk.act("acknowledge")
    assert len(desk.sent) == 1
    desk.site.stage.hear(desk.site.sent[0])
    assert await desk.deeds() == ["Done Acknowledge at 09:01:00: Taken by Ada Okafor."]


async def test_a_command_is_sent_also_where_the_browser_does_not_wait_for_it(desk: Desk) -> None:
    entered, gate, sent = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def send(_record: NewRecord) -> None:
        entered.set()
        await gate.wait()
        sent.set()

    ticket = desk.site.stage.state(desk.site.ticket_of("acme"))
    acting = BoardDesk(Deeds(), send, desk.site.stage.time.now, answered=0)
    asked = asyncio.create_task(acting.say(Viewer("Ada"), ticket, {"verb": "acknowledge", "page": "1"}))
    await entered.wait()
    asked.cancel()  # as the server does when a browser has gone
    await asyncio.gather(asked, return_exceptions=True)
    gate.set()
    await sent.wait()
    [deed] = acting.deeds.of([ticket.id], "Ada")
    assert deed.outcome is Outcome.PENDING


async def test_a_board_without_the_right_to_write_says_so(desk: Desk) -> None:
    desk.site.unsent = TopicAuthorizationFailedError("soc.desk")
    await desk.act("acknowledge")
    [told] = await desk.deeds()
    assert told.endswith("Not sent: the board has no right to write to soc.desk on the cluster.")


def test_a_dead_letter_is_a_refusal() -> None:
    deeds, deed_id = Deeds(), "board-" + "0" * 32
    assert deeds.begin(Deed(deed_id, "t", "Ada", "Note", 0))
    headers = (("tocsin-reason", b"too_large"), ("tocsin-detail", b"the value has more than 65536 bytes"))
    deeds.hear(Record(Topic.DEAD_LETTERS, 0, 0, 0, None, f'{{"id":"{deed_id}"}}'.encode(), headers))
    [told] = deeds.of(["t"], "Ada")
    assert (told.outcome, told.said) == (Outcome.REFUSED, "Not accepted: the value has more than 65536 bytes.")


def test_an_event_that_only_names_the_id_says_nothing_of_it() -> None:
    deeds, deed_id = Deeds(), "board-" + "0" * 32
    assert deeds.begin(Deed(deed_id, "t", "Ada", "Note", 0))
    for value in (
        msgspec.json.encode({"type": "NoteAdded", "input": "x", "data": {"note": deed_id}}),
        f'"{deed_id}'.encode(),
        f'["{deed_id}"]'.encode(),
    ):
        deeds.hear(Record(Topic.TICKET_EVENTS, 0, 0, 0, None, value))
    assert deeds.of(["t"], "Ada")[0].outcome is Outcome.PENDING


# Whose form it is


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},  # another port of this machine
        {"Sec_Fetch_Site": "none"},
    ],
)
async def test_no_other_site_can_have_a_browser_act(desk: Desk, headers: dict[str, str]) -> None:
    assert await desk.act("acknowledge", **headers) == 403
    assert desk.sent == []


@pytest.mark.parametrize("spoil", [lambda _: "", lambda it: it[:-1], lambda it: f"{it}x", lambda _: "a.b"])
async def test_a_form_that_no_page_of_the_session_has_shown_does_nothing(
    desk: Desk, spoil: Callable[[str], str]
) -> None:
    fields = await desk.site.fields(desk.page)
    assert await desk.act("acknowledge", form=spoil(fields["form"])) == 403
    await desk.site.sign_in(ADA)  # another session of the same person
    assert await desk.act("acknowledge", form=fields["form"]) == 403
    assert desk.sent == []


async def test_who_may_only_look_cannot_act(desk: Desk) -> None:
    await desk.site.sign_in(WALL)
    assert '<h2 id="h-acting">' not in (await desk.site.get(desk.page))[1]
    form = (await desk.site.fields("/"))["form"]
    assert await desk.act("acknowledge", form=form, page="1") == 403
    assert desk.sent == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x=" + b"y" * 200_000, {}, 413),
        (b"&".join(b"a%d=1" % number for number in range(40)), {}, 400),
        (b"note=\xff\xfe", {}, 400),
        (b"{}", {"Content_Type": "application/json"}, 415),
        (b"--x--", {"Content_Type": "multipart/form-data; boundary=x"}, 415),
        (b"", {}, 403),
    ],
)
async def test_what_is_no_form_is_refused_before_it_is_read(
    desk: Desk, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert (await desk.site.post(f"{desk.page}/act", body, **headers)).status == status


@pytest.mark.parametrize("verb", ["", "move", "adopt", "tocsin.desk.note", "__init__"])
async def test_only_the_verbs_of_the_page_can_be_said(desk: Desk, verb: str) -> None:
    assert await desk.act(verb) == 400
    assert desk.sent == []


# The forms


def test_each_verb_of_the_page_is_one_of_the_desk() -> None:
    for name, verb in VERBS.items():
        kind: type[DeskCommand] = verb.command
        assert f"tocsin.desk.{name}" == kind.TYPE
        assert kind.TYPE in EVENTS[Topic.DESK]


async def test_every_field_has_a_label_and_its_limits_and_the_contract_s_words_to_choose_from(desk: Desk) -> None:
    _, page = await desk.site.get(desk.page)
    acting = page[page.index('id="acting"') : page.index('class="columns"')]
    for kind, name in re.findall(r'<(input|textarea|select) id="([^"]+)"', acting):
        assert f'<label for="{name}">' in acting, kind
    priority = desk.site.stage.state(desk.site.ticket_of("acme")).priority
    assert f'<option value="{priority}" selected>{priority}</option>' in acting
    assert 'name="assignee" value="Ada Okafor" maxlength="256"' in acting
    assert acting.count("maxlength=") >= 10
