"""What a page is: the person who carries the role now, and the ways to reach that person, in order."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from tocsin.domain.instant import Instant, show
from tocsin.domain.vocabulary import DeliveryFailure
from tocsin.roster.keeper import Turn
from tocsin.roster.roster import Person

"""Why a page is not even tried; each is a reason of a `failed` receipt."""


class Way(NamedTuple):
    """A way to the person: `name` tells it apart and shows no address. `after`: see `Reach`."""

    name: str
    sink: str
    address: str
    after: int


class Refused(NamedTuple):
    """No way is tried, for a reason from the closed list, in words."""

    reason: DeliveryFailure
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A page as it was planned when it was sent. Without a person or ways `refused` says why."""

    role: str
    roster: str | None
    person: Person | None = None
    until: Instant | None = None
    ways: tuple[Way, ...] = ()
    refused: Refused | None = None


def plan(role: str, turn: Turn, at: Instant, *, urgent: bool, sinks: Collection[str]) -> Plan:
    """The plan of a page to whoever carries `role`, which `turn` says.

    `urgent` is true for the most urgent priority, for which nobody has quiet hours; `sinks` are those that there are.
    """
    person = turn.person
    if person is None:
        return Plan(role=role, roster=turn.roster, refused=Refused(DeliveryFailure.NOBODY_ON_DUTY, turn.why))
    if person.rests(at) and not urgent:
        detail = f"{person.key} has quiet hours where it is {person.zone}, at {show(at)}"
        return Plan(role=role, roster=turn.roster, person=person, refused=Refused(DeliveryFailure.QUIET_HOURS, detail))
    ways = ways_of(person, sinks)
    refused = None if ways else Refused(DeliveryFailure.NO_WAY, f"{person.key} is reached by no sink that there is")
    return Plan(role=role, roster=turn.roster, person=person, until=turn.until, ways=ways, refused=refused)


def ways_of(person: Person, sinks: Collection[str]) -> tuple[Way, ...]:
    """The ways to `person` by `sinks`, in their order; each once."""
    found = (Way(way_name(each.via, each.to), each.via, each.to, each.after) for each in person.reach)
    return tuple({way.name: way for way in reversed([*found]) if way.sink in sinks}.values())[::-1]


def way_name(sink: str, address: str) -> str:
    """The name of the way to `address` by `sink`. It shows no address, and is the same wherever it is made."""
    return f"{sink}/{sha256(address.encode()).hexdigest()[:12]}"
