"""What a report says, as plain data: its JSON is this model. Times are RFC 3339 in UTC, lengths are seconds."""

from typing import Literal

from tocsin.report.model_of_work import Callback, Contacted, Exclusion, Measure, Open, Proof, Ticketed, Wait
from tocsin.report.part import Part, Place

REPORT_VERSION = 1
"""The version of this form. A later one of the same number only adds members."""


class Span(Part, frozen=True, kw_only=True):
    """What is reported: [`start`, `end`) are its first instant and the one behind its last, by clocks in `timezone`."""

    name: str  # 2026-10, 2026-Q4 or 2026
    start: str
    end: str
    timezone: str


class Agreement(Part, frozen=True, kw_only=True):
    """A contract and plan that the client had, from that time on."""

    contract: str
    title: str
    plan: str
    hash: str
    adopted_at: str
    place: Place


class Kept(Part, frozen=True, kw_only=True):
    """How many promises of one plan, objective and priority that were due in a month were kept in time.

    `share` is met / (met + missed). `promised` is the share that the contract promises for it, None without one; `kept`
    says whether it was reached. `promises` are the ids of those that were counted.
    """

    contract: str
    plan: str
    month: str
    objective: str
    priority: str
    met: int
    missed: int
    share: float
    promised: float | None
    kept: bool | None
    promises: list[str]


class Judgement(Part, frozen=True, kw_only=True):
    """What the log says of a promise over many whose month, quarter or year is over; the last word is told.

    `scope` are the names of what it is about: plan, objective, priority, rule. Of a measure other than the share,
    `figure` and `at_most` are seconds. `credit` is a decimal, `arithmetic` how it came about.
    """

    period: str
    scope: dict[str, str]
    measure: str
    met: int
    missed: int
    promised: float
    figure: float | None
    at_most: float | None
    kept: bool
    corrected: bool
    credit: str | None
    arithmetic: str | None
    clause: str
    source: str | None  # the overlay that the clause is in; None: the contract itself
    judged_at: str
    place: Place


class Credited(Part, frozen=True, kw_only=True):
    """What is credited for a month, quarter or year on the whole: `part` of the fee `of`, a decimal, and why."""

    period: str
    of: str
    part: str
    arithmetic: str


class Promised(Part, frozen=True, kw_only=True):
    """A promise that was due in the period: met or missed in the end, late evidence included."""

    id: str  # ticket/rule/cycle
    ticket: str
    objective: str
    rule: str
    cycle: int
    contract: str
    plan: str
    priority: str
    month: str
    result: Literal["met", "missed"]
    started_at: str
    deadline: str
    kept_at: str | None
    corrected: bool  # it was told as broken, and was not
    inbox_offsets: list[int]


class Fact(Part, frozen=True, kw_only=True):
    """A fact that began or kept a promise."""

    what: str
    at: str
    inbox_offset: int


class Interval(Part, frozen=True, kw_only=True):
    """A stretch of time until a deadline: whether it counted, or why it did not."""

    start: str
    end: str
    seconds: float
    why: str
    inbox_offsets: list[int]


class Breach(Part, frozen=True, kw_only=True):
    """A promise that was missed, with how its deadline came about. `words` say so in sentences."""

    promise: str
    ticket: str
    title: str
    clause: str
    source: str | None  # as above
    reading: str
    begun_by: list[Fact]
    kept_by: list[Fact]
    intervals: list[Interval]
    intervals_left_out: int
    adds_up: bool
    late_by: float | None  # None: it has not been kept yet
    words: list[str]
    told_at: str | None
    place: Place | None


class Correction(Part, frozen=True, kw_only=True):
    """A breach that was told and withdrawn: late evidence showed that the promise was kept, or is not owed yet."""

    promise: str
    ticket: str
    objective: str
    withdrawn_at: str
    kept_at: str | None
    inbox_offsets: list[int]
    place: Place


class Report(Part, frozen=True, kw_only=True):
    """The report of one client."""

    version: int = REPORT_VERSION
    type: Literal["tocsin.report"] = "tocsin.report"
    tenant: str
    period: Span
    as_of: str  # the time of the log
    over: bool  # the log goes beyond the period
    release: str
    agreements: list[Agreement]
    attainment: list[Kept]
    judgements: list[Judgement]
    credits: list[Credited]
    promises: list[Promised]
    breaches: list[Breach]
    corrections: list[Correction]
    exclusions: list[Exclusion]
    waits: list[Wait]
    measures: list[Measure]
    callbacks: list[Callback]
    support_log: list[Contacted]
    open: list[Open]
    tickets: list[Ticketed]
    proofs: list[Proof]
    unread_events: int
    contracts_missing: bool
    tlp: str | None = None  # the strictest marking whose content it has; None: it has all
    withheld: int = 0  # tickets whose content it does not have for that
