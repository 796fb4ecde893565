"""Twilio's status callback for a voice call: a form, as Twilio posts it.

A call that came in was answered if the leg to an analyst was (`DialCallStatus`, where `<Dial>` has an `action`), else
if the call itself was. A call that we placed reached somebody unless a machine took it (`AnsweredBy`).
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl

from tocsin.domain.vocabulary import CallOutcome, Purpose
from tocsin.messages.adapters._cloudevents import accept
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.registry import EVENTS
from tocsin.messages.text import neutralise

_FORM = "application/x-www-form-urlencoded"
_FIELDS_MAX = 200
_TEXT_LENGTH_MAX = 256
_ANSWERED = ("completed", "answered")
_OUTCOMES = {
    "completed": CallOutcome.REACHED,
    "answered": CallOutcome.REACHED,
    "busy": CallOutcome.BUSY,
    "no-answer": CallOutcome.NO_ANSWER,
    "failed": CallOutcome.NO_ANSWER,
    "canceled": CallOutcome.NO_ANSWER,
}
_CLIENT = "client:"


def recognises(arrival: Arrival) -> bool:
    """True if the `content-type` header says that the value is a form; `curl -d` says so of JSON, too."""
    return arrival.content_type == _FORM and not arrival.value.lstrip().startswith((b"{", b"["))


def adapt(arrival: Arrival) -> Accepted:
    """The call, once it has ended. Raises `Rejected`, or `Ignored` while it goes on."""
    form = _form(arrival.value)
    call, status = form.get("CallSid", ""), form.get("DialCallStatus") or form.get("CallStatus", "")
    if not call or not status:
        raise Rejected(DeadLetterReason.INVALID_DATA, "no status of a call: CallSid and CallStatus are needed")
    if status not in _OUTCOMES:
        raise Ignored(IgnoredKind.PROGRESS)
    kind, data = _placed(form, call, status) if _is_placed(form) else _received(form, call, status)
    model = EVENTS[arrival.record.topic].get(kind)
    if model is None:
        raise Rejected(DeadLetterReason.UNKNOWN_TYPE, f"no call for {arrival.record.topic}")
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": f"{call}/{status}",
        "source": "twilio",
        "type": kind,
        "data": data,
        "time": _time(form.get("Timestamp", "")),
    }
    return accept(arrival, event, model)


def is_placed(value: bytes) -> bool:
    """True if the form tells of a call that we placed."""
    try:
        return _is_placed(_form(value))
    except Rejected:
        return False


def _form(value: bytes) -> dict[str, str]:
    try:
        fields = parse_qsl(value.decode(), max_num_fields=_FIELDS_MAX, errors="strict")
    except ValueError:
        raise Rejected(DeadLetterReason.NOT_UTF8, "no form in UTF-8 of at most 200 fields") from None
    return {name: neutralise(text, _TEXT_LENGTH_MAX) for name, text in fields}


def _time(stamp: str) -> str | None:
    """The stamp, which Twilio writes as mails do, as our own schema has it; None where it is none."""
    try:
        return parsedate_to_datetime(stamp).isoformat()
    except ValueError:
        return None


def _is_placed(form: Mapping[str, str]) -> bool:
    return form.get("Direction", "").startswith("outbound")


def _received(form: Mapping[str, str], call: str, status: str) -> tuple[str, dict[str, object]]:
    kind = "tocsin.call.answered" if status in _ANSWERED else "tocsin.call.missed"
    data: dict[str, object] = {"call": call, "from": form.get("From", ""), "to": form.get("To", "")}
    if name := form.get("CallerName"):
        data["contact"] = name
    return kind, data


def _placed(form: Mapping[str, str], call: str, status: str) -> tuple[str, dict[str, object]]:
    by_machine = form.get("AnsweredBy", "").startswith(("machine", "fax"))
    outcome = CallOutcome.VOICEMAIL if by_machine and status in _ANSWERED else _OUTCOMES[status]
    caller = form.get("From", "")
    data: dict[str, object] = {
        "call": call,
        "from": caller,
        "to": form.get("To", ""),
        "outcome": outcome,
        "purpose": Purpose.CALLBACK,
        "analyst": caller.removeprefix(_CLIENT) or "telephony",
    }
    return "tocsin.call.placed", data
