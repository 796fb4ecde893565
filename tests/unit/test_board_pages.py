"""What the pages tell: the story in words, each deadline explained, and the months."""

import json
from decimal import Decimal
from pathlib import Path

import msgspec
from tests.board.stage import Stage

from tocsin.board.access import Viewer
from tocsin.board.model import ALERTS_KEPT
from tocsin.board.months import months_of
from tocsin.board.stories import KEPT, Stories
from tocsin.board.views import Asked, Views
from tocsin.board.wall import Filter
from tocsin.domain.contract.attainment import Credits, CreditTier, Measure
from tocsin.domain.instant import HOUR, MINUTE, Instant, parse, show
from tocsin.domain.state.tally import Tally, month_key
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.vocabulary import Objective
from tocsin.messages.record import Record, Topic
from tocsin.story.explain import Explained, explained
from tocsin.story.sentences import decided, told
from tocsin.story.standing import state_of

HELD = """
contract: sorb
promise: none
clause: none
shows: none
tenant: umbrella
date: 2026-03-05
defaults:
  desk.* analyst=Ann
until: 2026-03-09T02:00:00Z
tenants:
  [tenants.umbrella]
  contract = "sorb"
  plan = "platinum"
  timezone = "Asia/Tokyo"
  [tenants.umbrella.calendars.support_hours]
  timezone = "Asia/Tokyo"
  hours = {mon-fri = "09:00-18:00"}
  holidays_of = {country = "JP", first_year = 2025, last_year = 2035}
  clause = "1.2, Product Order Form"

01:00 email.received message_id=m1 from=h@umbrella.example to=soc@soc.example subject=Help priority=P3
02:00 desk.hold ticket=1 reason="remote access missing"
04:00 desk.resume ticket=1
"""


def of_objective(stage: Stage, objective: Objective) -> Explained:
    (ticket_id,) = stage.model.known
    ticket = stage.state(ticket_id)
    stories = Stories()
    stories.put(ticket_id, stage.records(ticket_id))
    found = explained(ticket, stage.model.contracts, stage.time.now(), stories.of(ticket_id).holds)
    return next(each for each in found if each.objective == objective)


def test_a_deadline_is_explained_by_what_counted_was_paused_and_closed_with_the_offsets_behind_it(
    tmp_path: Path,
) -> None:
    promise = of_objective(Stage.of(HELD, tmp_path), Objective.FIRST_RESPONSE)
    spans = [(show(it.start), show(it.end), str(it.why)) for it in promise.spans]
    assert spans[:4] == [
        ("2026-03-05T01:00:00Z", "2026-03-05T02:00:00Z", "counted"),
        ("2026-03-05T02:00:00Z", "2026-03-05T04:00:00Z", "paused"),
        ("2026-03-05T04:00:00Z", "2026-03-05T09:00:00Z", "counted"),
        ("2026-03-05T09:00:00Z", "2026-03-06T00:00:00Z", "closed"),
    ]
    assert promise.total("counted") == 8 * HOUR
    assert promise.deadline == promise.spans[-1].end
    paused = promise.spans[1]
    assert paused.offsets == (2, 3)  # what began the wait and what ended it, behind the adoption and the mail
    assert promise.spans[0].offsets == (1,)
    assert promise.spans[3].offsets == ()
    assert (promise.promised, promise.calendar, promise.timezone) == ("8 business hours", "support_hours", "Asia/Tokyo")
    assert promise.clause == "2.3"


def test_a_promise_that_waits_is_explained_until_now(tmp_path: Path) -> None:
    script = HELD.replace("04:00 desk.resume ticket=1\n", "").replace("2026-03-09T02", "2026-03-05T03")
    stage = Stage.of(script, tmp_path)
    promise = of_objective(stage, Objective.FIRST_RESPONSE)
    assert (promise.deadline, promise.state) == (None, "held")
    assert [str(it.why) for it in promise.spans] == ["counted", "paused"]
    assert promise.spans[-1].end == stage.time.now()


def test_the_months_of_a_tenant_stand_with_the_latest_and_the_worst_first() -> None:
    tenant = Tenant("acme")
    for month, met, missed in (("2026-02", 9, 0), ("2026-03", 20, 0), ("2026-03", 1, 1)):
        tally = Tally(
            month=month,
            plan="p",
            objective=Objective.FIRST_RESPONSE,
            priority=f"P{met}",
            ends_at=1_000,
            promised=0.95,
            clause="c",
            met=met,
            missed=missed,
        )
        tenant.months[month_key(tally)] = tally
    march, february = months_of(tenant, 1_000)
    assert (march.name, march.kept, march.over) == ("2026-03", False, True)
    assert [row.priority for row in march.rows] == ["P1", "P20"]
    assert february.kept


def test_a_time_that_is_promised_and_what_is_credited_stand_beside_the_shares() -> None:
    tenant = Tenant("acme")
    for measure, tier in ((Measure.SHARE, {"below": Decimal("0.9")}), (Measure.MEAN, {"above": 20 * MINUTE})):
        tally = Tally(
            month="2026-Q1",
            plan="",
            objective="",
            priority="",
            ends_at=1_000,
            promised=0.9,
            clause="c",
            met=1,
            missed=1,
            total=60 * MINUTE,
            measure=measure,
            at_most=None if measure is Measure.SHARE else 20 * MINUTE,
            credits=Credits(of="the fee", tiers=(CreditTier(credit=Decimal("0.05"), **tier),)),
        )
        tenant.months[month_key(tally)] = tally
    (quarter,) = months_of(tenant, 0)
    assert [(row.measured, row.affordable, row.credit) for row in quarter.rows] == [
        (None, -1, "50 % (1 of 2) is below 90 %: 5 % of the fee"),
        (("0:30:00", "0:20:00"), None, "the mean of 2, 0:30:00, is above 0:20:00: 5 % of the fee"),
    ]
    assert quarter.credited == ("5 % + 5 % = 10 % of the fee",)


AT: Instant = parse("2026-03-03T14:00:00Z")


def test_an_event_is_told_in_a_sentence_and_its_time_by_the_clock() -> None:
    data = {"objective": "first_response", "deadline": "2026-03-03T14:10:00Z", "rule": "r", "cycle": 1}
    said, facts = decided({"type": "ObjectiveBreached", "data": data}, AT)
    assert (said, facts) == ("First response broken: not kept by 14:10:00", ())


def test_an_event_that_has_no_sentence_is_told_by_its_name_and_facts() -> None:
    event = {"type": "ParcelDelivered", "data": {"sink": "mail", "attempt": 2}, "persons": {"to": "Ada", "salt": "x"}}
    said, facts = decided(event, AT)
    assert said == "Parcel delivered"
    assert facts == (("sink", "mail"), ("attempt", "2"), ("to", "Ada"))


def test_a_promise_that_waits_is_told_to_have_no_date() -> None:
    data = {"objective": "first_response", "priority": "P3", "rule": "r", "cycle": 1}
    assert decided({"type": "ClockMoved", "data": data}, AT) == (
        "First response has no date now",
        (("priority", "P3"),),
    )


def test_what_became_of_a_page_is_told_with_who_it_was_for() -> None:
    data = {
        "alert": "a",
        "sink": "mail",
        "way": "mail/73f70b",
        "attempt": 1,
        "reason": "timed_out",
        "ways_left": 1,
        "role": "analyst",
    }
    said, facts = decided({"type": "PageFailed", "data": data, "persons": {"person": "Ada"}}, AT)
    assert said == "Page to Ada, analyst: mail failed, timed out"
    assert dict(facts) == {"attempt": "1", "ways left": "1"}


def test_an_event_of_which_a_person_was_forgotten_is_told_by_its_name() -> None:
    said, _ = decided({"type": "TicketAcknowledged", "data": {"happened_at": "2026-03-03T14:00:00Z"}}, AT)
    assert said == "Ticket acknowledged"


def test_late_evidence_is_told_with_the_time_at_which_it_happened() -> None:
    event = {"type": "CallReturned", "data": {"happened_at": "2026-03-03T13:55:00Z"}, "persons": {"caller": "+1"}}
    assert decided(event, AT) == ("Called back +1", (("happened at", "13:55:00"),))


def test_braces_in_a_strangers_words_are_words() -> None:
    said, _ = decided({"type": "NoteAdded", "persons": {"note": "{0.__class__} {analyst}"}, "data": {}}, AT)
    assert said == "Note: {0.__class__} {analyst}"
    assert decided({"type": "Odd{0}Event", "data": {}}, AT)[0] == "Odd{0}event"


def test_an_alert_is_told_with_whom_it_is_for() -> None:
    assert told({"kind": "callback_overdue", "role": "shift lead", "objective": "callback"}) == (
        "Callback overdue to shift lead",
        (("promise", "callback"),),
    )


def test_only_the_stories_that_were_looked_at_last_are_kept() -> None:
    stories = Stories()
    for number in range(KEPT + 1):
        stories.follow(f"ticket-{number}")
    record = Record(Topic.TICKET_EVENTS, 0, 1, AT, b"x", json.dumps({"type": "NoteAdded", "data": {}}).encode())
    for number in range(KEPT + 1):
        stories.take(f"ticket-{number}", record)
    assert stories.of("ticket-0").lines == ()
    assert len(stories.of("ticket-1").lines) == 1


def test_what_is_told_while_a_story_is_read_is_told_once() -> None:
    stories = Stories()
    stories.follow("t")
    value = json.dumps({"type": "NoteAdded", "data": {}}).encode()
    records = [Record(Topic.TICKET_EVENTS, 0, offset, AT + offset, b"t", value) for offset in range(3)]
    stories.take("t", records[2])
    stories.put("t", records)
    assert [line.place[2] for line in stories.of("t").lines] == [0, 1, 2]


CALL = """
contract: esentire
promise: none
clause: none
shows: none
tenant: acme
date: 2026-03-03
until: 2026-03-03T09:05:00Z
tenants:
  [tenants.acme]
  contract = "esentire"
  plan = "example"
  [[tenants.acme.contacts]]
  name = "Ada Moreau"
  phones = ["+14165550123"]

09:00 call.missed from=+14165550123 to=+18445525837 call=c1
"""


def test_the_board_keeps_no_more_of_a_closed_ticket_than_where_it_stands(tmp_path: Path) -> None:
    stage = Stage.of(CALL, tmp_path)
    (ticket_id,) = stage.model.known
    assert stage.model.known[ticket_id].value is not None
    for verb in ("desk.resolve", "desk.close"):
        event = {"specversion": "1.0", "id": verb, "source": "d", "type": f"tocsin.{verb}", "tenant": "acme"}
        told_at = "2026-03-03T09:06:00Z"
        data = {"ticket": "ACME-000001", "analyst": "ann"}
        stage.take({"topic": "soc.desk", "recorded_at": told_at, "value": {**event, "time": told_at, "data": data}})
    stage.tick(stage.time.now() + HOUR)
    assert stage.state(ticket_id).stage == "closed"
    assert stage.model.known[ticket_id].value is None
    assert stage.model.promises() == []
    assert stage.model.found("acme-000001") == ticket_id


def test_a_contact_who_gets_a_name_later_is_called_by_it(tmp_path: Path) -> None:
    stage = Stage.of(CALL, tmp_path)
    (promise,) = stage.model.promises()
    assert promise.caller is not None
    assert promise.caller.name == "Ada Moreau"
    tenant = stage.model.tenants["acme"]
    renamed = json.loads(json.dumps({"name": "acme", "contract": tenant.contract, "plan": tenant.plan, "contacts": []}))
    stage.model.take(Record(Topic.TENANTS, 0, 99, AT, b"tenant/acme", json.dumps(renamed).encode()))
    stage.model.refresh()
    (promise,) = stage.model.promises()
    assert promise.caller is not None
    assert (promise.caller.name, promise.caller.number) == ("", "+14165550123")


def test_a_page_and_the_wall_say_the_same_of_a_promise_as_its_deadline_comes(tmp_path: Path) -> None:
    stage = Stage.of(CALL, tmp_path)
    ticket = stage.state(next(iter(stage.model.known)))
    for clock, promise in zip(ticket.clocks, stage.model.promises(), strict=True):
        if clock.deadline is not None:
            for left in (6 * MINUTE, 5 * MINUTE, 0, -1):
                assert state_of(clock, ticket, clock.deadline - left) == promise.state(clock.deadline - left)


def test_a_host_an_address_and_the_client_s_number_are_shown_as_they_are_written(tmp_path: Path) -> None:
    stage = Stage.of(CALL, tmp_path)
    ticket = stage.state(next(iter(stage.model.known)))
    known = msgspec.structs.replace(ticket, client_ticket="INC_7", server="db_01", risk="very_high")
    head = Views(stage.model, stage.pulse, 40).ticket(known).html("head")
    assert all(f"<bdi>{shown}</bdi>" in head for shown in ("INC_7", "db_01", "very high"))


def test_the_wall_and_the_page_of_a_ticket_show_its_marking_and_nothing_where_there_is_none(tmp_path: Path) -> None:
    marked = f"{CALL}10:01 desk.tlp ticket=1 analyst=Ann tlp=amber+strict\n"
    for script, shown in ((CALL, False), (marked, True)):
        stage = Stage.of(script, tmp_path)
        views = Views(stage.model, stage.pulse, 40)
        ticket = stage.state(next(iter(stage.model.known)))
        (promise,) = stage.model.promises()
        assert ("TLP:AMBER+STRICT" in views.wall(Asked(Viewer(), Filter())).html(promise.key)) is shown
        assert ("<bdi>amber+strict</bdi>" in views.ticket(ticket).html("head")) is shown


def test_a_wall_is_made_once_for_all_who_look_at_it(tmp_path: Path) -> None:
    stage = Stage.of(CALL, tmp_path)
    views = Views(stage.model, stage.pulse, 40)
    asked = Asked(Viewer(), Filter())
    first = views.wall(asked)
    assert views.wall(Asked(Viewer(), Filter.read([]))) is first
    stage.tick(stage.time.now() + MINUTE)
    assert views.wall(asked) is first
    views.forget()
    assert views.wall(asked).now == first.now + MINUTE


def test_only_the_latest_alerts_are_kept_and_it_is_known_from_where_on(tmp_path: Path) -> None:
    model = Stage.of(CALL, tmp_path).model
    model.alerts.clear()
    for offset in range(ALERTS_KEPT + 3):
        value = json.dumps({"data": {"kind": "breached", "tenant": ["odd"]}}).encode()
        model.take(Record(Topic.ALERTS, 0, offset, AT, b"t", value))
    assert len(model.alerts) == ALERTS_KEPT
    assert model.alerts_from == {0: 3}
    assert model.alert_positions() == {0: ALERTS_KEPT + 3}
    assert [alert.offset for alert in model.alerts_since({0: ALERTS_KEPT + 1})] == [ALERTS_KEPT + 1, ALERTS_KEPT + 2]
    assert model.alerts[0].data["tenant"] == "['odd']"
