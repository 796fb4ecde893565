"""A sink gets no content that is stricter than it may see, and every page all the same."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.tlp import TLPS, Tlp
from tocsin.notify.alert import Place, Received, read_alert
from tocsin.notify.delivery import Delivery
from tocsin.notify.message import Message, message_of
from tocsin.notify.model import SinkSpec
from tocsin.notify.withholding import withheld

SECRET = "Zanzibar"


def alert(tlp: str | None, **more: Any) -> Received:
    data = {
        "kind": "escalated",
        "action": "trigger",
        "dedup_key": "acme/t/callback/0",
        "tenant": "acme",
        "tier": 2,
        "ticket": "t",
        "number": "ACME-000001",
        "priority": "P1",
        "role": "shift lead",
        "objective": "callback",
        "title": SECRET,
        "client_ticket": SECRET,
        "actions": [SECRET],
        "opinion": SECRET,
        "advice": SECRET,
        "unknown": [SECRET],
        "of_a_later_release": SECRET,
        **more,
    }
    marked = data if tlp is None else data | {"tlp": tlp}
    raw = msgspec.json.encode({"id": "a1", "time": "2026-03-01T09:00:00Z", "data": marked})
    found = read_alert(raw, Place(0, 7), 1)
    assert found
    return found


@pytest.mark.parametrize(
    ("tlp", "highest"),
    [(None, Tlp.CLEAR), ("red", None), ("amber", Tlp.AMBER), ("green", Tlp.AMBER), ("clear", Tlp.CLEAR)],
)
def test_what_a_sink_may_see_goes_as_it_stands(tlp: str | None, highest: Tlp | None) -> None:
    assert withheld(alert(tlp), highest) == alert(tlp)


@pytest.mark.parametrize(
    ("tlp", "highest"), [("red", Tlp.AMBER_STRICT), ("amber+strict", Tlp.AMBER), ("purple", Tlp.AMBER)]
)
def test_of_what_is_stricter_goes_what_a_page_needs_and_no_word_of_what_it_is(tlp: str, highest: Tlp) -> None:
    received = withheld(alert(tlp), highest)
    message = message_of([received], link="https://soc.example/answer")
    assert SECRET not in received.raw.decode() + repr(received.alert) + message.subject + message.text
    for needed in ("ACME-000001", "P1", "shift lead", "callback", "https://soc.example/answer", "acme/t/callback/0"):
        assert needed in message.text
    assert "content withheld (TLP:" in message.subject
    assert (received.place, received.stamp, received.alert.id) == (Place(0, 7), 1, "a1")
    assert json.loads(received.raw)["data"]["number"] == "ACME-000001"


@given(st.sampled_from(TLPS), st.sampled_from(TLPS), st.sampled_from(("trigger", "acknowledge", "resolve", "none")))
def test_the_incident_and_what_is_to_be_done_with_it_are_never_withheld(tlp: Tlp, highest: Tlp, action: str) -> None:
    before = alert(tlp, action=action)
    after = withheld(before, highest)
    assert (after.alert.data.dedup_key, after.alert.data.action) == (before.alert.data.dedup_key, action)


class _Sink:
    gathers = False
    actions = frozenset({"trigger"})

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def close(self) -> None:
        """Nothing to let go of."""


async def test_a_delivery_withholds_by_what_the_file_says_of_its_sink() -> None:
    for highest, shown in ((Tlp.GREEN, False), (Tlp.RED, True), (None, True)):
        sink = _Sink()
        await Delivery(sink, SinkSpec(tlp_max=highest)).deliver(alert("red"))
        assert [SECRET in message.text for message in sink.sent] == [shown]
