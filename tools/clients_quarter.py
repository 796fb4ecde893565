"""A sample quarter of five clients with 1,000 tickets, as an inbox: drawn from a seed, the same bytes each time.

    python -m tools.clients_quarter quarter.jsonl [--days 92] [--tickets 200] [--seed 1]

It is October to December 2026. Each client has `--tickets` tickets and another contract: sensors see things, clients
ring and write, analysts take, hold, answer and resolve. Some tickets are ruled out, and some callbacks are logged a day
late, so that breaches are corrected. Credits are agreed with those whose contract has no share.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from tools.quarter import DESK, MAIL, TELEPHONE, TICK, Happening, Quarter

from tocsin.contracts.codec import contract_hash, contract_to_json
from tocsin.contracts.compile import TenantOverrides
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands import desk
from tocsin.domain.commands.inbound import AdoptContract, CallMissed, CallPlaced, EmailReceived, EmailSent
from tocsin.domain.contract.attainment import AttainmentRule, Credits, CreditTier
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.rules import Citation
from tocsin.domain.decide.decision import ticket_id_of
from tocsin.domain.instant import DAY, HOUR, MINUTE, Instant, parse
from tocsin.domain.vocabulary import CallOutcome, Purpose
from tocsin.engine.rules import RULES
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic
from tocsin.replay import line

BEGIN = parse("2026-10-01T00:00:00Z")


class Client(NamedTuple):
    """A client: the contract and plan, the zone, and the share of what comes that sensors see."""

    contract: str
    plan: str
    zone: str
    seen: float


CLIENTS = {
    "acme": Client("esentire", "example", "America/Toronto", 0.7),
    "globex": Client("esentire", "standard", "Europe/Berlin", 0.6),
    "initech": Client("sentinelone", "enterprise", "America/Los_Angeles", 0.0),
    "umbrella": Client("sorb", "premium", "Europe/London", 0.0),
    "wayne": Client("senstar", "with_maintenance", "America/New_York", 0.0),
}

HELD, RULED_OUT, LATE_LOGGED, LEFT_OPEN = 0.12, 0.03, 0.25, 0.03
"""The share of the tickets that wait, are ruled out; of callbacks that are logged a day late; of contacts left open."""


TIERS = (("0.95", "0.05"), ("0.9", "0.1"))
"""A share below the first is credited with the second part of the fee."""


class Drawn(NamedTuple):
    """When the broker has an input, and the input."""

    stamp: Instant
    what: Happening


class ClientQuarter(Quarter):
    """Draws what happens to one client."""

    def __init__(self, tenant: str, seed: int, contract: Contract) -> None:
        super().__init__(tenant, seed, 0)
        self._contract = contract
        self._of = CLIENTS[tenant]

    def tickets(self, days: int, count: int) -> Iterator[Drawn]:
        """All that happens on so many tickets, spread over the days."""
        for number in range(count):
            begin = BEGIN + int(days * number / count) * DAY
            kind = self._chance.random()
            if kind < self._of.seen:
                drawn = list(self._seen(self._time(begin)))
                yield from (Drawn(each.at, each) for each in (*drawn, *self._waits(drawn[0])))
            elif kind < self._of.seen + (1 - self._of.seen) / 2:
                yield from self._call(self._time(begin))
            else:
                yield from self._mail(self._time(begin))

    def _call(self, at: Instant) -> Iterator[Drawn]:
        """A missed call, and its return; some are logged on the next day."""
        name, caller = self._name("call"), f"+1416555{self._chance.randrange(12):04}"
        missed = self._happens(at, TELEPHONE, name, CallMissed(call=name, caller=caller, line="+18445525837"))
        yield Drawn(at, missed)
        returned = at + self._delay(at, 11)
        back = CallPlaced(
            call=f"{name}-back",
            callee=caller,
            line="+18445525837",
            outcome=CallOutcome.REACHED,
            purpose=Purpose.CALLBACK,
            analyst="Ann Lee",
            returns=name,
        )
        logged = returned + (DAY if self._chance.random() < LATE_LOGGED else 0)
        yield Drawn(logged, self._happens(returned, TELEPHONE, f"{name}-back", back))
        yield from self._ended(missed, logged + self._delay(logged, 30))

    def _mail(self, at: Instant) -> Iterator[Drawn]:
        """A mail with its answer."""
        name, client = self._name("mail"), f"user{self._chance.randrange(30)}@{self._tenant}.example"
        priority = self._chance.choice(self._contract.priorities)
        received = EmailReceived(
            message_id=name,
            sender=client,
            recipients=("soc@soc.example",),
            subject=f"Question {name} of {self._tenant}",
            priority=priority,
        )
        written = self._happens(at, MAIL, name, received)
        yield Drawn(at, written)
        answered = at + self._delay(at, 90)
        answer = EmailSent(
            message_id=f"{name}-answer",
            sender="soc@soc.example",
            recipients=(client,),
            subject=f"Re: Question {name} of {self._tenant}",
            purpose=Purpose.RESPONSE,
            analyst="Ben Okoro",
            in_reply_to=name,
        )
        yield Drawn(answered, self._happens(answered, MAIL, f"{name}-answer", answer))
        yield from self._ended(written, answered + self._delay(answered, 200))

    def _ended(self, begun: Happening, at: Instant) -> Iterator[Drawn]:
        """Waits on the way, and the resolution; three of a hundred stay open."""
        for each in self._waits(begun):
            yield Drawn(each.at, each)
        if self._chance.random() >= LEFT_OPEN:
            resolve = desk.Resolve(ticket=self._ticket(begun), analyst="Chloe Roy")
            yield Drawn(at, self._happens(at, DESK, f"{begun.id}-resolved", resolve))

    def _waits(self, begun: Happening) -> Iterator[Happening]:
        """What a few tickets have beside it all: a wait for the client, or an exclusion."""
        ticket, chance = self._ticket(begun), self._chance.random()
        if chance < HELD:
            start = begun.at + self._delay(begun.at, 5)
            hold = desk.Hold(ticket=ticket, analyst="Dan Weiss", reason="waiting_for_customer")
            yield self._happens(start, DESK, f"{begun.id}-held", hold)
            end = start + self._delay(start, 60)
            resume = desk.Resume(ticket=ticket, analyst="Dan Weiss")
            yield self._happens(end, DESK, f"{begun.id}-resumed", resume)
        elif chance < HELD + RULED_OUT:
            reason = self._contract.plans[self._of.plan].exclusions[0].reason
            rule_out = desk.RuleOut(ticket=ticket, analyst="Dan Weiss", reason=reason)
            yield self._happens(begun.at + 2 * MINUTE, DESK, f"{begun.id}-ruled-out", rule_out)

    def _ticket(self, begun: Happening) -> str:
        return ticket_id_of(self._tenant, begun.source, begun.id)


def _agreed(contract: Contract, client: Client) -> Contract:
    """The contract of the sample: where it promises no share, one of first responses with credits is agreed."""
    plan = contract.plans[client.plan]
    if plan.attainment:
        return contract
    tiers = tuple(CreditTier(credit=Decimal(credit), below=Decimal(below)) for below, credit in TIERS)
    promise = AttainmentRule(
        objective="first_response",
        share=0.95,
        credits=Credits(of="the monthly fee", tiers=tiers, cap=Decimal("0.15")),
        cites=Citation(clause="Schedule of the sample, 1"),
    )
    return replace(contract, plans={**contract.plans, client.plan: replace(plan, attainment=(promise,))})


def records(days: int = 92, tickets: int = 200, seed: int = 1) -> Iterator[Record]:
    """The inbox, in order. A day after the last input the log ends."""
    library = ContractLibrary.load(None)
    values: list[tuple[Instant, str, bytes]] = [(BEGIN, "", inbox.switch(RULES, first=True))]
    drawn: list[Drawn] = []
    for tenant, client in CLIENTS.items():
        contract = _agreed(library.get(client.contract, TenantOverrides(timezone=client.zone)), client)
        text = contract_to_json(contract)
        body = AdoptContract(contract=text, contract_hash=contract_hash(text), plan=client.plan, unless_adopted=True)
        adoption = Happening(BEGIN, tenant, "tocsin/intake", f"adoption-{tenant}", body)
        values.append((BEGIN, tenant, _encoded(adoption)))
        drawn += ClientQuarter(tenant, seed, contract).tickets(days, tickets)
    due = BEGIN + TICK
    for stamp, each in sorted(drawn, key=lambda it: (it.stamp, it.what.tenant, it.what.id)):
        while due <= stamp:
            values.append((due, "", inbox.TICK))
            due += 12 * TICK
        values.append((stamp, each.tenant, _encoded(each)))
    values.append((max(values[-1][0], BEGIN + days * DAY) + 36 * HOUR, "", inbox.TICK))
    for offset, (at, tenant, value) in enumerate(values):
        yield Record(Topic.INBOX, 0, offset, at, tenant.encode() or None, value)


def _encoded(each: Happening) -> bytes:
    return inbox.encode(
        each.body, tenant=each.tenant, source=each.source, input_id=each.id, time=each.at, salt="00", origin=""
    )


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--days", type=int, default=92)
    parser.add_argument("--tickets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with options.file.open("wb") as file:
        count = sum(
            file.write(line.write(record) + b"\n") > 0
            for record in records(options.days, options.tickets, options.seed)
        )
    parser.exit(message=f"{options.file}: {count} records\n")


if __name__ == "__main__":
    main()
