"""Events of the journal and alerts in words. An event that has no sentence here is told by its name and its facts."""

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

from tocsin.domain.contract.zone import Zone
from tocsin.domain.instant import SECOND, Instant, parse
from tocsin.story.words import UTC, moment

Said = tuple[str, tuple[tuple[str, str], ...]]
"""What is said of an event, and the facts beside it by their names."""

_SENTENCES = {
    "TicketOpened": "Opened by {evidence}: {title}",
    "ClockStarted": "{objective} owed until {deadline}",
    "ClockMoved": "{objective} owed until {deadline} now",
    "ObjectiveAtRisk": "{objective} at risk, due at {deadline}",
    "ObjectiveBreached": "{objective} broken: not kept by {deadline}",
    "ObjectiveFulfilled": "{objective} kept {when}, at {fulfilled_at}",
    "BreachWithdrawn": "Corrected: {objective} was kept in time, at {fulfilled_at}",
    "PromiseWithdrawn": "{objective} no longer owed",
    "PromiseLapsed": "{objective} no longer owed since {lapsed_at}",
    "EscalationRaised": "{role} is to be told of the {objective}",
    "TicketAcknowledged": "Taken by {analyst}",
    "AcknowledgementExpired": "No longer taken: no work followed",
    "TicketAssigned": "Assigned to {assignee}",
    "TicketHandedOver": "Handed over to {team}",
    "MilestoneWithdrawn": "Not reached after all: {milestone}",
    "TicketHeld": "On hold: {reason}",
    "TicketResumed": "Goes on",
    "HoldEnded": "Goes on: {why}",
    "CallbackOwed": "Callback owed to {caller}",
    "CallReturned": "Called back {caller}",
    "CallAttempted": "Tried to call: {outcome}",
    "PriorityChanged": "Priority {priority} now",
    "TlpChanged": "TLP:{tlp} now",
    "NoteAdded": "Note: {note}",
    "WorkDone": "Done: {evidence}",
    "ContactJoined": "Came in addition: {evidence}",
    "TicketClosed": "Closed",
    "TicketReopened": "Reopened: {reason}",
    "TicketForgotten": "Its state is forgotten",
    "TicketMerged": "Merged into {into}",
    "TicketAbsorbed": "{other} was merged into it",
    "TicketMoved": "Moved to the tenant {to}",
    "ContactSplit": "A contact goes on as {into}",
    "AcknowledgementWithdrawn": "Given back",
    "TicketRuledOut": "Ruled out: {reason}",
    "AlertSilenced": "Not told while {silence} lasts: {kind}",
    "CommandRejected": "Refused: {detail}",
    "NobodyReached": "Nobody was reached: {why}",
    "DetectionRepeated": "Seen again",
    "PageAttempted": "Page to {person}, {role}: {sink} is tried",
    "PageAccepted": "Page to {person}, {role}: taken over by {sink}",
    "PageFailed": "Page to {person}, {role}: {sink} failed, {reason}",
    "PageAnswered": "Page answered by {by}",
}
"""By the type of the event; one of which a member is missing has another one, or is told by its name."""

_WITHOUT = {
    "ClockStarted": "{objective} owed, without a date",
    "ClockMoved": "{objective} has no date now",
    "PageAttempted": "Page: {sink} is tried",
    "PageAccepted": "Page: taken over by {sink}",
    "PageFailed": "Page: {sink} failed, {reason}",
}
"""For events of which what their sentence wants is missing."""

TONES = {
    **dict.fromkeys(("breached", "callback_overdue", "unreached", "ObjectiveBreached", "PageFailed"), "late"),
    **dict.fromkeys(("at_risk", "escalated", "ObjectiveAtRisk", "EscalationRaised"), "risk"),
    **dict.fromkeys(("cleared", "corrected", "acknowledged", "BreachWithdrawn", "TicketAcknowledged"), "kept"),
}
"""How good or bad what an alert or an event says is, by its kind or type; the others are neither."""

_UNSAID = frozenset(
    {
        *(
            "rule",
            "cycle",
            "anchor",
            "salt",
            "kind",
            "offsets",
            "warnings",
            "steps",
            "id",
            "number",
            "plan",
            "contract",
        ),
        *("warning", "step", "repetition", "tier", "started_at", "clause", "covers", "message_id", "action", "held_at"),
        *("again", "closes_incident", "in_time", "message", "key", "correlation_key", "call", "expired_at"),
        *("alert", "dedup_key", "roster", "way", "digest", "raised", "risen", "by_detection"),
    }
)
_HASH = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[a-z]+(_[a-z]+)*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


def decided(event: Mapping[str, Any], at: Instant, where: Zone | str = UTC) -> Said:
    """What is said of an event of the journal that was decided at `at`, with times as clocks in `where` show them."""
    parts = (event.get(part) for part in ("data", "persons"))
    known = {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
    kind = str(event.get("type") or "something")
    if kind == "ObjectiveFulfilled":
        known["when"] = "in time" if known.get("in_time") else "late"
    texts = {name: text for name, value in known.items() if (text := _text(value, at, where))}
    for sentence in (_SENTENCES.get(kind), _WITHOUT.get(kind)):
        needed = {name for _, name, _, _ in Formatter().parse(sentence or "") if name}
        if sentence is not None and needed <= texts.keys():
            return _begun(sentence.format(**texts)), tuple(_facts(texts, known, needed, at))
    return _words(kind), tuple(_facts(texts, known, set(), at))


def _begun(sentence: str) -> str:
    """With a capital."""
    return sentence[:1].upper() + sentence[1:]


def told(data: Mapping[str, Any]) -> Said:
    """What is said of an alert."""
    kind, role, objective = (str(data.get(name) or "").replace("_", " ") for name in ("kind", "role", "objective"))
    said = f"{_words(kind or 'something')}{f' to {role}' if role else ''}"
    return said, ((("promise", objective),) if objective else ())


def _facts(
    texts: Mapping[str, str], known: Mapping[str, Any], needed: set[str], at: Instant
) -> Iterator[tuple[str, str]]:
    for name, text in texts.items():
        if name in needed or name in _UNSAID or name == "when" or _HASH.fullmatch(text):
            continue
        if name == "happened_at" and _is_near(known[name], at):
            continue
        yield name.replace("_", " "), text


def _is_near(written: object, at: Instant) -> bool:
    """True if something was recorded when it happened."""
    try:
        return abs(parse(str(written)) - at) < 5 * SECOND
    except ValueError:
        return False


def _text(value: object, at: Instant, where: Zone | str) -> str:
    """A value as it is said: a time by the clock, a word of the vocabulary in words."""
    if value is True:
        return "yes"
    if isinstance(value, str):
        if _TIME.fullmatch(value):
            return moment(parse(value), at, where)
        return value.replace("_", " ") if _WORD.fullmatch(value) else value
    if isinstance(value, int | float) and value is not False:
        return str(value)
    if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        return ", ".join(map(str, value))
    return ""


def _words(name: str) -> str:
    """`BreachWithdrawn` and `at_risk` as words."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
    return _begun(spaced.lower())
