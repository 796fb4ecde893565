"""Deciding: one function for each kind of input, from what is known to the events that follow.

A refusal is an event too. Nothing is changed here: `evolve` applies the events, `reconcile` then adjusts the clocks.
"""

from msgspec.structs import asdict

from tocsin.domain.commands.base import BaseDeskCommand
from tocsin.domain.commands.deliveries import NotifyAlive, Receipt
from tocsin.domain.commands.inbound import (
    AdoptContract,
    CallPlaced,
    CallReceived,
    DeletionDemanded,
    Detection,
    EmailReceived,
    EmailSent,
    EquipmentFailed,
    HealthReported,
    Input,
    RequestSubmitted,
    StatusRequested,
    SwitchRules,
    Tick,
)
from tocsin.domain.commands.operation import RecordOperation
from tocsin.domain.commands.silence import Maintain, Quieten, Silence, Unsilence
from tocsin.domain.decide.decision import Decision
from tocsin.domain.decide.deliveries import alive, receipt
from tocsin.domain.decide.desk import at_desk
from tocsin.domain.decide.detections import detected, health_reported
from tocsin.domain.decide.inbound import (
    call_received,
    deletion_demanded,
    email_received,
    equipment_failed,
    request_submitted,
    status_requested,
)
from tocsin.domain.decide.outbound import call_placed, email_sent
from tocsin.domain.decide.sharing import marked
from tocsin.domain.decide.silences import silence
from tocsin.domain.events.contract import ContractAdopted
from tocsin.domain.events.operation import OperationRecorded
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import TenantState


def decide(message: Input, state: TenantState, now: Instant) -> list[Decision]:
    """The events that follow from `message` at the shard's clock `now`."""
    decisions = _decide(message, state, now)
    if message.tlp is None or isinstance(message.body, BaseDeskCommand):  # the desk has a verb for it
        return decisions
    return marked(decisions, message.tlp, state)


def _decide(message: Input, state: TenantState, now: Instant) -> list[Decision]:  # noqa: C901, PLR0912 - one arm for each body
    match message.body:
        case Detection() as body:
            return detected(body, message, state, now)
        case CallReceived() as body:
            return call_received(body, message, state)
        case CallPlaced() as body:
            return call_placed(body, message, state)
        case EmailReceived() as body:
            return email_received(body, message, state)
        case EmailSent() as body:
            return email_sent(body, message, state)
        case RequestSubmitted() as body:
            return request_submitted(body, message, state)
        case StatusRequested() as body:
            return status_requested(body, message, state)
        case HealthReported() as body:
            return health_reported(body, message, state, now)
        case EquipmentFailed() as body:
            return equipment_failed(body, message, state)
        case DeletionDemanded() as body:
            return deletion_demanded(body, message, state)
        case AdoptContract() as body:
            return _adopted(body, state)
        case Receipt() as body:
            return receipt(body, state, now)
        case NotifyAlive() as body:
            return alive(body, state, now)
        case Silence() | Maintain() | Quieten() | Unsilence() as body:
            return silence(body, state, now)
        case RecordOperation() as body:
            return [Decision(None, OperationRecorded(**asdict(body)))]
        case Tick() | SwitchRules():
            return []
        case body:
            return at_desk(body, message, state)


def _adopted(body: AdoptContract, state: TenantState) -> list[Decision]:
    if body.unless_adopted and state.tenant.contract:
        return []
    adopted = ContractAdopted(
        contract=body.contract_hash,
        name=state.contracts[body.contract_hash].name,
        plan=body.plan,
        contacts=body.contacts,
        servers=body.servers,
        domains=body.domains,
        since=body.since,
    )
    return [Decision(None, adopted)]
