"""A desk to play histories at: every verb appends one record to the inbox, and the shard folds it at once.

    desk = Driver("esentire", plan="example")
    desk.at("09:00").missed("+1").at("09:25").tick()
    assert desk.told("callback_overdue") == ["09:20 callback_overdue"]

Times are of Monday, 2 March 2026, in UTC; `day=3` is three days later. Records go through the real codec, and what the
desk answers is read from what the shard put out, never from its inside.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Self

from tocsin.contracts.codec import contract_hash, contract_to_json
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands import desk as desk_commands
from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import AdoptContract, Body
from tocsin.domain.commands.milestones import MarkMilestone, UnmarkMilestone
from tocsin.domain.contract.model import Contract
from tocsin.domain.instant import DAY, Instant, parse, show
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.tlp import Tlp
from tocsin.domain.trace import Trace
from tocsin.domain.vocabulary import CallOutcome, Severity
from tocsin.engine import snapshot
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.record import Output, Record, Topic

MONDAY = parse("2026-03-02T00:00:00Z")
CALLER = "+15550100"
CLIENT = "jo@acme.example"
ANALYST = "Ann Lee"
FIRST = "ACME-000001"


def when(clock: str, day: int = 0) -> Instant:
    """The instant of `09:20`, `09:20:30` or `09:20:30.001`, so many days after the Monday."""
    return parse(f"2026-03-02T{clock}Z") + day * DAY


def clock_of(moment: Instant | str) -> str:
    """The other way round: `09:20`, with seconds where there are some, and `3d` before it three days later."""
    instant = parse(moment) if isinstance(moment, str) else moment
    day, _ = divmod(instant - MONDAY, DAY)
    text = show(instant)[11:-1].removesuffix(":00")
    return f"{day}d {text}" if day else text


@cache
def shipped(name: str) -> Contract:
    return ContractLibrary.load(None).get(name)


def adoption(contract: Contract | str, plan: str | None = None, *, unless_adopted: bool = False) -> AdoptContract:
    chosen = shipped(contract) if isinstance(contract, str) else contract
    text = contract_to_json(chosen)
    return AdoptContract(
        contract=text,
        contract_hash=contract_hash(text),
        plan=plan or chosen.default_plan,
        unless_adopted=unless_adopted,
    )


@dataclass
class Inbox:
    """The log, record by record."""

    records: list[Record] = field(default_factory=list)

    def append(  # noqa: PLR0913 - the attributes of one record, by name
        self,
        body: Body,
        stamp: Instant,
        *,
        tenant: str = "acme",
        input_id: str | None = None,
        happened: Instant | None = None,
        source: str = "test",
        trace: Trace | None = None,
        tlp: Tlp | None = None,
    ) -> Record:
        offset = len(self.records)
        value = inbox.TICK
        if not isinstance(body, commands.Tick):
            value = inbox.encode(
                body,
                tenant=tenant,
                source=source,
                input_id=input_id or f"input-{offset}",
                time=happened,
                salt=f"{offset:08x}",
                origin="",
                trace=trace,
                tlp=tlp,
            )
        record = Record(Topic.INBOX, 0, offset, stamp, tenant.encode(), value)
        self.records.append(record)
        return record


def folded(shard: Shard, records: Iterable[Record]) -> list[Output]:
    return [output for chunk in shard.fold(records) for output in chunk.outputs]


def values(outputs: Iterable[Output], topic: Topic) -> list[dict[str, Any]]:
    return [json.loads(output.value or b"null") for output in outputs if output.topic is topic]


def states(outputs: Iterable[Output]) -> dict[str, Ticket]:
    """The tickets as they stand in `soc.tickets`, by id, in the order of their numbers."""
    latest = {output.key: output.value for output in outputs if output.topic is Topic.TICKETS}
    tickets = [snapshot.decode_ticket(value) for value in latest.values() if value is not None]
    return {ticket.id: ticket for ticket in sorted(tickets, key=lambda ticket: ticket.number)}


def open_incidents(outputs: Iterable[Output]) -> set[str]:
    """The dedup keys of tickets that were triggered and not resolved since."""
    keys: set[str] = set()
    for alert in (each["data"] for each in values(outputs, Topic.ALERTS)):
        if alert["ticket"] and alert["action"] in ("trigger", "resolve"):
            (keys.add if alert["action"] == "trigger" else keys.discard)(alert["dedup_key"])
    return keys


class Driver:
    """The desk. Verbs return it, so that a history reads as one sentence."""

    def __init__(
        self,
        contract: Contract | str = "esentire",
        plan: str | None = None,
        *,
        tenant: str = "acme",
        window: int = 250_000,
        apart: frozenset[str] = frozenset(),
    ) -> None:
        self.inbox = Inbox()
        self.outputs: list[Output] = []
        self.shard = Shard(0, window, apart=apart)
        self.tenant = tenant
        self.now = when("00:00")
        self.trace: Trace | None = None
        self.tlp: Tlp | None = None
        self._contract = (contract, plan)
        self._adopted: set[str] = set()

    # ---- when, and for whom

    def at(self, clock: str, day: int = 0) -> Self:
        """The broker's stamp of what follows."""
        self.now = when(clock, day)
        return self

    def of(self, tenant: str) -> Self:
        """The tenant of what follows."""
        self.tenant = tenant
        return self

    def of_trace(self, trace: Trace | None) -> Self:
        """The trace of what follows."""
        self.trace = trace
        return self

    def of_tlp(self, tlp: Tlp | None) -> Self:
        """The marking of what follows."""
        self.tlp = tlp
        return self

    def publish(self, body: Body, *, happened: str | Instant | None = None, input_id: str | None = None) -> Self:
        """Append `body` to the inbox and fold it. `happened` is its own time; without it, it happens now."""
        if self.tenant not in self._adopted and not isinstance(body, commands.Tick | AdoptContract):
            self.adopt(*self._contract, unless_adopted=True)
        moment = when(happened, (self.now - MONDAY) // DAY) if isinstance(happened, str) else happened
        record = self.inbox.append(
            body, self.now, tenant=self.tenant, input_id=input_id, happened=moment, trace=self.trace, tlp=self.tlp
        )
        self.outputs += folded(self.shard, [record])
        return self

    def again(self, offset: int = -1) -> Self:
        """The same input arrives once more."""
        record = self.inbox.records[offset]._replace(offset=len(self.inbox.records), timestamp=self.now)
        self.inbox.records.append(record)
        self.outputs += folded(self.shard, [record])
        return self

    def adopt(self, contract: Contract | str, plan: str | None = None, *, unless_adopted: bool = False) -> Self:
        self._adopted.add(self.tenant)
        return self.publish(adoption(contract, plan, unless_adopted=unless_adopted))

    def tick(self) -> Self:
        return self.publish(commands.Tick())

    # ---- what the client does

    def missed(self, caller: str = CALLER, call: str = "", happened: str | Instant | None = None, **more: Any) -> Self:
        return self._rang(commands.CallMissed, caller, call, happened, **more)

    def answered(
        self, caller: str = CALLER, call: str = "", happened: str | Instant | None = None, **more: Any
    ) -> Self:
        return self._rang(commands.CallAnswered, caller, call, happened, **more)

    def _rang(
        self,
        kind: type[commands.CallMissed | commands.CallAnswered],
        caller: str,
        call: str,
        happened: str | Instant | None,
        **more: Any,
    ) -> Self:
        call = call or f"call-{len(self.inbox.records)}"
        return self.publish(kind(call=call, caller=caller, line="+9", **more), happened=happened)

    def mail(self, sender: str = CLIENT, message: str = "", happened: str | Instant | None = None, **more: Any) -> Self:
        mail = commands.EmailReceived(
            message_id=message or f"mail-{len(self.inbox.records)}",
            sender=sender,
            recipients=("soc@tocsin.example",),
            subject="Help",
            **more,
        )
        return self.publish(mail, happened=happened)

    def bounced(self, message: str, *failed: str) -> Self:
        """A mail system says that our mail of that id did not reach these."""
        return self.mail("mailer-daemon@acme.example", automatic=True, bounces=message, failed=failed)

    # ---- what the sensors do

    def detection(  # noqa: PLR0913 - the facts of one detection, by name
        self,
        severity: str = "high",
        *,
        key: str | None = None,
        signature: str = "1:1",
        asset: str = "10.0.0.1",
        title: str = "SSH scan",
        happened: str | None = None,
        **more: Any,
    ) -> Self:
        seen = commands.Detection(
            signature=signature, severity=Severity(severity), asset=asset, title=title, key=key, **more
        )
        return self.publish(seen, happened=happened)

    def over(self, key: str) -> Self:
        """The sensor says that what it saw under `key` is over."""
        return self.publish(
            commands.Detection(
                signature="1:1", severity=Severity.HIGH, asset="10.0.0.1", title="SSH scan", key=key, resolved=True
            )
        )

    # ---- what we do

    def called(
        self,
        callee: str = CALLER,
        outcome: str = "reached",
        purpose: str = "callback",
        happened: str | Instant | None = None,
        **more: Any,
    ) -> Self:
        placed = commands.CallPlaced(
            call=f"call-{len(self.inbox.records)}",
            callee=callee,
            line="+9",
            outcome=CallOutcome(outcome),
            purpose=purpose,
            analyst=ANALYST,
            **more,
        )
        return self.publish(placed, happened=happened)

    def mailed(
        self,
        recipient: str = CLIENT,
        purpose: str = "response",
        happened: str | Instant | None = None,
        message: str = "",
        **more: Any,
    ) -> Self:
        sent = commands.EmailSent(
            message_id=message or f"mail-{len(self.inbox.records)}",
            sender="soc@tocsin.example",
            recipients=tuple(recipient.split(",")),
            subject="Re: Help",
            purpose=purpose,
            analyst=ANALYST,
            **more,
        )
        return self.publish(sent, happened=happened)

    def acknowledge(self, ticket: str = FIRST, happened: str | None = None, analyst: str = ANALYST) -> Self:
        return self.publish(desk_commands.Acknowledge(ticket=ticket, analyst=analyst), happened=happened)

    def unacknowledge(self, ticket: str = FIRST, happened: str | None = None, analyst: str = ANALYST) -> Self:
        return self.publish(desk_commands.Unacknowledge(ticket=ticket, analyst=analyst), happened=happened)

    def respond(self, ticket: str = FIRST, happened: str | Instant | None = None, note: str = "") -> Self:
        return self.publish(desk_commands.Respond(ticket=ticket, analyst=ANALYST, note=note), happened=happened)

    def action_plan(self, ticket: str = FIRST, happened: str | Instant | None = None) -> Self:
        return self.publish(desk_commands.EstablishActionPlan(ticket=ticket, analyst=ANALYST), happened=happened)

    def workaround(self, ticket: str = FIRST, happened: str | Instant | None = None) -> Self:
        return self.publish(desk_commands.ProvideWorkaround(ticket=ticket, analyst=ANALYST), happened=happened)

    def resolve(self, ticket: str = FIRST, happened: str | Instant | None = None) -> Self:
        return self.publish(desk_commands.Resolve(ticket=ticket, analyst=ANALYST), happened=happened)

    def hold(self, reason: str, ticket: str = FIRST, happened: str | None = None, until: str = "") -> Self:
        held = desk_commands.Hold(ticket=ticket, analyst=ANALYST, reason=reason, until=until)
        return self.publish(held, happened=happened)

    def resume(self, ticket: str = FIRST, happened: str | None = None) -> Self:
        return self.publish(desk_commands.Resume(ticket=ticket, analyst=ANALYST), happened=happened)

    def reclassify(
        self, priority: str, ticket: str = FIRST, happened: str | Instant | None = None, reason: str = ""
    ) -> Self:
        command = desk_commands.Reclassify(ticket=ticket, analyst=ANALYST, priority=priority, reason=reason)
        return self.publish(command, happened=happened)

    def assign(self, assignee: str, ticket: str = FIRST) -> Self:
        return self.publish(desk_commands.Assign(ticket=ticket, analyst=ANALYST, assignee=assignee))

    def link(self, other: str, ticket: str = FIRST) -> Self:
        return self.publish(desk_commands.Link(ticket=ticket, analyst=ANALYST, other=other))

    def merge(self, ticket: str, into: str = FIRST) -> Self:
        return self.publish(desk_commands.Merge(ticket=ticket, analyst=ANALYST, into=into))

    def split(self, contact: str, ticket: str = FIRST) -> Self:
        return self.publish(desk_commands.Split(ticket=ticket, analyst=ANALYST, contact=contact))

    def note(self, note: str = "noted", ticket: str = FIRST) -> Self:
        return self.publish(desk_commands.AddNote(ticket=ticket, analyst=ANALYST, note=note))

    def mark(self, milestone: str, ticket: str = FIRST, happened: str | None = None, reached: str = "") -> Self:
        command = MarkMilestone(ticket=ticket, analyst=ANALYST, milestone=milestone, reached=reached)
        return self.publish(command, happened=happened)

    def unmark(self, milestone: str, ticket: str = FIRST) -> Self:
        return self.publish(UnmarkMilestone(ticket=ticket, analyst=ANALYST, milestone=milestone))

    def close(self, ticket: str = FIRST, happened: str | None = None) -> Self:
        return self.publish(desk_commands.Close(ticket=ticket, analyst=ANALYST), happened=happened)

    def reopen(self, ticket: str = FIRST, happened: str | None = None) -> Self:
        return self.publish(desk_commands.Reopen(ticket=ticket, analyst=ANALYST), happened=happened)

    def readopt(self, ticket: str = FIRST, *, mistaken: bool = False) -> Self:
        return self.publish(desk_commands.Readopt(ticket=ticket, analyst=ANALYST, mistaken=mistaken))

    # ---- what came of it

    def alerts(self, *kinds: str) -> list[dict[str, Any]]:
        """What `soc.alerts` says, with the time of each as `at`; of these kinds, or of all."""
        alerts = [
            {**alert["data"], "id": alert["id"], "at": clock_of(alert["time"])}
            for alert in values(self.outputs, Topic.ALERTS)
        ]
        return [alert for alert in alerts if not kinds or alert["kind"] in kinds]

    def told(self, *kinds: str) -> list[str]:
        """The alerts in short: time, kind, and the role that is told."""
        return [" ".join(filter(None, (it["at"], it["kind"], it["role"]))) for it in self.alerts(*kinds)]

    def journal(self, *types: str) -> list[dict[str, Any]]:
        events = values(self.outputs, Topic.TICKET_EVENTS)
        return [event for event in events if not types or event["type"] in types]

    def tickets(self) -> list[Ticket]:
        """Every ticket that is kept, in the order of their numbers."""
        return list(states(self.outputs).values())

    def ticket(self, number: int = 1) -> Ticket:
        """The ticket of the tenant that was opened as the first, second and so on."""
        name = f"{self.tenant.upper()}-{number:06d}"
        (found,) = (ticket for ticket in self.tickets() if ticket.number == name)
        return found

    def clocks(self, rule: str) -> list[Clock]:
        """The clocks of that rule, of all tickets, by their start."""
        clocks = [clock for ticket in self.tickets() for clock in ticket.clocks if clock.rule == rule]
        return sorted(clocks, key=lambda clock: clock.started_at)

    def clock(self, rule: str) -> Clock:
        """The one clock of that rule."""
        (clock,) = self.clocks(rule)
        return clock

    def refusals(self) -> list[str]:
        """Why desk commands were refused."""
        return [event["data"]["reason"] for event in self.journal("CommandRejected")]


def changed(contract: Contract, plan: str, **fields: Any) -> Contract:
    """`contract` with other terms in one plan."""
    return replace(contract, plans={**contract.plans, plan: replace(contract.plans[plan], **fields)})
