"""Decisions about contracts: adoption, exclusions, work for a fee, attainment."""

from datetime import date
from decimal import Decimal

from msgspec import UNSET, UnsetType

from tocsin.domain.commands.inbound import Contact
from tocsin.domain.contract.attainment import Measure
from tocsin.domain.contract.rules import Consequence, Server
from tocsin.domain.events.base import BaseEvent
from tocsin.domain.fact import Fact
from tocsin.domain.vocabulary import Priority


class BaseContractEvent(BaseEvent):
    """An event about a contract, or by a rule of it."""


class ContractAdopted(BaseContractEvent):
    """The tenant's new tickets follow this contract and plan from here on."""

    TYPE = "ContractAdopted"
    PERSONAL = ("contacts",)
    contract: str
    name: str
    plan: str
    contacts: tuple[Contact, ...] = ()
    servers: tuple[Server, ...] = ()
    domains: tuple[str, ...] | None = None
    since: date | None = None  # its first day; the years of the contract begin on it


class ContractReadopted(BaseContractEvent):
    """The ticket moved to the contract that its tenant has now.

    What was judged stands, unless `mistaken`: then what was judged under the previous contract and plan is judged anew.
    """

    TYPE = "ContractReadopted"
    PERSONAL = ("analyst",)
    contract: str
    previous: str
    plan: str
    analyst: str
    mistaken: bool = False


class Standing(Fact):
    """The attainment of a month, quarter or contract's year: the clocks of a promise over many that were due in it.

    `objective`, `plan`, `priority` and `rule` say which clocks those are; one that is empty is not asked for. Of a
    mean, median or 90th percentile `met` are the clocks that took `at_most` so long, and `figure` is what was measured.
    """

    month: str  # 2026-03, 2026-Q1, or 2026-03-15--2027-03-14
    plan: str
    objective: str
    priority: Priority
    met: int
    missed: int
    promised: float
    clause: str
    source: str | UnsetType = UNSET  # the overlay that the clause is in; unset: the contract itself
    rule: str | UnsetType = UNSET
    measure: Measure | UnsetType = UNSET  # unset: the share
    at_most: int | UnsetType = UNSET  # milliseconds, as the figure
    figure: int | UnsetType = UNSET


class AttainmentAtRisk(BaseContractEvent):
    """The share in time has fallen below what is promised; the month can still recover."""

    TYPE = "AttainmentAtRisk"
    standing: Standing


class AttainmentRecovered(BaseContractEvent):
    """The share in time is what is promised again, before the end of the month."""

    TYPE = "AttainmentRecovered"
    standing: Standing


class AttainmentJudged(BaseContractEvent):
    """The month is over: the promise was kept, or broken. `again`: what was found out later gives another verdict.

    `credit` is the part of a fee that is due for it, with its `arithmetic` in words.
    """

    TYPE = "AttainmentJudged"
    standing: Standing
    kept: bool
    closes_incident: bool  # an alert has said that it was at risk, or broken
    again: bool = False
    credit: Decimal | None = None
    arithmetic: str | None = None


class AttainmentForgotten(BaseContractEvent):
    """The month is so long ago that no evidence can change it any more. `closes_incident`: it was told as broken."""

    TYPE = "AttainmentForgotten"
    standing: Standing
    closes_incident: bool


class TicketRuledOut(BaseContractEvent):
    """An exclusion of the contract holds: what it ends is no longer owed."""

    TYPE = "TicketRuledOut"
    PERSONAL = ("analyst",)
    reason: str
    consequence: Consequence
    clause: str
    analyst: str | None = None


class ExclusionLifted(BaseContractEvent):
    """The reason of an exclusion is over: the objectives that it had ended are owed again."""

    TYPE = "ExclusionLifted"
    PERSONAL = ("analyst",)
    reason: str
    analyst: str | None = None  # None: the client has named another server


class ServerAsked(BaseContractEvent):
    """Somebody must say which server the ticket is about: it names none of several, or one that nobody knows."""

    TYPE = "ServerAsked"
    clause: str
    server: str | None = None


class ServerNamed(BaseContractEvent):
    """The ticket is about this server, and is judged by its plan (`analyst` None: the client has named it)."""

    TYPE = "ServerNamed"
    PERSONAL = ("analyst",)
    server: str
    plan: str
    closes_incident: bool  # it was asked for
    analyst: str | None = None


class WorkProposed(BaseContractEvent):
    """Work for an extra fee; nothing of it begins before the client has agreed in writing."""

    TYPE = "WorkProposed"
    PERSONAL = ("analyst",)
    work: str
    clause: str
    analyst: str
    extra_fee: bool = True


class WorkAgreed(BaseContractEvent):
    """The client has agreed to the work, its terms and its rates."""

    TYPE = "WorkAgreed"
    PERSONAL = ("agreed_by", "analyst")
    work: str
    agreed_by: str
    analyst: str


class WorkStarted(BaseContractEvent):
    """Agreed work for a fee has begun."""

    TYPE = "WorkStarted"
    PERSONAL = ("analyst",)
    work: str
    analyst: str


class ManagementNotified(BaseContractEvent):
    """The contract has management know of a ticket of this priority."""

    TYPE = "ManagementNotified"
    role: str
    clause: str
