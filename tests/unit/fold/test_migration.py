"""What the switch of the rules makes of the state of earlier releases, step by step."""

from driver import ANALYST, FIRST, Driver, folded, states, values, when
from msgspec import structs
from test_switch_of_rules import of_earlier_rules, record, switched

from tocsin.domain.state.ticket import Ticket
from tocsin.engine import snapshot
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.record import Output, Topic

SECOND = "ACME-000002"


def as_before(desk: Driver) -> Shard:
    """A shard with the tickets of `desk`, as releases 0.1 and 0.2 kept acknowledgements and steps."""
    desk.outputs = [_older(output) for output in desk.outputs]
    return of_earlier_rules(desk)


def _older(output: Output) -> Output:
    if output.topic is not Topic.TICKETS or output.value is None:
        return output
    ticket = snapshot.decode_ticket(output.value)
    for each in ticket.taken_by:
        ticket.acknowledgement, each.covers = each, ()
    ticket.taken_by = ()
    ticket.follows = None
    for clock in ticket.clocks:
        clock.next_step, clock.steps_taken = len(clock.steps_taken), ()
    return structs.replace(output, value=snapshot.encode(ticket))


def behind(desk: Driver, clock: str) -> tuple[Ticket, list[str]]:
    """The ticket at the switch, and what is told from there to `clock`."""
    shard, now, offset = as_before(desk), desk.now, len(desk.inbox.records)
    switch = folded(shard, [switched(offset, now)])
    later = folded(shard, [record(inbox.TICK, offset + 1, when(clock))])
    alerts = [(each["time"][11:16], each["data"]) for each in values([*switch, *later], Topic.ALERTS)]
    [ticket] = states(switch).values()
    return ticket, [f"{at} {data['kind']} {data['role'] or ''}".strip() for at, data in alerts]


def mail() -> Driver:
    return Driver("esentire", plan="example").at("09:00").mail(priority="P1")


def test_an_acknowledgement_covers_all_whose_escalation_it_held() -> None:
    ticket, told = behind(mail().at("09:01").acknowledge().at("09:02").note(), "09:17")
    assert [(each.by, each.covers) for each in ticket.taken_by] == [(ANALYST, ("email_response/1",))]
    assert ticket.acknowledgement is None
    assert told == ["09:11 at_risk", "09:15 breached", "09:16 escalated shift lead"]


def test_a_follow_up_follows_the_closed_ticket_that_it_was_linked_to() -> None:
    desk = mail().resolve().close().at("09:10").mail(ticket=FIRST).link("ACME-000003", ticket=SECOND)
    desk.mail("kim@acme.example").link(SECOND, ticket="ACME-000003")
    switch = folded(as_before(desk), [switched(len(desk.inbox.records), desk.now)])
    assert {ticket.number: ticket.follows for ticket in states(switch).values()} == {SECOND: FIRST}


def test_what_it_held_before_anybody_was_paged_is_not_told_at_the_switch() -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed().at("09:05").acknowledge()
    _, told = behind(desk, "09:36")
    assert told == ["09:10 at_risk", "09:15 at_risk", "09:20 callback_overdue", "09:35 escalated analyst"]


def test_steps_that_were_taken_are_not_taken_again() -> None:
    ticket, told = behind(mail().at("09:08").note(), "09:16")
    [clock] = ticket.clocks
    assert (clock.steps_taken, clock.next_step) == ((0, 1), 0)
    assert told == ["09:11 at_risk", "09:15 breached", "09:15 escalated SOC manager"]
