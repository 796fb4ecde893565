"""What holds of every silence: it changes nothing but who is told, and in the end everybody knows what is open."""

from collections.abc import Sequence
from typing import Any

from driver import folded, states, values
from hypothesis import given
from logs import Step, closing_tick, log
from msgspec import UNSET
from random_histories import HISTORIES, histories
from test_incidents import open_keys, open_now

from tocsin.domain.commands.silence import BaseSilenceCommand
from tocsin.domain.events.silence import SilenceEvent
from tocsin.domain.instant import DAY, HOUR
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.record import Output, Record, Topic

_ABOUT_SILENCES = {kind.TYPE for kind in SilenceEvent.__args__}
_LONG_AFTER = 10 * DAY
_NEVER_SILENCED = "P1"


def without_silences(records: Sequence[Record]) -> list[Record]:
    """The same log where nobody has silenced anything: a tick stands in place of each of these commands."""
    return [
        each._replace(value=inbox.TICK, key=None) if isinstance(inbox.decode(each).body, BaseSilenceCommand) else each
        for each in records
    ]


def decided(outputs: Sequence[Output]) -> list[dict[str, Any]]:
    """What the journal says beside silences, without what numbers and chains its records."""
    chain = ("seq", "prev", "hash", "persons_digest", "persons")
    told = (
        {name: value for name, value in event.items() if name not in chain}
        for event in values(outputs, Topic.TICKET_EVENTS)
        if event["type"] not in _ABOUT_SILENCES
    )
    return [it for it in told if it["data"].get("command") not in ("Silence", "Maintain", "Quieten", "Unsilence")]


def hidden(tickets: dict[str, Ticket]) -> set[str]:
    """The incidents of which paging systems do not know."""
    return {
        f"{ticket.tenant}/{ticket.id}/{each.incident}"
        for ticket in tickets.values()
        if ticket.quiet is not UNSET
        for each in ticket.quiet.muted
        if each.hidden
    }


def known(tickets: dict[str, Ticket]) -> set[str]:
    return {f"{ticket.tenant}/{ticket.id}/{name}" for ticket in tickets.values() for name in open_now(ticket)}


def alerts(outputs: Sequence[Output]) -> list[dict[str, Any]]:
    return [alert["data"] for alert in values(outputs, Topic.ALERTS)]


def of_tickets(outputs: Sequence[Output]) -> set[str]:
    return open_keys([alert for alert in alerts(outputs) if alert["ticket"]])


@HISTORIES
@given(histories(silenced=True))
def test_no_clock_knows_of_a_silence(steps: list[Step]) -> None:
    records = [*log(steps)]
    records.append(closing_tick(records))
    silenced, plain = folded(Shard(0), records), folded(Shard(0), without_silences(records))
    assert decided(silenced) == decided(plain)


@HISTORIES
@given(histories(silenced=True))
def test_what_paging_systems_have_open_is_what_is_open_and_not_silenced(steps: list[Step]) -> None:
    records = log(steps)
    for end in range(len(records)):
        outputs = folded(Shard(0), records[: end + 1])
        tickets = states(outputs)
        assert hidden(tickets) <= known(tickets)
        assert of_tickets(outputs) == known(tickets) - hidden(tickets)


@HISTORIES
@given(histories(silenced=True))
def test_each_alert_has_an_id_of_its_own_and_each_end_a_beginning(steps: list[Step]) -> None:
    records = log(steps)
    outputs = folded(Shard(0), [*records, closing_tick(records, after=12 * HOUR)])
    told = values(outputs, Topic.ALERTS)
    assert len({alert["id"] for alert in told}) == len(told)
    triggered: set[str] = set()
    for alert in alerts(outputs):
        if alert["action"] == "trigger":
            triggered.add(alert["dedup_key"])
        elif alert["action"] == "resolve":
            assert alert["dedup_key"] in triggered
            triggered.remove(alert["dedup_key"])


@HISTORIES
@given(histories(silenced=True))
def test_when_all_silences_are_over_paging_systems_have_open_what_they_had_without_any(steps: list[Step]) -> None:
    records = log(steps)
    records.append(closing_tick(records, after=_LONG_AFTER))
    silenced, plain = folded(Shard(0), records), folded(Shard(0), without_silences(records))
    assert open_keys(alerts(silenced)) == open_keys(alerts(plain))
    assert hidden(states(silenced)) == set()


@HISTORIES
@given(histories(silenced=True))
def test_what_may_never_be_silenced_is_told_as_without_any(steps: list[Step]) -> None:
    records = log(steps)
    outputs = folded(Shard(0), records)
    urgent = {ticket.id for ticket in states(outputs).values() if ticket.priority in (_NEVER_SILENCED, "high")}
    assert not any(key.split("/")[1] in urgent for key in hidden(states(outputs)))
