"""Logs from steps: four tenants, each under another contract, and ticks between what happens to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from contracts import HALFWAY, contract, response, step
from driver import adoption, when
from hypothesis import strategies as st
from msgspec import structs

from tocsin.domain.commands.inbound import Body, Contact
from tocsin.domain.contract.rules import Server
from tocsin.domain.instant import DAY, Instant
from tocsin.domain.vocabulary import Objective
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic

START = when("09:00")
SPACING = 10
"""Between the offsets of two inputs, so that ticks fit in without moving them."""

PAUSED = contract(
    response({"P1": 20, "P2": 60, "P3": None}, paused_by=("waiting",), warnings=(HALFWAY,)),
    response({"P1": 120, "P2": 240}, id="resolution", objective=Objective.RESOLUTION, paused_by=("waiting",)),
    steps=(
        step("analyst", "start", every=7),
        step("SOC manager", every=90),
        step("shift lead", "fraction", fraction=0.5),
    ),
    name="paused",
)
KIM = Contact(name="Kim", phones=("+2",), emails=("b@x.example",))
SERVERS = (
    Server(name="s1", plan="with_maintenance", covered_from=date(2026, 1, 1), covered_until=date(2027, 1, 1)),
    Server(name="s2", plan="without_maintenance", covered_from=date(2026, 3, 2), covered_until=date(2026, 5, 31)),
)
ADOPTIONS = {
    "esentire example": adoption("esentire", "example"),
    "sentinelone enterprise": adoption("sentinelone", "enterprise"),
    "paused": adoption(PAUSED),
    "sorb premium": adoption("sorb", "premium"),
    "sentinelone professional": adoption("sentinelone", "professional"),
    "esentire standard": adoption("esentire", "standard"),
    "senstar with maintenance": adoption("senstar", "with_maintenance"),
    "esentire example with Kim": structs.replace(adoption("esentire", "example"), contacts=(KIM,)),
    "sorb premium for Kim alone": structs.replace(adoption("sorb", "premium"), contacts=(KIM,)),
    "sentinelone enterprise with Kim": structs.replace(adoption("sentinelone", "enterprise"), contacts=(KIM,)),
    "senstar with two servers": structs.replace(adoption("senstar", "without_maintenance"), servers=SERVERS),
}
TENANTS = ("acme", "globex", "initech", "umbrella")


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
        time = None if each.late is None else stamp - each.late
        records.append(record(each, place * SPACING, stamp, time))
    return records


def record(each: Step, offset: int, stamp: Instant, time: Instant | None) -> Record:
    value = inbox.encode(
        ADOPTIONS[each.body] if isinstance(each.body, str) else each.body,
        tenant=each.tenant,
        source="test",
        input_id=each.input_id or f"input-{offset}",
        time=time,
        salt=f"{offset:08x}",
        origin="",
    )
    return Record(Topic.INBOX, 0, offset, stamp, each.tenant.encode(), value)


def tick(offset: int, stamp: Instant) -> Record:
    return Record(Topic.INBOX, 0, offset, stamp, None, inbox.TICK)


def closing_tick(records: Sequence[Record], after: int = 2 * DAY) -> Record:
    return tick(records[-1].offset + SPACING, max(each.timestamp for each in records) + after)


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
