"""A sample quarter of two tenants, as the records of an inbox: drawn from a seed, the same bytes each time.

    python -m tools.quarter quarter.jsonl [--days 90] [--tickets 50] [--seed 1]

Sensors see what opens `--tickets` tickets a day and tenant, and see it again; clients ring and write; analysts take,
answer and resolve, at night more slowly; a tick comes every five minutes. Ninety days are 333,121 records. Both
tenants are under the plan `example` of the contract `esentire`.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tocsin.contracts.codec import contract_hash, contract_to_json
from tocsin.contracts.compile import TenantOverrides
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands import desk
from tocsin.domain.commands.inbound import (
    AdoptContract,
    Body,
    CallMissed,
    CallPlaced,
    Detection,
    EmailReceived,
    EmailSent,
)
from tocsin.domain.decide.decision import ticket_id_of
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant, parse
from tocsin.domain.vocabulary import CallOutcome, Purpose, Severity
from tocsin.engine.rules import RULES
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic
from tocsin.replay import line

BEGIN = parse("2026-01-01T00:00:00Z")
ZONES = {"acme": "America/Toronto", "globex": "Europe/Berlin"}
ANALYSTS = ("Ann Lee", "Ben Okoro", "Chloe Roy", "Dan Weiss")
SENSOR, TELEPHONE, MAIL, DESK = "sensor", "telephone", "mail", "desk"

SEVERITIES = {Severity.CRITICAL: (4, 3.5), Severity.HIGH: (16, 10), Severity.MEDIUM: (45, 35), Severity.LOW: (35, 120)}
"""The weight of each, and the minutes within which half of its tickets are answered."""

NIGHT_SLOWS = 1.4
CALLBACK, MAIL_ANSWER, SPREAD = 6.5, 30, 0.6
ACKNOWLEDGED = 0.5
TICK = 5 * MINUTE


class Happening(NamedTuple):
    """An input: when, whose, from where, under which id, and what."""

    at: Instant
    tenant: str
    source: str
    id: str
    body: Body


class Quarter:
    """Draws what happens to one tenant."""

    def __init__(self, tenant: str, seed: int, tickets: int) -> None:
        self._tenant = tenant
        self._chance = random.Random(f"{seed} {tenant}")  # noqa: S311 - a seed must give the same quarter again
        self._tickets = tickets
        self._number = 0

    def day(self, begin: Instant) -> Iterator[Happening]:
        """What begins on that day; it may go on into the next ones."""
        for _ in range(self._tickets):
            yield from self._seen(self._time(begin))
        for _ in range(self._tickets // 4):
            yield from self._rang(self._time(begin))
            yield from self._wrote(self._time(begin))

    def _seen(self, at: Instant) -> Iterator[Happening]:
        name = self._name("seen")
        weights = [weight for weight, _ in SEVERITIES.values()]
        (severity,) = self._chance.choices(tuple(SEVERITIES), weights)
        title = f"{severity.capitalize()} activity on host {self._number % 400}"
        asset = f"host-{self._number % 400}.{self._tenant}.example"
        body = Detection(signature="1:2100498", severity=severity, asset=asset, title=title, key=name)
        answered = at + self._delay(at, SEVERITIES[severity][1])
        resolved = answered + self._delay(answered, 90)
        yield self._happens(at, SENSOR, name, body)
        for again in range(int(self._chance.expovariate(1 / 30))):
            yield self._happens(at + int((resolved - at) * self._chance.random()), SENSOR, f"{name}-{again}", body)
        yield from self._worked(ticket_id_of(self._tenant, SENSOR, name), name, at, answered, resolved)

    def _worked(self, ticket: str, name: str, at: Instant, answered: Instant, resolved: Instant) -> Iterator[Happening]:
        who = self._chance.choice(ANALYSTS)
        if self._chance.random() < ACKNOWLEDGED:
            taken = at + int((answered - at) * self._chance.uniform(0.3, 0.9))
            yield self._happens(taken, DESK, f"{name}-taken", desk.Acknowledge(ticket=ticket, analyst=who))
        yield self._happens(answered, DESK, f"{name}-answered", desk.Respond(ticket=ticket, analyst=who))
        yield self._happens(resolved, DESK, f"{name}-resolved", desk.Resolve(ticket=ticket, analyst=who))

    def _rang(self, at: Instant) -> Iterator[Happening]:
        name = self._name("call")
        caller = f"+1416555{self._chance.randrange(12):04}"
        yield self._happens(at, TELEPHONE, name, CallMissed(call=name, caller=caller, line="+18445525837"))
        back = CallPlaced(
            call=f"{name}-back",
            callee=caller,
            line="+18445525837",
            outcome=CallOutcome.REACHED,
            purpose=Purpose.CALLBACK,
            analyst=self._chance.choice(ANALYSTS),
            returns=name,
        )
        returned = at + self._delay(at, CALLBACK)
        yield self._happens(returned, TELEPHONE, f"{name}-back", back)
        ticket = ticket_id_of(self._tenant, TELEPHONE, name)
        resolve = desk.Resolve(ticket=ticket, analyst=self._chance.choice(ANALYSTS))
        yield self._happens(returned + self._delay(returned, 20), DESK, f"{name}-resolved", resolve)

    def _wrote(self, at: Instant) -> Iterator[Happening]:
        name = self._name("mail")
        client, soc = f"user{self._chance.randrange(30)}@{self._tenant}.example", "soc@soc.example"
        received = EmailReceived(message_id=name, sender=client, recipients=(soc,), subject="Is this one of yours?")
        yield self._happens(at, MAIL, name, received)
        answer = EmailSent(
            message_id=f"{name}-answer",
            sender=soc,
            recipients=(client,),
            subject="Re: Is this one of yours?",
            purpose=Purpose.RESOLUTION,
            analyst=self._chance.choice(ANALYSTS),
            in_reply_to=name,
        )
        yield self._happens(at + self._delay(at, MAIL_ANSWER), MAIL, f"{name}-answer", answer)

    def _time(self, begin: Instant) -> Instant:
        """Most comes while people work, by the walls of UTC."""
        return begin + int(self._chance.triangular(0, DAY, 14 * HOUR))

    def _delay(self, at: Instant, half_within: float) -> int:
        night = NIGHT_SLOWS if at % DAY < 6 * HOUR else 1
        return int(self._chance.lognormvariate(0, SPREAD) * half_within * night * MINUTE)

    def _name(self, kind: str) -> str:
        self._number += 1
        return f"{kind}-{self._number}"

    def _happens(self, at: Instant, source: str, name: str, body: Body) -> Happening:
        return Happening(at, self._tenant, source, name, body)


def records(days: int, tickets: int, seed: int) -> Iterator[Record]:
    """The inbox, in order."""
    quarters = [Quarter(tenant, seed, tickets) for tenant in ZONES]
    values = [(BEGIN, "", inbox.switch(RULES, first=True))]
    values += [(BEGIN, tenant, _encoded(_adoption(tenant, zone))) for tenant, zone in ZONES.items()]
    drawn = sorted(
        happening for day in range(days) for quarter in quarters for happening in quarter.day(BEGIN + day * DAY)
    )
    due = BEGIN + TICK
    for each in drawn:
        while due <= each.at:
            values.append((due, "", inbox.TICK))
            due += TICK
        values.append((each.at, each.tenant, _encoded(each)))
    for offset, (at, tenant, value) in enumerate(values):
        yield Record(Topic.INBOX, 0, offset, at + SECOND, tenant.encode() or None, value)


def _adoption(tenant: str, zone: str) -> Happening:
    contract = ContractLibrary.load(None).get("esentire", TenantOverrides(timezone=zone))
    text = contract_to_json(contract)
    body = AdoptContract(contract=text, contract_hash=contract_hash(text), plan="example", unless_adopted=True)
    return Happening(BEGIN, tenant, "tocsin/intake", f"adoption-{tenant}", body)


def _encoded(each: Happening) -> bytes:
    return inbox.encode(
        each.body, tenant=each.tenant, source=each.source, input_id=each.id, time=each.at, salt="00", origin=""
    )


def write(path: Path, days: int = 90, tickets: int = 50, seed: int = 1) -> int:
    """Write the quarter to `path`, a record a line; the number of records."""
    with path.open("wb") as file:
        return sum(file.write(line.write(record) + b"\n") > 0 for record in records(days, tickets, seed))


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--tickets", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    count = write(options.file, options.days, options.tickets, options.seed)
    parser.exit(message=f"{options.file}: {count} records\n")


if __name__ == "__main__":
    main()
