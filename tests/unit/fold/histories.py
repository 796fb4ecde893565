"""Random histories of up to three tenants, each under another contract, for the laws that hold of every history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts import HALFWAY, contract, response, step
from driver import ANALYST, adoption, when
from hypothesis import strategies as st

from tocsin.domain import commands
from tocsin.domain.commands import Body
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from tocsin.domain.vocabulary import CallOutcome, Objective, Purpose, Severity
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic

START = when("09:00")
SPACING = 10
"""Between the offsets of two inputs, so that ticks fit in without moving them."""

PAUSED = contract(
    response({"P1": 20, "P2": 60, "P3": None}, paused_by=("waiting",), warnings=(HALFWAY,)),
    response({"P1": 120, "P2": 240}, id="resolution", objective=Objective.RESOLUTION, paused_by=("waiting",)),
    steps=(step("analyst", "start", every=7), step("shift lead", "fraction", fraction=0.5), step("SOC manager", every=90)),
    name="paused",
)
ADOPTIONS = {
    "esentire example": adoption("esentire", "example"),
    "sentinelone enterprise": adoption("sentinelone", "enterprise"),
    "paused": adoption(PAUSED),
    "sentinelone professional": adoption("sentinelone", "professional"),
    "esentire standard": adoption("esentire", "standard"),
}
TENANTS = ("acme", "globex", "initech")


@dataclass(frozen=True)
class Step:
    """What happens `gap` after the one before it, and is told `late` (None: it has no time of its own).

    A text stands for the adoption of that contract.
    """

    gap: int
    tenant: str
    body: Body | str
    late: int | None = 0
    input_id: str | None = None


def log(steps: Iterable[Step]) -> list[Record]:
    """The inbox that `steps` make, after the tenants' adoptions."""
    first = [Step(0, tenant, name) for tenant, name in zip(TENANTS, ADOPTIONS, strict=False)]
    records: list[Record] = []
    stamp = START
    for place, each in enumerate([*first, *steps], start=1):
        stamp += each.gap
        records.append(record(each, place * SPACING, stamp))
    return records


def record(each: Step, offset: int, stamp: Instant, time: Instant | None = None) -> Record:
    happened = time if time is not None else (None if each.late is None else stamp - each.late)
    value = inbox.encode(
        ADOPTIONS[each.body] if isinstance(each.body, str) else each.body,
        tenant=each.tenant,
        source="test",
        input_id=each.input_id or f"input-{offset}",
        time=happened,
        salt=f"{offset:08x}",
        origin="",
    )
    return Record(Topic.INBOX, 0, offset, stamp, each.tenant.encode(), value)


def tick(offset: int, stamp: Instant) -> Record:
    return Record(Topic.INBOX, 0, offset, stamp, None, inbox.TICK)


def closing_tick(records: Sequence[Record], after: int = 2 * DAY) -> Record:
    return tick(records[-1].offset + SPACING, max(each.timestamp for each in records) + after)


# ---- what may happen

_gaps = st.sampled_from(
    (0, 0, 1, SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 20 * MINUTE - 1, 30 * MINUTE, HOUR, 9 * HOUR, 3 * DAY)
)
_lateness = st.sampled_from((0, 0, 0, None, SECOND, 5 * MINUTE, 20 * MINUTE, HOUR, 12 * HOUR))
_callers = st.sampled_from(("+1", "+2"))
_senders = st.sampled_from(("a@x.example", "b@x.example"))
_messages = st.sampled_from(("m0", "m1", "m2"))
_calls = st.sampled_from(("c0", "c1", "c2"))
_maybe_call = st.none() | _calls
_maybe_message = st.none() | _messages
_priorities = st.sampled_from(("P1", "P2", "P3", "P4"))
_client_tickets = st.none() | st.none() | st.just("INC1")


def _tickets(tenant: str) -> st.SearchStrategy[str]:
    names = [f"{tenant.upper()}-00000{number}" for number in (1, 1, 2, 3)]
    return st.sampled_from([*names, "ACME-000001"])


def _bodies(tenant: str) -> st.SearchStrategy[Body | str]:
    ticket = _tickets(tenant)
    maybe_ticket = st.none() | ticket
    desk: dict[str, Any] = {"ticket": ticket, "analyst": st.just(ANALYST)}
    return st.one_of(
        st.builds(
            commands.Detection,
            signature=st.sampled_from(("s1", "s2")),
            severity=st.sampled_from(Severity),
            asset=st.just("h"),
            title=st.just("t"),
        ),
        st.builds(
            commands.CallReceived,
            call=_calls,
            caller=_callers,
            line=st.just("+9"),
            answered=st.booleans(),
            ticket=maybe_ticket,
            client_ticket=_client_tickets,
            priority=st.none() | _priorities,
        ),
        st.builds(
            commands.CallPlaced,
            call=st.just("p"),
            callee=_callers,
            line=st.just("+9"),
            outcome=st.sampled_from(CallOutcome),
            purpose=st.sampled_from(Purpose),
            analyst=st.just(ANALYST),
            ticket=maybe_ticket,
            returns=_maybe_call,
        ),
        st.builds(
            commands.EmailReceived,
            message_id=_messages,
            sender=_senders,
            recipients=st.just(("soc@x",)),
            subject=st.just("s"),
            in_reply_to=_maybe_message,
            ticket=maybe_ticket,
            client_ticket=_client_tickets,
            priority=st.none() | _priorities,
            automatic=st.booleans(),
        ),
        st.builds(
            commands.EmailSent,
            message_id=_messages,
            sender=st.just("soc@x"),
            recipients=st.tuples(_senders),
            subject=st.just("s"),
            purpose=st.sampled_from(Purpose),
            analyst=st.just(ANALYST),
            in_reply_to=_maybe_message,
            ticket=maybe_ticket,
            automatic=st.booleans(),
        ),
        st.builds(commands.Hold, **desk, reason=st.sampled_from(("waiting", "curiosity"))),
        st.builds(commands.Reclassify, **desk, priority=_priorities),
        st.builds(commands.Link, **desk, other=ticket),
        *(
            st.builds(verb, **desk)
            for verb in (
                commands.Acknowledge,
                commands.Acknowledge,
                commands.Respond,
                commands.EstablishActionPlan,
                commands.ProvideWorkaround,
                commands.Resolve,
                commands.Resolve,
                commands.Resume,
                commands.Close,
                commands.Reopen,
                commands.Readopt,
            )
        ),
        st.sampled_from(sorted(ADOPTIONS)),
    )


def _steps(tenant: str) -> st.SearchStrategy[Step]:
    ids = st.none() | st.none() | st.none() | st.sampled_from(("dup-1", "dup-2"))
    return st.builds(Step, gap=_gaps, tenant=st.just(tenant), body=_bodies(tenant), late=_lateness, input_id=ids)


def histories(size: int = 25, tenants: int = 3) -> st.SearchStrategy[list[Record]]:
    """Logs without ticks. Most of a history is one tenant's, so that it becomes an intricate one."""
    steps = st.one_of(*(_steps(tenant) for tenant in (TENANTS[:tenants])))
    alone = st.one_of(*(st.lists(_steps(tenant), min_size=1, max_size=size) for tenant in TENANTS[:tenants]))
    return (alone | st.lists(steps, min_size=1, max_size=size)).map(log)


@st.composite
def ticked(draw: st.DrawFn, records: Sequence[Record]) -> list[Record]:
    """`records` with ticks between them, never ahead of the next one."""
    mixed: list[Record] = []
    clock = 0
    for each in records:
        now = max(clock, each.timestamp)
        if clock:
            for number in range(draw(st.integers(0, 2))):
                stamp = clock + round((now - clock) * draw(st.sampled_from((0.0, 0.3, 0.5, 0.999, 1.0))))
                mixed.append(tick(each.offset - SPACING + 1 + number, stamp))
        mixed.append(each)
        clock = now
    return mixed

