"""The names on the wire: a `type` for every body, and how its fields are called in `data`."""

from enum import StrEnum

from tocsin.domain.commands import desk as desk_commands
from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import Body


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
    MessageType.DESK_ACKNOWLEDGE: desk_commands.Acknowledge,
    MessageType.DESK_RESPOND: desk_commands.Respond,
    MessageType.DESK_ACTION_PLAN: desk_commands.EstablishActionPlan,
    MessageType.DESK_WORKAROUND: desk_commands.ProvideWorkaround,
    MessageType.DESK_RESOLVE: desk_commands.Resolve,
    MessageType.DESK_HOLD: desk_commands.Hold,
    MessageType.DESK_RESUME: desk_commands.Resume,
    MessageType.DESK_RECLASSIFY: desk_commands.Reclassify,
    MessageType.DESK_ASSIGN: desk_commands.Assign,
    MessageType.DESK_LINK: desk_commands.Link,
    MessageType.DESK_NOTE: desk_commands.AddNote,
    MessageType.DESK_CLOSE: desk_commands.Close,
    MessageType.DESK_REOPEN: desk_commands.Reopen,
    MessageType.DESK_READOPT: desk_commands.Readopt,
    MessageType.DESK_RULE_OUT: desk_commands.RuleOut,
    MessageType.DESK_PROPOSE_WORK: desk_commands.ProposeWork,
    MessageType.DESK_START_WORK: desk_commands.StartWork,
    MessageType.DESK_SHIP_REPLACEMENT: desk_commands.ShipReplacement,
    MessageType.DESK_CONFIRM_DELETION: desk_commands.ConfirmDeletion,
    MessageType.AGREEMENT_GIVEN: desk_commands.RecordAgreement,
    MessageType.ACCESS_MISSING: desk_commands.ReportAccessMissing,
    MessageType.ACCESS_RESTORED: desk_commands.ReportAccessRestored,
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
