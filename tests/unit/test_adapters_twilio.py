"""Twilio's status callbacks become calls, once they have ended."""

from urllib.parse import urlencode

import pytest
from tests.unit.taking import STAMP, Take, Taken

from tocsin.domain.commands.inbound import CallAnswered, CallMissed, CallPlaced
from tocsin.domain.instant import parse
from tocsin.domain.vocabulary import CallOutcome
from tocsin.messages.ignored import IgnoredKind
from tocsin.messages.record import Topic

FORM = (("content-type", b"application/x-www-form-urlencoded; charset=UTF-8"),)
RECEIVED = {
    "CallSid": "CA1234567890ABCDE",
    "AccountSid": "AC1",
    "From": "+14165550123",
    "To": "+18445525837",
    "Direction": "inbound",
    "Timestamp": "Sun, 01 Mar 2026 08:58:30 +0000",
}
PLACED = RECEIVED | {"Direction": "outbound-api", "From": "+18445525837", "To": "+14165550123"}


@pytest.fixture
def adapt(take: Take) -> Take:
    def adapt(fields: dict[str, str], **more: str) -> Taken:
        return take(Topic.CALLS, urlencode(fields | more).encode(), headers=FORM)

    return adapt


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
def test_a_call_that_nobody_took_is_missed_at_the_time_that_twilio_gives(adapt: Take, status: str) -> None:
    taken = adapt(RECEIVED, CallStatus=status).input
    assert (taken.tenant, taken.happened_at) == ("acme", parse("2026-03-01T08:58:30Z"))
    assert taken.body == CallMissed(call="CA1234567890ABCDE", caller="+14165550123", line="+18445525837")


def test_the_leg_to_an_analyst_decides_and_not_the_greeting_that_took_the_call(adapt: Take) -> None:
    assert isinstance(adapt(RECEIVED, CallStatus="completed", DialCallStatus="no-answer").input.body, CallMissed)
    assert isinstance(adapt(RECEIVED, CallStatus="completed", DialCallStatus="answered").input.body, CallAnswered)
    assert isinstance(adapt(RECEIVED, CallStatus="completed").input.body, CallAnswered)


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress"])
def test_a_call_that_goes_on_is_ignored_and_counted(adapt: Take, status: str) -> None:
    assert adapt(RECEIVED, CallStatus=status).ignored == {IgnoredKind.PROGRESS: 1}


@pytest.mark.parametrize(
    ("status", "answered_by", "outcome"),
    [
        ("completed", "human", CallOutcome.REACHED),
        ("completed", "", CallOutcome.REACHED),
        ("completed", "machine_end_beep", CallOutcome.VOICEMAIL),
        ("busy", "", CallOutcome.BUSY),
        ("no-answer", "", CallOutcome.NO_ANSWER),
        ("failed", "", CallOutcome.NO_ANSWER),
    ],
)
def test_a_call_of_ours_reached_who_took_it(adapt: Take, status: str, answered_by: str, outcome: CallOutcome) -> None:
    body = adapt(PLACED, CallStatus=status, AnsweredBy=answered_by).input.body
    assert isinstance(body, CallPlaced)
    assert (body.callee, body.outcome) == ("+14165550123", outcome)


def test_the_analyst_of_a_call_from_a_browser_is_named(adapt: Take) -> None:
    body = adapt(PLACED, CallStatus="completed", From="client:ada").input.body
    assert isinstance(body, CallPlaced)
    assert body.analyst == "ada"


def test_a_callback_that_comes_again_is_the_same_input(adapt: Take) -> None:
    first, again = (adapt(RECEIVED, CallStatus="busy", SequenceNumber=str(number)).input for number in (1, 2))
    assert (first.source, first.id) == (again.source, again.id)


@pytest.mark.parametrize("stamp", ["", "yesterday", "Sun, 99 Mar 2026 08:58:30 +0000"])
def test_without_a_time_it_is_dated_by_its_arrival(adapt: Take, stamp: str) -> None:
    assert adapt(RECEIVED, CallStatus="busy", Timestamp=stamp).input.happened_at == STAMP


@pytest.mark.parametrize("fields", [{"CallStatus": "busy", "CallSid": ""}, {}, {f"n{n}": "1" for n in range(300)}])
def test_a_form_that_tells_of_no_call_is_a_dead_letter(adapt: Take, fields: dict[str, str]) -> None:
    assert adapt(RECEIVED | fields).reason in {"invalid_data", "not_utf8"}


def test_json_that_curl_calls_a_form_is_read_as_json(take: Take) -> None:
    call = b'{"specversion":"1.0","id":"1","source":"t","type":"tocsin.call.missed","tenant":"acme","data":'
    data = b'{"call":"1","from":"+14165550123","to":"+18445525837"}}'
    assert isinstance(take(Topic.CALLS, call + data, headers=FORM).input.body, CallMissed)
