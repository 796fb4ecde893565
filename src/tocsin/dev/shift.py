"""Two hours in a security operations centre, as data: the happenings, minute by minute.

The detections of the network sensors are real ones (`samples/`). Calls, mails and the tenants are made up; the
tenants are those of `tocsin/tenants/tenants.example.toml`.
"""

from dataclasses import replace

from tocsin.dev.drafts import Broken, EventDraft, Happening, RawMail, Sensed, ShiftRun, Value
from tocsin.domain.decide.decision import ticket_id_of
from tocsin.domain.instant import MINUTE
from tocsin.messages.record import Topic

_ADA, _FRONT_DESK, _PLANT = "+14165550123", "+14165550100", "+14165550177"
_ACME_LINE, _GENERAL_LINE = "+18445525837", "+16505550150"
_PETER, _STRANGER = "+16505550142", "+442079460018"

_PBX, _GATEWAY, _EDR, _PROBE = "pbx-1", "mail-gateway", "acme-sensor-2", "acme-sensor-1"
_FIRST, _WRCCDC = "suricata-first-2015.eve.jsonl", "suricata-wrccdc-2018.eve.jsonl"


def _opened_by(tenant: str, source: str, name: str) -> Value:
    """The id of the ticket that the message `name` has opened."""
    return lambda run: ticket_id_of(tenant, source, run.id(name))


def _named(name: str) -> Value:
    return lambda run: run.id(name)


def _detected(name: str, severity: str, asset: str, title: str) -> EventDraft:
    data = {"signature": title, "severity": severity, "asset": asset, "title": title, "key": asset}
    return EventDraft(kind="detection", name=name, source=_EDR, data=data)


def _missed(name: str, caller: str, line: str = _ACME_LINE) -> EventDraft:
    return EventDraft(
        kind="call.missed", name=name, source=_PBX, data={"call": _named(name), "from": caller, "to": line}
    )


def _called(name: str, callee: str, outcome: str, **more: Value) -> EventDraft:
    data: dict[str, Value] = {"from": _ACME_LINE, "purpose": "callback", "analyst": "m.okafor"}
    return EventDraft(
        kind="call.placed",
        name=name,
        source=_PBX,
        data=data | {"call": _named(name), "to": callee, "outcome": outcome} | more,
    )


def _wrote(name: str, purpose: str, subject: str, ticket: Value) -> EventDraft:
    data: dict[str, Value] = {
        "message_id": lambda run: f"{run.id(name)}@soc.example",
        "from": "soc@soc.example",
        "to": "ada@acme.example",
        "subject": subject,
        "purpose": purpose,
        "analyst": "j.larsen",
        "ticket": ticket,
    }
    return EventDraft(kind="email.sent", name=name, source=_GATEWAY, data=data)


def _urgent_message_id(run: ShiftRun) -> str:
    return f"{run.id('p1')}@initech.example"


_URGENT_MAIL = EventDraft(
    kind="email.received",
    name="p1",
    source=_GATEWAY,
    data={
        "message_id": _urgent_message_id,
        "from": "peter@initech.example",
        "to": "soc@soc.example",
        "subject": "URGENT: agents crash on all domain controllers",
        "priority": "P1",
    },
)
_URGENT_TICKET = _opened_by("initech", _GATEWAY, "p1")
_URGENT_CALL = EventDraft(
    kind="call.answered",
    name="p1-call",
    source=_PBX,
    tenant="initech",
    data={
        "call": _named("p1-call"),
        "from": _PETER,
        "to": _GENERAL_LINE,
        "priority": "P1",
        "ticket": _URGENT_TICKET,
    },
)
_URGENT_ANSWER = replace(
    _called("p1-answer", _PETER, "reached", purpose="response", ticket=_URGENT_TICKET), tenant="initech"
)
_QUESTION = RawMail(
    name="hosts",
    sender="gerd@globex.example",
    recipient="soc@soc.example",
    subject="Agent does not update on three hosts",
    text="Good morning,\n\nsince Monday the agent has stayed on the old version. What shall we do?\n",
)

_DETECTIONS, _CALLS, _MAILS = Topic.SECURITY_EVENTS, Topic.CALLS, Topic.EMAILS

SHIFT: tuple[Happening, ...] = (
    Happening(0, _DETECTIONS, "acme: the network sensor sees an SSH scan", Sensed(_FIRST, 0, _PROBE)),
    Happening(1, _DETECTIONS, "acme: ... and a root kit's connection", Sensed(_FIRST, 2, _PROBE)),
    Happening(2, _CALLS, "acme: Ada rings, nobody is free", _missed("ada-1", _ADA)),
    Happening(
        3,
        _DETECTIONS,
        "acme: ransomware on the file server FS-01, critical",
        _detected("fs-01", "critical", "FS-01", "Mass encryption of files"),
    ),
    Happening(
        8, _CALLS, "acme: Ada is called back, in time", _called("ada-2", _ADA, "reached", returns=_named("ada-1"))
    ),
    Happening(
        11,
        _MAILS,
        "acme: an analyst writes to acme about FS-01",
        _wrote("fs-01-mail", "response", "Ransomware on FS-01", _opened_by("acme", _EDR, "fs-01")),
    ),
    Happening(12, _CALLS, "telephony publishes half a message", Broken(b'{"specversion": "1.0", "id": "ca')),
    Happening(
        14,
        _DETECTIONS,
        "acme: an odd log-in on HR-7, medium",
        _detected("hr-7", "medium", "HR-7", "Log-in from two countries"),
    ),
    Happening(16, _CALLS, "acme: the front desk rings, nobody is free", _missed("desk-1", _FRONT_DESK)),
    Happening(18, _CALLS, "somebody unknown rings, nobody is free", _missed("who-1", _STRANGER, _GENERAL_LINE)),
    Happening(
        20,
        _DETECTIONS,
        "acme: HR-7 again, critical now: it joins the ticket and raises it",
        _detected("hr-7-again", "critical", "HR-7", "Credential dumping"),
    ),
    Happening(24, _MAILS, "initech: a P1 by mail; its contract wants a call", _URGENT_MAIL),
    Happening(26, _CALLS, "acme: the front desk is tried, busy", _called("desk-2", _FRONT_DESK, "busy")),
    Happening(
        27,
        _MAILS,
        "acme: an analyst writes to acme about HR-7",
        _wrote("hr-7-mail", "response", "Log-ins on HR-7", _opened_by("acme", _EDR, "hr-7")),
    ),
    Happening(32, _CALLS, "initech: the call follows; now its two hours run", _URGENT_CALL),
    Happening(
        34,
        _CALLS,
        "the unknown caller is called back",
        _called("who-2", _STRANGER, "reached", **{"from": _GENERAL_LINE}, returns=_named("who-1")),
    ),
    Happening(38, _MAILS, "globex: Gerd asks about three hosts", _QUESTION),
    Happening(42, _CALLS, "acme: the plant rings, nobody is free", _missed("plant-1", _PLANT)),
    Happening(45, _DETECTIONS, "acme: the scan goes on; it joins its ticket", Sensed(_FIRST, 0, _PROBE)),
    Happening(50, _DETECTIONS, "acme: spyware calls home", Sensed(_WRCCDC, 10, _PROBE)),
    Happening(
        58,
        _CALLS,
        "acme: the front desk is called back, far too late",
        _called("desk-3", _FRONT_DESK, "reached", returns=_named("desk-1")),
    ),
    Happening(
        66,
        _MAILS,
        "acme: FS-01 is restored from backup",
        _wrote("fs-01-end", "resolution", "FS-01 is restored", _opened_by("acme", _EDR, "fs-01")),
    ),
    Happening(
        75,
        _CALLS,
        "acme: only now it is noted that the plant was called back in time",
        replace(_called("plant-2", _PLANT, "reached", returns=_named("plant-1")), happened=55),
    ),
    Happening(88, _CALLS, "initech: an engineer calls about the P1, within its two hours", _URGENT_ANSWER),
    Happening(100, _DETECTIONS, "acme: a scan of port 445", Sensed(_WRCCDC, 1, _PROBE)),
    Happening(120, _CALLS, "acme: Ada rings once more, nobody is free", _missed("ada-3", _ADA)),
)
"""In the order of the minutes."""

LENGTH = int(SHIFT[-1].minute * MINUTE)
"""The length of the shift, in milliseconds of its own time."""
