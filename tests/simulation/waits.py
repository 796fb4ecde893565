"""The second oracle on waits: worked out again from the facts of a ticket, in the order in which they were told.

For tickets that a mail opened and that nothing but their own story happens to.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from tests.simulation.facts import Fact, Told

from tocsin.domain.instant import parse

_FOR_CUSTOMER = ("waiting_for_customer", "Waiting for customer")
_FOR_OTHERS = ("waiting_for_third_party",)
_STATUS = "tocsin.status.requested"
_MOVES = ("resolve", "close", "reopen", "merge", "split", "readopt", "move")


class Wait(NamedTuple):
    """A wait from `start` to `end`; None: it lasts."""

    start: int
    end: int | None


def waits(told: Told) -> dict[str, list[Wait]]:
    """The waits of each ticket that can be judged, by its id."""
    found: dict[str, list[Wait]] = {}
    for opening in told.facts:
        if opening.type != "tocsin.email.received" or opening.data.get("in_reply_to"):
            continue
        namespace = uuid5(NAMESPACE_URL, "https://tocsin.example/")
        ticket = str(uuid5(namespace, f'["{opening.tenant}", "{opening.source}", "{opening.id}"]'))
        about = [fact for fact in told.facts if fact.tenant == opening.tenant and _concerns(fact, ticket, opening)]
        if ticket not in found and _is_plain(opening, about):
            found[ticket] = _waits(about, told.end)
    return found


def _concerns(fact: Fact, ticket: str, opening: Fact) -> bool:
    """Whether it names the ticket or its thread; a request for the status may go without a name."""
    named = ticket in (fact.data.get(name) for name in ("ticket", "other", "into"))
    in_thread = fact.data.get("in_reply_to") == opening.data["message_id"]
    return named or in_thread or (fact.type == _STATUS and fact.data["contact"] == opening.data["from"])


def _is_plain(opening: Fact, about: Sequence[Fact]) -> bool:
    """Whether nothing else happens to it. A request for the status names no ticket: it may be about any of theirs."""
    return all(
        fact.number > opening.number
        and not fact.type.endswith(_MOVES)
        and fact.data.get("purpose") != "resolution"
        and fact.type != _STATUS
        for fact in about
    )


class _Hold:
    """A hold as it was told, and when it has ended by what is known."""

    def __init__(self, fact: Fact) -> None:
        self.start = fact.at
        self.for_customer = fact.data["reason"] in _FOR_CUSTOMER
        self.until = parse(fact.data["until"]) if fact.data.get("until") else None
        self.end: int | None = None

    def ends(self, at: int) -> None:
        """It ended at that time, unless it had ended before."""
        if self.end is None or at < self.end:
            self.end = at

    def look_at(self, now: int, contacts: Sequence[int]) -> None:
        """Let it end by what is known at `now`: its date is over, or the client has turned to us."""
        if self.until is not None and self.until < now and self.end is None:
            self.ends(self.until)
        for at in contacts if self.for_customer else ():
            if at > self.start:
                self.ends(at)


def _waits(about: Sequence[Fact], end: int) -> list[Wait]:
    holds: list[_Hold] = []
    contacts: list[int] = []
    for fact in about:
        for hold in holds:
            hold.look_at(fact.known, contacts)
        held = holds[-1] if holds and holds[-1].end is None else None
        if fact.type == "tocsin.email.received":
            contacts.append(fact.at)
        elif fact.type == "tocsin.desk.resume" and held:
            held.ends(max(fact.at, held.start))
        elif fact.type == "tocsin.desk.hold" and not held and fact.data["reason"] in (*_FOR_CUSTOMER, *_FOR_OTHERS):
            hold = _Hold(fact)
            if hold.until is None or hold.until > hold.start:
                holds.append(hold)
        for hold in holds:
            hold.look_at(fact.known, contacts)
    for hold in holds:
        hold.look_at(end, contacts)
    return [Wait(hold.start, hold.end) for hold in holds]
