"""What was decided about contracts: adoption, exclusions, work for a fee, the share of promises that were kept."""

from tocsin.domain.commands.inbound import Contact
from tocsin.domain.contract.rules import Consequence, Server
from tocsin.domain.events.ticket import Event
from tocsin.domain.fact import fact
from tocsin.domain.vocabulary import Objective, Priority


@fact
class ContractAdopted(Event):
    """The tenant's new tickets follow this contract and plan from here on."""

    PERSONAL = ("contacts",)
    contract: str
    name: str
    plan: str
    contacts: tuple[Contact, ...] = ()
    servers: tuple[Server, ...] = ()


@fact
class ContractReadopted(Event):
    """The open ticket moved to the contract that its tenant has now."""

    PERSONAL = ("analyst",)
    contract: str
    previous: str
    plan: str
    analyst: str


@fact
class Standing:
    """How a month stands: the clocks of one objective, plan and priority that were due in it."""

    month: str  # 2026-03
    plan: str
    objective: Objective
    priority: Priority
    met: int
    missed: int
    promised: float
    clause: str


@fact
class AttainmentAtRisk(Event):
    """The share in time has fallen below what is promised; the month can still recover."""

    standing: Standing


@fact
class AttainmentJudged(Event):
    """The month is over: the promise was kept, or broken."""

    standing: Standing
    kept: bool
    closes_incident: bool  # somebody was told that it was at risk


@fact
class TicketRuledOut(Event):
    """An exclusion of the contract holds: what it ends is no longer owed."""

    PERSONAL = ("analyst",)
    reason: str
    consequence: Consequence
    clause: str
    analyst: str | None = None


@fact
class ExclusionLifted(Event):
    """What an exclusion rested on is over: what it had ended is owed again."""

    PERSONAL = ("analyst",)
    reason: str
    analyst: str


@fact
class WorkProposed(Event):
    """Work for an extra fee; nothing of it begins before the client has agreed in writing."""

    PERSONAL = ("analyst",)
    work: str
    clause: str
    analyst: str
    extra_fee: bool = True


@fact
class WorkAgreed(Event):
    """The client has agreed to the work, its terms and its rates."""

    PERSONAL = ("agreed_by", "analyst")
    work: str
    agreed_by: str
    analyst: str


@fact
class WorkStarted(Event):
    """Agreed work for a fee has begun."""

    PERSONAL = ("analyst",)
    work: str
    analyst: str


@fact
class ManagementNotified(Event):
    """The contract has management know of a ticket of this priority."""

    role: str
    clause: str
