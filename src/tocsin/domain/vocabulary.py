"""The words of the field, each with its closed set of values."""

import re
from enum import StrEnum
from typing import Self

_APOSTROPHE = re.compile(r"['\u2019]")
_NO_LETTER = re.compile(r"[\W_]+")


def as_word(text: str | None) -> str:
    """`text` in the spelling in which words are compared: `SOHO device` and `soho_device` are one. Empty for none."""
    return _NO_LETTER.sub("_", _APOSTROPHE.sub("", (text or "").casefold())).strip("_")


Priority = str
"""A priority's name as its contract writes it (`P1`, `high`); the contract gives the order."""


class Severity(StrEnum):
    """The severity of a detection, as its sensor says."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


SEVERITIES = tuple(Severity)
"""From the mildest to the worst."""


class Grade(StrEnum):
    """The risk or the sophistication of an attack."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


GRADES = tuple(Grade)
"""From the mildest to the worst."""

GRADE_OF = {
    Severity.INFORMATIONAL: Grade.LOW,
    Severity.LOW: Grade.LOW,
    Severity.MEDIUM: Grade.MEDIUM,
    Severity.HIGH: Grade.HIGH,
    Severity.CRITICAL: Grade.HIGH,
}
"""The grade of each word in which a severity is given: many sensors say their risk in these."""


def worse_grade(one: str | None, other: str | None) -> str | None:
    """The worse of two grades, either of which may be missing. A word that is no grade is the worst."""
    if one is None or other is None or one == other:
        return other if one is None else one
    return max(one, other, key=lambda word: GRADES.index(Grade(word)) if word in GRADES else len(GRADES))


class Stage(StrEnum):
    """The stage of the work on a ticket, in the words of the contracts."""

    RECEIVED = "received"
    RESPONDED = "responded"
    ACTION_PLAN = "action_plan"
    WORKAROUND = "workaround"
    RESOLVED = "resolved"
    CLOSED = "closed"


STAGES = tuple(Stage)
"""In order: a ticket moves forward, and back only by reopening."""


class Channel(StrEnum):
    """The channel by which a contact reached us."""

    by_persons: bool
    """By this channel people of the client ask for support; what they say is in the support log."""

    def __new__(cls, word: str, by_persons: bool = False) -> Self:  # noqa: FBT001, FBT002 - the members below say it
        """The member for `word`."""
        channel = str.__new__(cls, word)
        channel._value_ = word
        channel.by_persons = by_persons
        return channel

    SENSOR = "sensor"
    PHONE = "phone", True
    EMAIL = "email", True
    PORTAL = "portal", True
    WEB = "web", True
    MONITORING = "monitoring"  # the client's servers report on their health
    DESK = "desk"


class CallOutcome(StrEnum):
    """The outcome of a call that we placed."""

    REACHED = "reached"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"


class Purpose(StrEnum):
    """The built-in purposes of an outbound call or mail; a contract's milestones are purposes, too."""

    CALLBACK = "callback"
    RESPONSE = "response"
    ACTION_PLAN = "action_plan"
    WORKAROUND = "workaround"
    RESOLUTION = "resolution"
    STATUS_REPORT = "status_report"


class Objective(StrEnum):
    """The built-in names of promises with a clock; a contract gives others."""

    CALLBACK = "callback"
    FIRST_RESPONSE = "first_response"
    NEXT_UPDATE = "next_update"
    ACTION_PLAN = "action_plan"
    WORKAROUND = "workaround"
    RESOLUTION = "resolution"
    REPLACEMENT = "replacement"
    DELETION = "deletion"
    ASSIGNMENT = "assignment"


class Evidence(StrEnum):
    """The built-in names of facts that start or stop clocks; what each is stands in `BUILT_IN`.

    A contract declares milestones beside them.
    """

    DETECTION = "detection"
    OCCURRED = "occurred"
    CALL_ANSWERED = "call_answered"
    CALL_MISSED = "call_missed"
    CALLBACK_OWED = "callback_owed"
    CALL_RETURNED = "call_returned"
    EMAIL_RECEIVED = "email_received"
    PORTAL_REQUEST = "portal_request"
    PRIORITY_RAISED = "priority_raised"
    STATUS_REQUESTED = "status_requested"
    EQUIPMENT_FAILED = "equipment_failed"
    DELETION_NOTICE = "deletion_notice"
    RESPONSE = "response"
    ACTION_PLAN = "action_plan"
    WORKAROUND = "workaround"
    RESOLUTION = "resolution"
    STATUS_REPORT = "status_report"
    REPLACEMENT_SHIPPED = "replacement_shipped"
    DATA_DELETED = "data_deleted"
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGED_BY_ANOTHER = "acknowledged_by_another"
    HANDED_OVER = "handed_over"
    HANDED_ON = "handed_on"
    REOPENED = "reopened"
    HEALTH_REPORT = "health_report"


class Setter(StrEnum):
    """The means by which a milestone may be set."""

    DESK = "desk"  # an analyst, with the verb `mark`
    MESSAGE = "message"  # a system, with `tocsin.milestone.reached`
    CALL = "call"  # a call of ours that reached somebody, with its name as the purpose
    EMAIL = "email"  # a mail of ours, likewise


class HoldEnd(StrEnum):
    """The end of a wait that nobody at the desk ended."""

    CONTACT = "contact"  # the client turned to us
    DATE = "date"  # it was to last until then


class DeliveryFailure(StrEnum):
    """The reason why an alert did not go out on a way."""

    REFUSED = "refused"  # the other side has said no
    UNREACHABLE = "unreachable"  # nobody answers there
    TIMED_OUT = "timed_out"  # no answer in time; it may have been taken all the same
    NOBODY_ON_DUTY = "nobody_on_duty"  # the roster names nobody
    NO_WAY = "no_way"  # there is no such sink, or no address
    QUIET_HOURS = "quiet_hours"  # the person rests
    GAVE_UP = "gave_up"  # it was tried for as long as it is worth


class Climb(StrEnum):
    """The reason why a page went on to the next step of the escalation matrix before its time."""

    UNDELIVERED = "undelivered"  # nobody could receive it
    UNANSWERED = "unanswered"  # it was received, and nobody took what it is about


class AlertKind(StrEnum):
    """The kind of an alert."""

    DETECTION = "detection"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    ESCALATED = "escalated"
    UNREACHED = "unreached"
    CALLBACK_OVERDUE = "callback_overdue"
    CHANNEL_VIOLATION = "channel_violation"
    UNAUTHORISED_CONTACT = "unauthorised_contact"
    PRIORITY_CLAIMED = "priority_claimed"
    UNKNOWN_SERVER = "unknown_server"
    ANSWER_BOUNCED = "answer_bounced"
    SPOOFED_SENDER = "spoofed_sender"
    UNKNOWN_WORD = "unknown_word"
    STATUS_REPORT_DUE = "status_report_due"
    MANAGEMENT_NOTICE = "management_notice"
    ATTAINMENT_AT_RISK = "attainment_at_risk"
    NOTIFY_SILENT = "notify_silent"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    CLEARED = "cleared"
    CORRECTED = "corrected"
    FORGOTTEN = "forgotten"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"


class SilenceEnd(StrEnum):
    """The end of a silence."""

    EXPIRED = "expired"  # it was to last until then
    ENDED = "ended"  # an analyst has ended it


class PagingAction(StrEnum):
    """The action of a paging system on the incident of an alert's `dedup_key`; `none`: it is over already."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    NONE = "none"


class Basis(StrEnum):
    """The basis of a rule: stated in the contract's document, or assumed by our reading of it."""

    STATED = "stated"
    ASSUMED = "assumed"
