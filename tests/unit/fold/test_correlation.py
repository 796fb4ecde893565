"""Which ticket an input belongs to."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from driver import CALLER, FIRST, Driver, adoption, when
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tocsin.domain.commands.inbound import Contact, EmailReceived
from tocsin.domain.vocabulary import Evidence

SECOND = "ACME-000002"
FOURTH = "ACME-000004"


@pytest.fixture
def desk() -> Driver:
    return Driver("esentire", plan="example")


def number_of(desk: Driver, event_type: str) -> str:
    """The ticket that the last event of that type belongs to."""
    return str(desk.journal(event_type)[-1]["number"])


# ---- detections


def test_the_same_signature_on_the_same_asset_is_one_ticket_with_a_count(desk: Driver) -> None:
    desk.at("09:00").detection().detection().detection()
    assert [ticket.repeats for ticket in desk.tickets()] == [2]


@pytest.mark.parametrize("other", [{"signature": "1:2"}, {"asset": "10.0.0.2"}, {"key": "case-7"}])
def test_another_signature_asset_or_key_is_another_ticket(desk: Driver, other: dict[str, str]) -> None:
    desk.at("09:00").detection().detection(**other)
    assert len(desk.tickets()) == 2


def test_a_key_of_the_sensors_own_joins_whatever_signature_and_asset_say(desk: Driver) -> None:
    desk.at("09:00").detection(key="case-7").detection(key="case-7", signature="1:2", asset="10.0.0.2")
    assert [ticket.repeats for ticket in desk.tickets()] == [1]


def test_the_same_detection_at_two_tenants_is_two_tickets(desk: Driver) -> None:
    desk.at("09:00").of("acme").detection().of("globex").detection()
    assert [ticket.number for ticket in desk.tickets()] == [FIRST, "GLOBEX-000001"]


def test_a_worse_severity_raises_the_priority_and_tells_so(desk: Driver) -> None:
    desk.at("09:00").detection("medium").at("09:05").detection("critical")
    assert desk.ticket().priority == "P1"
    assert [(alert["at"], alert["priority"]) for alert in desk.alerts("detection")] == [
        ("09:00", "P3"),
        ("09:05", "P1"),
    ]
    assert desk.clock("detection_alert").deadline == when("09:15")


def test_a_repeat_that_is_not_worse_raises_nothing_and_tells_nothing(desk: Driver) -> None:
    desk.at("09:00").detection("high").at("09:01").detection("high").at("09:02").detection("low")
    assert desk.ticket().priority == "P2"
    assert desk.told() == ["09:00 detection"]


def test_a_repeat_starts_no_second_clock(desk: Driver) -> None:
    desk.at("09:00").detection().at("09:10").detection()
    assert desk.clock("detection_alert").started_at == when("09:00")


def test_a_detection_below_the_floor_is_counted_and_opens_nothing(desk: Driver) -> None:
    desk.at("09:00").detection("informational")
    assert not desk.tickets()
    assert desk.journal("DetectionIgnored")
    assert (desk.shard.counters.noted, desk.shard.counters.tickets_opened) == (2, 0)


def test_a_detection_counts_from_when_we_learned_of_it(desk: Driver) -> None:
    desk.at("09:00").detection("critical", happened="03:00")
    assert desk.clock("detection_alert").deadline == when("09:10")


def test_a_repeat_on_a_resolved_ticket_reopens_it_and_tells_so(desk: Driver) -> None:
    desk.at("09:00").detection().at("09:10").resolve().at("10:00").detection()
    assert (desk.ticket().stage, len(desk.tickets())) == ("received", 1)
    assert [clock.started_at for clock in desk.clocks("detection_alert")] == [when("09:00"), when("10:00")]
    assert desk.told("detection", "cleared") == ["09:00 detection", "09:10 cleared", "10:00 detection"]


def test_a_repeat_on_a_closed_ticket_opens_a_linked_one(desk: Driver) -> None:
    desk.at("09:00").detection().close().at("10:00").detection()
    assert desk.ticket(2).links == (FIRST,)
    assert desk.ticket(1).stage == "closed"


def test_a_repeat_joins_the_newest_ticket_of_its_key_whatever_was_touched_last(desk: Driver) -> None:
    desk.at("09:00").detection().close().at("10:00").detection().at("10:05").mail(ticket=FIRST, happened="08:59")
    desk.at("10:10").detection()
    assert [ticket.repeats for ticket in desk.tickets()] == [0, 1]


def test_a_repeat_finds_the_older_ticket_again_once_the_newer_one_is_forgotten(desk: Driver) -> None:
    desk.at("09:00").detection().close().at("09:10").detection().close(SECOND).reopen(FIRST)
    desk.at("10:00", day=46).tick()
    assert [ticket.number for ticket in desk.tickets()] == [FIRST]
    desk.detection()
    assert [ticket.repeats for ticket in desk.tickets()] == [1]


# ---- what the client says


@pytest.mark.parametrize("name", ["acme-000001", "ACME-000001", "id"])
def test_a_contact_joins_the_ticket_that_it_names_by_number_or_id(desk: Driver, name: str) -> None:
    desk.at("09:00").mail("a@acme.example").mail("b@acme.example")
    desk.mail("c@acme.example", ticket=desk.ticket(1).id if name == "id" else name)
    assert number_of(desk, "ContactJoined") == FIRST
    assert len(desk.tickets()) == 2


def test_a_contact_joins_by_the_clients_own_ticket_number(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example", client_ticket="INC1").answered("+2", client_ticket="INC1")
    assert len(desk.tickets()) == 1


def test_the_clients_number_may_be_given_later(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example").mail("a@acme.example", ticket=FIRST, client_ticket="INC1")
    desk.mail("b@acme.example", client_ticket="INC1")
    assert [ticket.client_ticket for ticket in desk.tickets()] == ["INC1"]


@pytest.mark.parametrize("thread", [{"in_reply_to": "m1"}, {"references": ("m0", "m1", "mx")}])
def test_a_mail_joins_the_ticket_of_its_thread(desk: Driver, thread: dict[str, Any]) -> None:
    desk.at("09:00").mail("a@acme.example", "m1").mail("b@acme.example", "m2").mail("c@acme.example", "m3", **thread)
    assert number_of(desk, "ContactJoined") == FIRST


def test_an_answer_to_our_own_mail_joins_its_ticket(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example").mail("a@acme.example", ticket="x", client_ticket="none")
    desk.mailed("a@acme.example", message="ours", ticket=FIRST).mail("b@acme.example", in_reply_to="ours")
    assert number_of(desk, "ContactJoined") == FIRST


def test_whoever_names_nothing_has_a_new_matter_that_says_to_what_it_may_belong(desk: Driver) -> None:
    desk.at("09:00").answered().answered().mail("b@acme.example").answered().resolve(SECOND).answered()
    assert [ticket.related for ticket in desk.tickets()] == [(), (FIRST,), (), (FIRST, SECOND), (FIRST, FOURTH)]


def test_what_may_belong_together_is_told_of_a_person_whatever_number_or_address_they_use(desk: Driver) -> None:
    ada = Contact(name="Ada", phones=("+14165550123",), emails=("ada@acme.example",))
    desk.at("09:00").publish(replace(adoption("esentire", "example"), contacts=(ada,)))
    desk.mail("ada@acme.example").answered("+14165550123")
    assert desk.ticket(2).related == (FIRST,)


def test_callers_who_withhold_their_number_have_nothing_in_common(desk: Driver) -> None:
    desk.at("09:00").answered("withheld").answered("withheld")
    assert [ticket.related for ticket in desk.tickets()] == [(), ()]


def test_a_call_while_a_callback_is_owed_is_about_that_and_afterwards_it_is_not(desk: Driver) -> None:
    desk.at("09:00").missed("+1").at("09:05").missed("+1")
    assert len(desk.tickets()) == 1
    desk.at("09:10").called("+1").at("09:20").missed("+1")
    assert len(desk.tickets()) == 2


def test_a_further_leg_of_a_call_belongs_to_the_ticket_of_the_call(desk: Driver) -> None:
    desk.at("09:00").answered(call="c1").at("09:01").missed(call="c1").missed(call="c2", caller="+19995550100")
    assert [ticket.contacts for ticket in desk.tickets()] == [(CALLER,), ("+19995550100",)]


def test_a_call_that_returns_one_is_about_the_ticket_of_that_one(desk: Driver) -> None:
    desk.at("09:00").missed(call="c1").mail("kim@acme.example").at("09:02").missed(call="c2", ticket=SECOND)
    desk.at("09:05").called(returns="c2")
    assert number_of(desk, "WorkDone") == SECOND


def test_a_missed_call_that_is_told_late_belongs_to_the_callback_that_came_after_it(desk: Driver) -> None:
    desk.at("09:00").missed("+1").at("09:10").called("+1").at("09:30").missed("+1", happened="09:05")
    assert len(desk.tickets()) == 1


@pytest.mark.parametrize("how", [{"ticket": FIRST}, {"in_reply_to": "m1"}, {"client_ticket": "INC1"}])
def test_what_names_a_closed_ticket_opens_one_follow_up_and_then_belongs_to_that(
    desk: Driver, how: dict[str, Any]
) -> None:
    desk.at("09:00").mail("a@acme.example", "m1", client_ticket="INC1").resolve().close()
    desk.at("10:00").mail("a@acme.example", "m2", **how).at("10:01").mail("a@acme.example", "m3", **how)
    assert [ticket.follows for ticket in desk.tickets()] == [None, FIRST]
    desk.at("10:10").mailed("a@acme.example", **how)
    assert [mark.kind for mark in desk.ticket(2).marks][-1] == Evidence.RESPONSE


def test_an_answer_to_an_old_mail_does_not_beat_the_number_of_an_open_ticket(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example", "m1").close().at("10:00").mail("a@acme.example", "m2", ticket=FIRST)
    desk.at("10:01").mail("a@acme.example", "m3", ticket=SECOND, in_reply_to="m1")
    assert len(desk.tickets()) == 2


def test_an_old_number_does_not_beat_the_thread_of_an_open_ticket(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example", "m1").close().mail("a@acme.example", "m2")
    desk.at("10:00").mail("a@acme.example", "m3", ticket=FIRST, in_reply_to="m2")
    assert number_of(desk, "ContactJoined") == SECOND


def test_a_chain_of_follow_ups_leads_to_its_open_end(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example").close()
    desk.at("10:00").mail("a@acme.example", ticket=FIRST).at("10:01").close(SECOND)
    desk.at("11:00").mail("a@acme.example", ticket=FIRST).at("11:01").answered("+9", ticket=FIRST)
    assert [ticket.follows for ticket in desk.tickets()] == [None, FIRST, SECOND]
    assert number_of(desk, "ContactJoined") == "ACME-000003"


def test_what_was_split_off_is_another_matter_and_does_not_follow_its_old_ticket(desk: Driver) -> None:
    desk.at("09:00").mail(message="one").at("09:10").mail(message="two", ticket=FIRST).split("two")
    desk.at("10:00").resolve().close().at("10:05").mail(ticket=FIRST)
    assert [ticket.follows for ticket in desk.tickets()] == [None, None, FIRST]


def test_a_follow_up_that_was_merged_is_followed_to_the_ticket_that_stays(desk: Driver) -> None:
    desk.at("09:00").mail().resolve().close().at("09:10").mail(ticket=FIRST).mail("kim@acme.example")
    desk.at("09:20").merge(SECOND, into="ACME-000003").at("09:30").mail(ticket=FIRST)
    assert number_of(desk, "ContactJoined") == "ACME-000003"


def test_tickets_that_were_merged_do_not_say_that_they_may_belong_together(desk: Driver) -> None:
    desk.at("09:00").mail().mail().mail().merge("ACME-000003", into=SECOND)
    assert [ticket.related for ticket in desk.tickets() if ticket.open] == [(), (FIRST,)]


def test_what_happened_before_the_end_and_is_told_later_belongs_to_the_closed_ticket(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example").at("10:00").close()
    desk.at("11:00").mail("a@acme.example", ticket=FIRST, happened="09:30")
    assert len(desk.tickets()) == 1


def test_what_we_say_without_naming_a_ticket_belongs_to_the_only_one_that_is_open(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example").mailed("a@acme.example")
    assert desk.ticket().stage == "responded"
    desk.mail("a@acme.example").mailed("a@acme.example")
    assert desk.journal("OutboundNoted")[-1]["data"]["why"] == f"it names none of {FIRST}, {SECOND}"


def test_a_name_goes_before_a_thread_and_a_thread_before_a_sender(desk: Driver) -> None:
    desk.at("09:00").mail("a@acme.example", "m1").mail("b@acme.example", "m2").mail("c@acme.example", "m3")
    desk.mail("c@acme.example", "m4", in_reply_to="m2", ticket=FIRST)
    assert number_of(desk, "ContactJoined") == FIRST
    desk.mail("c@acme.example", "m5", in_reply_to="m2")
    assert number_of(desk, "ContactJoined") == SECOND


def test_a_forged_number_of_another_tenants_ticket_reaches_nothing_of_it(desk: Driver) -> None:
    desk.at("09:00").of("globex").mail("g@globex.example", "m1")
    theirs = desk.ticket(1)
    desk.of("acme").mail(ticket="GLOBEX-000001").mail("x@acme.example", ticket=theirs.id, in_reply_to="m1")
    desk.respond("GLOBEX-000001").respond(theirs.id).called("+7", ticket="GLOBEX-000001")
    assert desk.of("globex").ticket(1) == theirs
    assert desk.of("acme").refusals() == ["unknown_ticket", "unknown_ticket"]
    assert [ticket.tenant for ticket in desk.tickets()] == ["acme", "acme", "globex"]


def test_an_automatic_mail_that_fits_nothing_opens_a_ticket_for_nothing_may_be_lost(desk: Driver) -> None:
    desk.at("09:00").mail(automatic=True)
    assert len(desk.tickets()) == 1


def test_an_automatic_mail_does_not_join_by_its_sender(desk: Driver) -> None:
    desk.at("09:00").mail().mail(automatic=True)
    assert len(desk.tickets()) == 2


def test_a_priority_that_the_client_claims_raises_and_never_lowers(desk: Driver) -> None:
    desk.at("09:00").mail(priority="P3").mail(priority="P1", ticket=FIRST)
    assert desk.ticket().priority == "P1"
    desk.mail(priority="P4", ticket=FIRST).mail(priority="whatever", ticket=FIRST)
    assert desk.ticket().priority == "P1"


def test_a_hundred_contacts_and_mails_are_kept_and_the_rest_disturbs_nothing(desk: Driver) -> None:
    desk.at("09:00")
    for one in range(130):
        desk.mail(f"{one}@acme.example", f"m{one}", ticket=FIRST)
    desk.resolve().at("10:00", day=4).tick().at("10:00", day=60).tick()
    assert not desk.tickets()
    desk.mail("0@acme.example", in_reply_to="m0")
    assert [ticket.number for ticket in desk.tickets()] == [SECOND]


def test_an_input_that_comes_again_after_the_window_opens_its_ticket_no_second_time(desk: Driver) -> None:
    mail = EmailReceived(message_id="m", sender="a@b", recipients=("c@d",), subject="s")
    desk.at("09:00").publish(mail, input_id="one").close()
    desk.at("09:00", day=3).publish(mail, input_id="one")
    assert [(ticket.number, ticket.stage) for ticket in desk.tickets()] == [(FIRST, "closed")]
    assert desk.shard.counters.duplicates == 1


def test_numbers_are_counted_tenant_by_tenant_without_gaps(desk: Driver) -> None:
    desk.at("09:00").of("acme").mail("a@acme.example").of("globex").mail().of("acme").mail("b@acme.example")
    assert [ticket.number for ticket in desk.tickets()] == [FIRST, SECOND, "GLOBEX-000001"]


def test_an_id_does_not_hang_on_the_place_in_the_log(desk: Driver) -> None:
    later = Driver("esentire", plan="example").at("08:00").tick().tick().tick()
    mail = EmailReceived(message_id="m", sender="a@b", recipients=("c@d",), subject="s")
    ids = {each.at("09:00").publish(mail, input_id="one").ticket().id for each in (desk, later)}
    assert len(ids) == 1


# ---- laws

NOTHING_NAMED = st.lists(
    st.tuples(st.sampled_from(["mail", "answered"]), st.sampled_from(["a", "b", "withheld"]), st.booleans()),
    max_size=8,
)


@given(NOTHING_NAMED)
def test_however_many_come_each_contact_that_names_nothing_is_a_ticket(contacts: list[tuple[str, str, bool]]) -> None:
    desk = Driver("esentire", plan="example").at("09:00")
    for verb, who, closes in contacts:
        getattr(desk, verb)(who)
        if closes:
            desk.close(f"ACME-{len(desk.tickets()):06d}")
    assert len(desk.tickets()) == len(contacts)


@given(NOTHING_NAMED, st.randoms(use_true_random=False))
def test_the_order_of_contacts_that_name_nothing_does_not_change_how_many_tickets_there_are(
    contacts: list[tuple[str, str, bool]], order: Random
) -> None:
    shuffled = order.sample(contacts, len(contacts))
    counts = []
    for arrived in (contacts, shuffled):
        desk = Driver("esentire", plan="example").at("09:00")
        for verb, who, _ in arrived:
            getattr(desk, verb)(who)
        counts.append(Counter(mark.kind for ticket in desk.tickets() for mark in ticket.marks))
    assert counts[0] == counts[1]
