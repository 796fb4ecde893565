"""The names that classes have on the wire: frozen, whatever becomes of the classes."""

from typing import get_args

from tocsin.domain.commands.desk import DeskCommand
from tocsin.domain.commands.inbound import Body
from tocsin.domain.events import Event

EVENTS = {
    "AcknowledgementExpired",
    "AcknowledgementWithdrawn",
    "AttainmentAtRisk",
    "AttainmentForgotten",
    "AttainmentJudged",
    "AttainmentRecovered",
    "BreachWithdrawn",
    "CallAttempted",
    "CallReturned",
    "CallRevised",
    "CallbackOwed",
    "CallbackSpared",
    "CallerReached",
    "ChannelViolated",
    "ClockMoved",
    "ClockStarted",
    "CommandRejected",
    "ConfirmationAwaited",
    "ContactJoined",
    "ContactRefused",
    "ContactSplit",
    "ContractAdopted",
    "ContractReadopted",
    "DetectionIgnored",
    "DetectionRepeated",
    "EscalationRaised",
    "EvidenceTooLate",
    "ExclusionLifted",
    "IncidentsClosed",
    "ManagementNotified",
    "NobodyReached",
    "NoteAdded",
    "NotifyFellSilent",
    "NotifyHeard",
    "NotifyRetired",
    "ObjectiveAtRisk",
    "ObjectiveBreached",
    "ObjectiveFulfilled",
    "OperationRecorded",
    "OutboundNoted",
    "PageAccepted",
    "PageAnswered",
    "PageAttempted",
    "PageFailed",
    "PriorityChanged",
    "PromiseWithdrawn",
    "ReportIgnored",
    "RequestConfirmed",
    "ServerAsked",
    "ServerNamed",
    "TicketAbsorbed",
    "TicketAcknowledged",
    "TicketAssigned",
    "TicketClosed",
    "TicketForgotten",
    "TicketHeld",
    "TicketLinked",
    "TicketMerged",
    "TicketMoved",
    "TicketOpened",
    "TicketReopened",
    "TicketResumed",
    "TicketRuledOut",
    "WorkAgreed",
    "WorkDone",
    "WorkProposed",
    "WorkStarted",
}
"""`type` in a record of the journal."""

BODIES = {
    "tocsin.access.missing",
    "tocsin.access.restored",
    "tocsin.agreement.given",
    "tocsin.call.answered",
    "tocsin.call.missed",
    "tocsin.call.placed",
    "tocsin.contract.adopt",
    "tocsin.deletion.demanded",
    "tocsin.delivery.accepted",
    "tocsin.delivery.answered",
    "tocsin.delivery.attempted",
    "tocsin.delivery.failed",
    "tocsin.desk.acknowledge",
    "tocsin.desk.action_plan",
    "tocsin.desk.assign",
    "tocsin.desk.close",
    "tocsin.desk.confirm_deletion",
    "tocsin.desk.hold",
    "tocsin.desk.link",
    "tocsin.desk.merge",
    "tocsin.desk.move",
    "tocsin.desk.name_server",
    "tocsin.desk.note",
    "tocsin.desk.propose_work",
    "tocsin.desk.readopt",
    "tocsin.desk.reclassify",
    "tocsin.desk.reopen",
    "tocsin.desk.resolve",
    "tocsin.desk.respond",
    "tocsin.desk.resume",
    "tocsin.desk.rule_out",
    "tocsin.desk.ship_replacement",
    "tocsin.desk.split",
    "tocsin.desk.start_work",
    "tocsin.desk.unacknowledge",
    "tocsin.desk.workaround",
    "tocsin.detection",
    "tocsin.email.received",
    "tocsin.email.sent",
    "tocsin.equipment.failed",
    "tocsin.health.reported",
    "tocsin.notify.alive",
    "tocsin.operation",
    "tocsin.request.submitted",
    "tocsin.rules",
    "tocsin.status.requested",
    "tocsin.tick",
}
"""`type` in a record of the inbox."""

REJECTED = {
    "tocsin.access.missing": "ReportAccessMissing",
    "tocsin.access.restored": "ReportAccessRestored",
    "tocsin.agreement.given": "RecordAgreement",
    "tocsin.desk.acknowledge": "Acknowledge",
    "tocsin.desk.action_plan": "EstablishActionPlan",
    "tocsin.desk.assign": "Assign",
    "tocsin.desk.close": "Close",
    "tocsin.desk.confirm_deletion": "ConfirmDeletion",
    "tocsin.desk.hold": "Hold",
    "tocsin.desk.link": "Link",
    "tocsin.desk.merge": "Merge",
    "tocsin.desk.move": "Move",
    "tocsin.desk.note": "AddNote",
    "tocsin.desk.propose_work": "ProposeWork",
    "tocsin.desk.readopt": "Readopt",
    "tocsin.desk.reclassify": "Reclassify",
    "tocsin.desk.reopen": "Reopen",
    "tocsin.desk.resolve": "Resolve",
    "tocsin.desk.respond": "Respond",
    "tocsin.desk.resume": "Resume",
    "tocsin.desk.rule_out": "RuleOut",
    "tocsin.desk.ship_replacement": "ShipReplacement",
    "tocsin.desk.split": "Split",
    "tocsin.desk.start_work": "StartWork",
    "tocsin.desk.unacknowledge": "Unacknowledge",
    "tocsin.desk.workaround": "ProvideWorkaround",
}
"""`command` in a record `CommandRejected` of the journal, by the type of the command."""


def test_no_event_loses_or_changes_its_name_in_the_journal() -> None:
    assert {kind.TYPE for kind in get_args(Event)} >= EVENTS


def test_no_two_events_have_one_name() -> None:
    assert len({kind.TYPE for kind in get_args(Event)}) == len(get_args(Event))


def test_no_body_loses_or_changes_its_name_in_the_inbox() -> None:
    assert {kind.TYPE for kind in get_args(Body)} >= BODIES


def test_no_two_bodies_have_one_name() -> None:
    assert len({kind.TYPE for kind in get_args(Body)}) == len(get_args(Body))


def test_a_rejected_command_keeps_its_name_in_the_journal() -> None:
    names = {kind.TYPE: kind.NAME for kind in get_args(DeskCommand)}
    assert {kind: names.get(kind) for kind in REJECTED} == REJECTED
    assert len(set(names.values())) == len(names)
