"""What an input means: for every body one function from what is known to the events that follow.

A refusal is an event too. Nothing is changed here; `evolve` applies the events, `settle` draws the clocks after them.
"""

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
    Tick,
)
from tocsin.domain.decide.decision import Decision
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
from tocsin.domain.events.contract import ContractAdopted
from tocsin.domain.instant import Instant
from tocsin.domain.state.tenant import TenantState


def decide(asked: Input, state: TenantState, now: Instant) -> list[Decision]:  # noqa: C901, PLR0912 - one arm for each body
    """The events that follow from `asked` at the shard's clock `now`."""
    match asked.body:
        case Detection() as body:
            return detected(body, asked, state, now)
        case CallReceived() as body:
            return call_received(body, asked, state)
        case CallPlaced() as body:
            return call_placed(body, asked, state)
        case EmailReceived() as body:
            return email_received(body, asked, state)
        case EmailSent() as body:
            return email_sent(body, asked, state)
        case RequestSubmitted() as body:
            return request_submitted(body, asked, state)
        case StatusRequested() as body:
            return status_requested(body, asked, state)
        case HealthReported() as body:
            return health_reported(body, asked, state, now)
        case EquipmentFailed() as body:
            return equipment_failed(body, asked, state)
        case DeletionDemanded() as body:
            return deletion_demanded(body, asked, state)
        case AdoptContract() as body:
            return _adopted(body, state)
        case Tick():
            return []
        case body:
            return at_desk(body, asked, state)


def _adopted(body: AdoptContract, state: TenantState) -> list[Decision]:
    if body.unless_adopted and state.tenant.contract:
        return []
    adopted = ContractAdopted(
        contract=body.contract_hash,
        name=state.contracts[body.contract_hash].name,
        plan=body.plan,
        contacts=body.contacts,
        servers=body.servers,
    )
    return [Decision(None, adopted)]
