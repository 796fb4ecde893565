"""The rules of a contract without a clock, as plain data. Each has the clause that it comes from."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tocsin.domain.vocabulary import Basis, Priority, Severity, as_word


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The source of a rule: its clause, and for an assumed rule the reading and the reason for it.

    `source` is the document of an overlay, empty for the contract's own.
    """

    clause: str
    basis: Basis = Basis.STATED
    reading: str = ""
    source: str = ""


class Period(StrEnum):
    """A stretch of time for which something is promised. The year of a contract begins on the day of its `since`."""

    MONTH = "month"
    QUARTER = "quarter"
    CONTRACT_YEAR = "contract_year"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionRule:
    """The priority of a detection, by its severity. A severity without one opens nothing.

    A ticket that is over at its source, and of which nothing was heard for `source_resolved_after` milliseconds since,
    is resolved; None: only by an analyst.
    """

    priorities: dict[Severity, Priority]
    cites: Citation
    source_resolved_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRule:
    """The priority of a health report, by its condition. A condition without one opens nothing.

    A ticket that a health report opened starts no clock: no client has asked for anything.
    """

    priorities: dict[str, Priority]
    cites: Citation

    def worth(self, condition: str) -> Priority | None:
        """The priority of a report of `condition`, in any spelling."""
        meant = as_word(condition)
        return next((it for word, it in self.priorities.items() if as_word(word) == meant), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentKinds:
    """The kinds of equipment that the plan knows, each with the other words for it."""

    kinds: dict[str, tuple[str, ...]]
    cites: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReason:
    """A reason for which a ticket may wait. Which clocks that pauses is said by each rule (`paused_by`)."""

    reason: str
    cites: Citation
    ended_by_contact: bool = False  # the client is waited for, so that their word ends it
    text: str = ""


class Consequence(StrEnum):
    """The effect of a reason for which a contract owes nothing, or less."""

    NO_OBLIGATION = "no_obligation"
    REFER = "refer"  # to training or consulting
    NOTIFY = "notify"  # the client is told; what more is wanted costs a fee
    TIME_AND_MATERIAL = "time_and_material"
    STATEMENT_OF_WORK = "statement_of_work"
    AT_CLIENTS_COST = "at_clients_cost"
    MAY_DISCONTINUE = "may_discontinue"
    MAY_RECLASSIFY = "may_reclassify"  # nothing ends; the vendor may change the priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A reason for which the contract owes nothing, and what follows from it.

    `ends` names the objectives that are no longer owed (empty: all of them); MAY_RECLASSIFY ends none.
    """

    reason: str
    consequence: Consequence
    cites: Citation
    ends: tuple[str, ...] = ()
    text: str = ""
    also: tuple[str, ...] = ()  # other words for the reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """Something that the plan includes beside its clocks; `limit` is None where it is unrestricted.

    The limit is one of each period, or of the whole contract where `per` is None.
    """

    name: str
    included: bool
    cites: Citation
    limit: int | None = None
    per: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRule:
    """The contacts whose word counts: at most `limit` authorised ones, None for any number.

    With `requests`, a request by other people is refused politely and recorded. With `confirms`, it opens a ticket, and
    starts no clock until one of the contacts turns to us about it. With `answers`, an answer to other people stops no
    clock.
    """

    cites: Citation
    limit: int | None = None
    requests: bool = False
    answers: bool = False
    confirms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementNotice:
    """Tells `role` at once of every ticket that gets one of these priorities."""

    priorities: tuple[Priority, ...]
    role: str
    cites: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRule:
    """Work for a fee is only proposed, and flagged so, until the client has agreed."""

    work: str
    cites: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLevel:
    """The actions for an attack of this sophistication and risk, in this period of the client's day.

    An empty tuple means any. The first level that fits a detection holds.
    """

    sophistication: tuple[str, ...]
    risk: tuple[str, ...]
    actions: tuple[str, ...]
    cites: Citation
    calendar: str | None = None  # None: at any time
    while_open: bool = True  # the period is the calendar's open hours, or else its closed ones
    opinion: str = ""  # text on the best response
    advice: str = ""  # on the hands-on level of incident management
    client_reachable: bool = False  # the client must be available for consultation


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportLogRule:
    """The fields of the log of calls and mails. A field without a value is shown as missing."""

    fields: tuple[str, ...]
    cites: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportLine:
    """A telephone number or mail address that the vendor gives its clients; tenants may have their own."""

    name: str
    address: str
    cites: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityDefinition:
    """The meaning of a priority, in the document's words."""

    title: str
    meaning: str
    cites: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedOverlay:
    """An overlay whose rules stand in a contract, by ids that begin with `name.`, and when its document was read."""

    name: str
    title: str
    source: str
    read_on: date
    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Clauses of the document that contradict each other, and the reading chosen here."""

    clauses: tuple[str, ...]
    text: str
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server of the client with its own plan, from `covered_from` until the day before `covered_until`.

    The days are those of `timezone`, where the client is.
    """

    name: str
    plan: str
    covered_from: date
    covered_until: date
    timezone: str = "UTC"
