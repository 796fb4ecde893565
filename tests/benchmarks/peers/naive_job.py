"""The job that all peers do, the naive way: no contracts, clocks, limits, or order of what came late.

What comes in is put into the inbox by its tenant. From there the first input of a matter opens a ticket and the others
join it; each is told in the journal. A detection that is worse than all before it on its ticket alerts.
"""

import uuid
from typing import Any, NamedTuple

SEVERITIES = ("informational", "low", "medium", "high", "critical")
INPUTS = ("security-events", "calls", "emails")
"""The topics that are read, by their names behind the prefix."""

Event = dict[str, Any]


class Done(NamedTuple):
    """What an input came to: the ticket as it is now, its line in the journal, and perhaps an alert."""

    ticket: dict[str, Any]
    entry: dict[str, Any]
    alert: dict[str, Any] | None


def accepted(event: Event) -> bool:
    """Returns whether it is for us."""
    return bool(event["specversion"] == "1.0" and event["type"].startswith("tocsin."))


def matter(event: Event) -> str:
    """What the input is about; there is one ticket for it."""
    data = event["data"]
    if event["type"] == "tocsin.detection":
        return f"{event['tenant']}/{data['signature']}/{data['asset']}"
    if event["type"] == "tocsin.email.received":
        return f"{event['tenant']}/{data.get('in_reply_to') or data['message_id']}"
    return f"{event['tenant']}/{data['to' if event['type'] == 'tocsin.call.placed' else 'from']}"


def done(key: str, ticket: dict[str, Any] | None, event: Event) -> Done:
    """Open a ticket for the matter `key` or join the one that is there."""
    worst = -1 if ticket is None else ticket["severity"]
    severity = SEVERITIES.index(event["data"]["severity"]) if event["type"] == "tocsin.detection" else -1
    after = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, key)) if ticket is None else ticket["id"],
        "severity": max(severity, worst),
        "inputs": 1 if ticket is None else ticket["inputs"] + 1,
    }
    entry = {"ticket": after["id"], "seq": after["inputs"], "input": event["id"]}
    if ticket is None:
        entry |= {"type": "TicketOpened", "data": event["data"]}
    else:
        entry |= {"type": "InputJoined"}
    told = {"type": "alert", "tenant": event["tenant"], "ticket": after["id"], "data": event["data"]}
    return Done(after, entry, told if severity > worst else None)
