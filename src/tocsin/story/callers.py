"""The person who waits for a callback, as people name them."""

from collections.abc import Sequence
from typing import NamedTuple

from tocsin.domain.commands.inbound import Contact
from tocsin.domain.state.persons import number_of, owners, parts
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.domain.vocabulary import Evidence, Objective


class Caller(NamedTuple):
    """A person who has rung. The name is empty where nobody gave one."""

    name: str
    number: str


def caller_of(ticket: Ticket, clock: Clock, contacts: Sequence[Contact]) -> Caller | None:
    """Who is to be called back by `clock`; None where that is not known, or it promises no callback.

    The name is that of the only contact who has the number, or else the one that was given.
    """
    if clock.objective != Objective.CALLBACK:
        return None
    owed = {mark.offset: mark.what for mark in ticket.marks if mark.kind == Evidence.CALLBACK_OWED}
    who = owed.get(clock.anchor) or next((owed[it] for it in clock.offsets if it in owed), None)
    if who is None:
        return None
    place, name = parts(who)
    having = owners(contacts, place)
    known = having[0].name if len(having) == 1 else ""
    return Caller(name or known, number_of(who))
