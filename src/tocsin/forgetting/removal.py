"""Until when a place keeps what it holds, and what could remove it sooner."""

from tocsin.domain.instant import DAY, Instant
from tocsin.messages.record import INPUT_TOPICS, Record, Topic
from tocsin.settings import Settings

SUPERSEDED = "a later record of its key has replaced it; compaction removes it within hours"
A_COPY = "a copy: no retention reaches it, whoever keeps it deletes it"

_INPUT = "a shorter `input_days`, or kafka-delete-records.sh up to what has been taken in"
_BY_TOPIC = {
    Topic.INBOX: "nothing sooner: state, replay and audit rest on it",
    Topic.ALERTS: "a shorter `alert_days`, or kafka-delete-records.sh; whoever was sent it has it, too",
    Topic.DELIVERIES: "nothing sooner: notify would send again what it no longer remembers",
    Topic.DEAD_LETTERS: "a shorter `dead_letter_days`, or kafka-delete-records.sh",
    Topic.TICKETS: "it goes when the ticket is forgotten: 45 days after it was closed, once it owes nothing",
}
_PERSONS = "nothing sooner on the topic; in an export `persons` can be taken out, and the chain still holds"
_COVERED = "nothing sooner: the hash chain covers it"
_BY_KEY = {
    "tenant": "take the contact out of the tenants file and adopt that; what came of tickets goes with them",
    "caller": "it goes with the callbacks and tickets that it leads to",
    "contract": "the text of a contract is kept; mend the contract and adopt it",
    "partition": "nothing: it is the state of a partition",
}


def kept_until(record: Record, settings: Settings) -> Instant | None:
    """The time from which on the cluster deletes `record`, with the whole segment that it is in; None for state."""
    days = settings.days_kept(record.topic)
    return None if days is None else record.timestamp + days * DAY


def removal(record: Record, field: str) -> str:
    """What could remove what stands in `field` of `record`."""
    if record.topic is Topic.TENANTS:
        return _BY_KEY.get((record.key or b"").partition(b"/")[0].decode("utf-8", "replace"), _COVERED)
    if record.topic is Topic.TICKET_EVENTS:
        return _PERSONS if field.startswith("persons") else _COVERED
    return _BY_TOPIC.get(record.topic, _INPUT if record.topic in INPUT_TOPICS else _COVERED)
