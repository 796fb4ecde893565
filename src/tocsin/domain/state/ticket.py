"""The state of a ticket. It is mutable: only `evolve` changes it, one event at a time.

A field that is nearly always empty is a tuple, shared while it is empty: with lists an event took a tenth longer.
"""

from typing import NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.domain.contract.evidence import CHANNEL_OF, FIRST_MARKS
from tocsin.domain.contract.rules import ResponseLevel
from tocsin.domain.events.clock import PendingStep
from tocsin.domain.instant import DAY, Instant
from tocsin.domain.state.parts import Absorbed, Answer, Bounce, Page, Received, SourceOver
from tocsin.domain.state.silences import Quiet, Seen
from tocsin.domain.tlp import Tlp
from tocsin.domain.trace import Traced
from tocsin.domain.vocabulary import STAGES, Channel, Evidence, Priority, Severity, Stage

LATE_EVIDENCE_WINDOW = 45 * DAY
"""The time for which a closed ticket is kept for late evidence and reopening, once it owes nothing with a date."""


UNCONFIRMED = "unconfirmed"
"""The kind of a contact by somebody whose requests a designated contact of the client must confirm."""


SENSOR = "sensor"
"""The kind of a rise of the priority that a detection or a health report has made."""


WORD = "word"
"""The incident of a ticket in which a person has used a word that the contract does not know."""


class Mark(NamedTuple):
    """A fact that starts or stops clocks: when it happened, what it was, and its inbox offset."""

    at: Instant
    kind: str
    offset: int
    what: str = ""  # of what kind, where a promise depends on it


class PriorityChange(NamedTuple):
    """The ticket had another priority from `at` on; `offset` is that of the input which said so."""

    at: Instant
    offset: int
    previous: Priority
    priority: Priority


def incident(topic: str, cycle: int) -> str:
    """The name of an incident on its ticket; the `dedup_key` of its alerts ends with it."""
    return f"{topic}/{cycle}"


class Counted(NamedTuple):
    """The month under which a clock was counted, and whether it was counted as met.

    `took` is its time in milliseconds, where that is asked for.
    """

    month: str
    met: bool
    took: int | None = None


class Clock(msgspec.Struct, omit_defaults=True):
    """One cycle of one objective rule on one ticket.

    `deadline` is None for a promise without a figure, and while the clock is paused. `anchor` is the offset of
    the mark that first started it: by it the clock is found again when late evidence changes the cycles.
    """

    rule: str
    objective: str
    cycle: int
    anchor: int
    started_at: Instant
    priority: Priority
    contract_and_plan: str = msgspec.field(name="terms")  # by which it runs
    deadline: Instant | None
    fulfilled_at: Instant | None = None
    breached: bool = False
    paged: bool = False  # an alert has opened an incident that has not been resolved
    paged_at: Instant = 0  # when that was, or when a rise opened it anew
    warned: int = 0  # how many warnings have passed
    warnings: tuple[Instant, ...] = ()
    next_step: int = 0  # of releases before 0.3: how many steps had been taken, in the order of the policy
    steps_taken: tuple[int, ...] = ()  # by their place in the policy, the last one last
    steps: tuple[PendingStep, ...] = ()  # still to come, in the order of time
    repeat_at: Instant | None = None
    repetition: int = 0
    page: Page | None = None  # the last one, until somebody takes the incident
    unreached: bool = False  # an alert has said that the last step reached nobody
    fulfilments: int = 0  # how often it was judged fulfilled, counting corrections
    withdrawals: int = 0
    reopenings: int = 0  # how often it began anew: it was over and is owed again, or its priority rose
    void: bool = False  # the promise is no longer owed
    voided: int = 0
    lapsed_at: Instant | None = None  # void since then, by a fall of the priority: what was told before stands
    counted: Counted | None = None  # by the first promise over many that it is one of
    counted_too: tuple[Counted, ...] | UnsetType = UNSET  # by the other ones
    offsets: tuple[int, ...] = ()  # of the marks that it runs by
    bound: int | None = None  # by which of the deadlines at the latest it is due

    @property
    def running(self) -> bool:
        """True while the promise is still owed."""
        return self.fulfilled_at is None and not self.void

    @property
    def counts(self) -> tuple[Counted, ...]:
        """Everywhere where it is counted."""
        return (*((self.counted,) if self.counted else ()), *(self.counted_too or ()))

    @property
    def incident(self) -> str:
        """The name of its incident on the ticket."""
        return incident(self.rule, self.cycle)


class Acknowledgement(msgspec.Struct):
    """An analyst has taken the incidents that were open. `expires_at` is None once work has followed."""

    by: str
    at: Instant
    expires_at: Instant | None
    covers: tuple[str, ...] = ()  # those of the incidents that are still open


class Told(NamedTuple):
    """The part of a promise that was told on another ticket, before what started it came to this one."""

    number: str  # of that ticket
    rule: str
    anchor: int
    breached: bool
    warned: int
    steps_taken: tuple[int, ...]
    repetition: int
    repeat_at: Instant | None
    taken: tuple[Acknowledgement, ...] = ()  # by those who had taken its incident, until that has come along
    page: Page | None = None


class HoldSpan(msgspec.Struct):
    """A span in which the ticket waited; `end` is None while it still does."""

    reason: str
    start: Instant
    end: Instant | None = None
    until: Instant | None = None  # it ends then by itself
    ended_by: int | None = None  # the inbox offset of the contact that ended it
    otherwise: Instant | None = None  # its end without that contact


class Ticket(msgspec.Struct, omit_defaults=True):
    """One ticket and everything that its clocks depend on."""

    id: str
    number: str
    tenant: str
    contract: str  # hash of the contract that it is pinned to
    plan: str
    opened_at: Instant
    channel: Channel
    priority: Priority
    title: str
    stage: Stage = Stage.RECEIVED
    severity: Severity | None = None
    risk: str | None = None  # of the attack, the worst so far; None: no sensor has given it
    sophistication: str | None = None
    response: ResponseLevel | None = None  # agreed for such an attack, as it was last told
    unknown: tuple[str, ...] = ()  # words that the contract does not know, each behind what it is about
    correlation_key: str | None = None
    client_ticket: str | None = None
    assignee: str | None = None
    team: str | None = None  # to which it was handed over last
    acknowledgement: Acknowledgement | None = None  # of releases before 0.3: the only one
    acknowledgements: int = 0  # how often it was acknowledged
    taken_by: tuple[Acknowledgement, ...] = ()  # the acknowledgements that hold, the oldest first
    repeats: int = 0  # detections that joined
    sources_over: tuple[SourceOver, ...] = ()  # what is over, as the sensor says, and was not seen again
    raised: int = 0  # how often a rise was told
    claimed: Priority | None = None  # what the client claimed last
    determined: bool = False  # an analyst has assigned the priority
    claims_answered: int = 0  # how often an analyst answered a claim
    confirmations: int = 0  # how often a designated contact confirmed what somebody else had asked for
    contacts: tuple[str, ...] = ()  # numbers and addresses of the client's persons
    messages: tuple[str, ...] = ()  # ids of its mails
    received: tuple[Received, ...] = ()  # the last of its contacts, as they arrived
    answers: tuple[Answer, ...] = ()  # the last of our mails that count
    undelivered: tuple[Bounce, ...] = ()  # what is known of these, also if one is told once more
    bounces: int = 0  # how many of them were withdrawn, since they did not arrive
    bounced_at: Instant = 0  # when the latest of these was sent
    absorbed: tuple[Absorbed, ...] = ()  # tickets that were merged into it
    traces: tuple[Traced, ...] = ()  # of what opened it and started its clocks, as they arrived
    told: tuple[Told, ...] = ()  # by its marks, on the tickets from which they came
    split_from: str | None = None  # number of the ticket that its contact was on before
    links: tuple[str, ...] = ()
    follows: str | None = None  # the number of the closed ticket whose matter it goes on with
    related: tuple[str, ...] = ()  # numbers of tickets that were open for the same person: it may belong to one
    server: str | None = None  # the one that its plan belongs to
    ruled_out: tuple[str, ...] = ()  # reasons of the contract's exclusions that hold
    proposed: tuple[str, ...] = ()  # work for a fee, not agreed to yet
    agreed: tuple[str, ...] = ()
    management_knows: bool = False
    holds: tuple[HoldSpan, ...] = ()
    priority_changes: tuple[PriorityChange, ...] = ()  # in the order in which they were told, since rules 2
    marks: list[Mark] = msgspec.field(default_factory=list)  # sorted
    reopenings: int = 0
    clocks: list[Clock] = msgspec.field(default_factory=list)
    notices: tuple[str, ...] = ()  # open incidents that hang on no clock
    notices_closed: int = 0  # how often these were closed
    resolved_at: Instant | None = None
    closed_at: Instant | None = None
    touched_at: Instant = 0  # the time of its last event; no later one is dated before it
    timer_at: Instant | None = None  # when its next timer is due
    sequence: int = 0  # of its journal events, without gaps
    seen: tuple[Seen, ...] | UnsetType = UNSET  # what sensors have seen, if its key does not say it
    tlp: Tlp | UnsetType = UNSET  # the marking that holds; unset: it has none
    tlp_overruled: Tlp | UnsetType = UNSET  # the strictest one that an analyst has overruled
    quiet: Quiet | UnsetType = UNSET  # what was not told since it was silenced; unset: all was told
    mistaken: tuple[str, ...] | UnsetType = UNSET  # contracts and plans by which nothing should have been judged

    @property
    def contract_and_plan(self) -> str:
        """The contract and plan that it is pinned to, as one name."""
        return f"{self.contract}/{self.plan}"

    @property
    def opening(self) -> Mark:
        """The mark with which it began."""
        return next((mark for mark in self.marks if mark.kind in FIRST_MARKS), self.marks[0])

    @property
    def open(self) -> bool:
        """True while there is work to do: not resolved, not closed."""
        return STAGES.index(self.stage) < STAGES.index(Stage.RESOLVED)

    @property
    def case_of(self) -> str | None:
        """The server whose support cases it counts as one of, "" for none in particular; None if it counts as none.

        Nobody was served where it is ruled out, or came by a channel that is not accepted and by no other; nobody knows
        the server where that has been asked for.
        """
        if not self.channel.by_persons or self.ruled_out or "server" in self.notices or self._was_refused:
            return None
        return self.server or ""

    @property
    def _was_refused(self) -> bool:
        if "channel" not in self.notices or self.stage is not Stage.RECEIVED:
            return False
        return len({CHANNEL_OF[mark.kind] for mark in self.marks if mark.kind in CHANNEL_OF}) == 1

    @property
    def known_contacts(self) -> list[Received]:
        """The contacts that can be split off, as they arrived; of an early one only its mark may be known."""
        known = {each.offset: each for each in self.received}
        marked = (mark.offset for mark in self.marks if mark.kind in CHANNEL_OF)
        return [known.get(offset, Received(offset, "", "")) for offset in sorted({*known, *marked})]

    @property
    def waits_for_a_call(self) -> bool:
        """True if the request came by a channel that the contract does not accept for it, and no call came since."""
        if "channel" not in self.notices:
            return False
        return not any(mark.kind in (Evidence.CALL_ANSWERED, Evidence.CALL_MISSED) for mark in self.confirmed_marks)

    @property
    def confirmed_marks(self) -> list[Mark]:
        """The marks without contacts that nobody has confirmed: those start and end nothing."""
        return [mark for mark in self.marks if mark.what != UNCONFIRMED]

    @property
    def held(self) -> HoldSpan | None:
        """The hold that has not ended."""
        return self.holds[-1] if self.holds and self.holds[-1].end is None else None

    def owes(self, clock: Clock) -> bool:
        """True while the promise is owed. What is late on a closed ticket ends with it."""
        in_time = clock.deadline is not None and not clock.breached
        return clock.running and (self.stage is not Stage.CLOSED or in_time)

    def clock(self, rule: str, cycle: int) -> Clock:
        """The clock of that rule and cycle. Raises `KeyError` where there is none."""
        for clock in self.clocks:
            if clock.rule == rule and clock.cycle == cycle:
                return clock
        raise KeyError(rule, cycle)
