"""The names on the wire: a `type` for every body, and how its fields are called in `data`."""

from enum import StrEnum

from tocsin.domain import commands
from tocsin.domain.commands import Body


class MessageType(StrEnum):
    """The CloudEvents `type` of every accepted input."""

    DETECTION = "tocsin.detection"
    CALL_ANSWERED = "tocsin.call.answered"
    CALL_MISSED = "tocsin.call.missed"
    CALL_PLACED = "tocsin.call.placed"
    EMAIL_RECEIVED = "tocsin.email.received"
    EMAIL_SENT = "tocsin.email.sent"
    DESK_ACKNOWLEDGE = "tocsin.desk.acknowledge"
    DESK_RESPOND = "tocsin.desk.respond"
    DESK_ACTION_PLAN = "tocsin.desk.action_plan"
    DESK_WORKAROUND = "tocsin.desk.workaround"
    DESK_RESOLVE = "tocsin.desk.resolve"
    DESK_HOLD = "tocsin.desk.hold"
    DESK_RESUME = "tocsin.desk.resume"
    DESK_RECLASSIFY = "tocsin.desk.reclassify"
    DESK_ASSIGN = "tocsin.desk.assign"
    DESK_LINK = "tocsin.desk.link"
    DESK_NOTE = "tocsin.desk.note"
    DESK_CLOSE = "tocsin.desk.close"
    DESK_REOPEN = "tocsin.desk.reopen"
    DESK_READOPT = "tocsin.desk.readopt"
    DESK_RULE_OUT = "tocsin.desk.rule_out"
    DESK_PROPOSE_WORK = "tocsin.desk.propose_work"
    DESK_START_WORK = "tocsin.desk.start_work"
    DESK_SHIP_REPLACEMENT = "tocsin.desk.ship_replacement"
    DESK_CONFIRM_DELETION = "tocsin.desk.confirm_deletion"
    AGREEMENT_GIVEN = "tocsin.agreement.given"
    ACCESS_MISSING = "tocsin.access.missing"
    ACCESS_RESTORED = "tocsin.access.restored"
    REQUEST_SUBMITTED = "tocsin.request.submitted"
    STATUS_REQUESTED = "tocsin.status.requested"
    HEALTH_REPORTED = "tocsin.health.reported"
    EQUIPMENT_FAILED = "tocsin.equipment.failed"
    DELETION_DEMANDED = "tocsin.deletion.demanded"
    CONTRACT_ADOPT = "tocsin.contract.adopt"
    TICK = "tocsin.tick"


BODIES: dict[MessageType, type[Body]] = {
    MessageType.DETECTION: commands.Detection,
    MessageType.CALL_ANSWERED: commands.CallReceived,
    MessageType.CALL_MISSED: commands.CallReceived,
    MessageType.CALL_PLACED: commands.CallPlaced,
    MessageType.EMAIL_RECEIVED: commands.EmailReceived,
    MessageType.EMAIL_SENT: commands.EmailSent,
    MessageType.DESK_ACKNOWLEDGE: commands.Acknowledge,
    MessageType.DESK_RESPOND: commands.Respond,
    MessageType.DESK_ACTION_PLAN: commands.EstablishActionPlan,
    MessageType.DESK_WORKAROUND: commands.ProvideWorkaround,
    MessageType.DESK_RESOLVE: commands.Resolve,
    MessageType.DESK_HOLD: commands.Hold,
    MessageType.DESK_RESUME: commands.Resume,
    MessageType.DESK_RECLASSIFY: commands.Reclassify,
    MessageType.DESK_ASSIGN: commands.Assign,
    MessageType.DESK_LINK: commands.Link,
    MessageType.DESK_NOTE: commands.AddNote,
    MessageType.DESK_CLOSE: commands.Close,
    MessageType.DESK_REOPEN: commands.Reopen,
    MessageType.DESK_READOPT: commands.Readopt,
    MessageType.DESK_RULE_OUT: commands.RuleOut,
    MessageType.DESK_PROPOSE_WORK: commands.ProposeWork,
    MessageType.DESK_START_WORK: commands.StartWork,
    MessageType.DESK_SHIP_REPLACEMENT: commands.ShipReplacement,
    MessageType.DESK_CONFIRM_DELETION: commands.ConfirmDeletion,
    MessageType.AGREEMENT_GIVEN: commands.RecordAgreement,
    MessageType.ACCESS_MISSING: commands.ReportAccessMissing,
    MessageType.ACCESS_RESTORED: commands.ReportAccessRestored,
    MessageType.REQUEST_SUBMITTED: commands.RequestSubmitted,
    MessageType.STATUS_REQUESTED: commands.StatusRequested,
    MessageType.HEALTH_REPORTED: commands.HealthReported,
    MessageType.EQUIPMENT_FAILED: commands.EquipmentFailed,
    MessageType.DELETION_DEMANDED: commands.DeletionDemanded,
    MessageType.CONTRACT_ADOPT: commands.AdoptContract,
    MessageType.TICK: commands.Tick,
}
"""What each type carries."""

RENAMED: dict[type[Body], dict[str, str]] = {
    commands.CallReceived: {"caller": "from", "line": "to"},
    commands.CallPlaced: {"line": "from", "callee": "to"},
    commands.EmailReceived: {"sender": "from", "recipients": "to"},
    commands.EmailSent: {"sender": "from", "recipients": "to"},
}
"""Fields whose name on the wire is another one, by body: field to wire name."""

TOLD_BY_TYPE: dict[MessageType, dict[str, bool]] = {
    MessageType.CALL_ANSWERED: {"answered": True},
    MessageType.CALL_MISSED: {"answered": False},
}
"""Fields that do not travel, since the type already says them."""

_TYPES = {body: kind for kind, body in BODIES.items() if kind not in TOLD_BY_TYPE}


def type_of(body: Body) -> MessageType:
    """The type under which `body` travels."""
    if isinstance(body, commands.CallReceived):
        return MessageType.CALL_ANSWERED if body.answered else MessageType.CALL_MISSED
    return _TYPES[type(body)]
