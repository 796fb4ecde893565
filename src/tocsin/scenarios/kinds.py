"""The kinds of input that a scenario may have: every message that people and sensors may send, by a short name.

The names follow from the types: `tocsin.desk.hold` is `hold`, `tocsin.milestone.reached` is `milestone_reached`.
"""

from typing import Any, NamedTuple

from tocsin.messages.models.base import Data
from tocsin.messages.record import Topic
from tocsin.messages.registry import DATA, EVENTS
from tocsin.replay.members import members_of

ANALYST = "Ada"
CLIENT_PHONE, CLIENT_MAIL = "+14165550100", "cleo@client.example"
OUR_PHONE, OUR_MAILBOX = "+18005550100", "soc@soc.example"

_SHORTER = {
    "call_answered": "call",
    "call_missed": "missed_call",
    "email_received": "email",
    "health_reported": "health",
    "request_submitted": "portal",
    "reclassify": "priority",
}
_LEFT_OUT = ("tocsin.contract.adopt", "tocsin.operation")
_MAIN = {
    "call": "summary",
    "missed_call": "summary",
    "detection": "severity",
    "health": "condition",
    "email": "subject",
    "portal": "subject",
    "equipment_failed": "kind",
    "call_placed": "outcome",
    "email_sent": "purpose",
}
"""The member that a plain text gives, where the message is no desk command."""

_DEFAULTS: dict[str, dict[str, object]] = {
    "detection": {"signature": "scenario", "asset": "host-1", "title": "Seen in a scenario"},
    "health": {"server": "server-1", "subject": "server"},
    "call": {"from": CLIENT_PHONE, "to": OUR_PHONE},
    "missed_call": {"from": CLIENT_PHONE, "to": OUR_PHONE},
    "call_placed": {"from": OUR_PHONE, "to": CLIENT_PHONE, "outcome": "reached", "purpose": "callback"},
    "email": {"from": CLIENT_MAIL, "to": [OUR_MAILBOX], "subject": "A scenario"},
    "email_sent": {"from": OUR_MAILBOX, "to": [CLIENT_MAIL], "subject": "A scenario", "purpose": "response"},
    "portal": {"contact": CLIENT_MAIL, "subject": "A scenario"},
    "status_requested": {"contact": CLIENT_MAIL},
    "equipment_failed": {"contact": CLIENT_MAIL, "device": "device-1"},
    "deletion_demanded": {"contact": CLIENT_MAIL, "subject": "All data", "after_end": True},
}


class Kind(NamedTuple):
    """A kind of input: its topic and model, its members by name, and the one that a plain text gives."""

    topic: Topic
    data: type[Data]
    members: dict[str, Any]
    main: str | None
    defaults: dict[str, object]

    @property
    def wire_type(self) -> str:
        """The CloudEvents `type`."""
        return self.data.makes.TYPE

    @property
    def by_us(self) -> bool:
        """True if we say or do it; a contact of the client finds its ticket by itself."""
        return "analyst" in self.defaults

    @property
    def needs_ticket(self) -> bool:
        """True if it cannot be said without a ticket."""
        field = self.data.model_fields.get("ticket")
        return field is not None and field.is_required()


def _kind(topic: Topic, name: str, data: type[Data]) -> Kind:
    members = members_of(EVENTS[topic][data.makes.TYPE])
    required = [
        it for it, field in data.model_fields.items() if field.is_required() and it not in ("ticket", "analyst")
    ]
    of_desk = (required[0] if required else "analyst") if "analyst" in members else None
    analyst = {"analyst": ANALYST} if "analyst" in members and name != "call" else {}
    return Kind(topic, data, members, _MAIN.get(name, of_desk), {**_DEFAULTS.get(name, {}), **analyst})


def _name(data: type[Data]) -> str:
    name = data.makes.TYPE.removeprefix("tocsin.").removeprefix("desk.").replace(".", "_")
    return _SHORTER.get(name, name)


KINDS: dict[str, Kind] = {
    _name(data): _kind(topic, _name(data), data)
    for topic, several in DATA.items()
    if topic not in (Topic.SENT, Topic.DELIVERIES)
    for data in several
    if data.makes.TYPE not in _LEFT_OUT
}
"""Every kind by its name in a scenario."""

TOPIC_OF: dict[str, Topic] = {
    wire_type: topic for topic, events in EVENTS.items() if topic is not Topic.SENT for wire_type in events
}
"""The topic of each type, for messages that are given in full."""
