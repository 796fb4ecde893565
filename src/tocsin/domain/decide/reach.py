"""Decides whom a call reaches, of those who are owed callbacks.

It is for the person whom it names: by the call that it returns, by the ticket, or by the name. A call that names nobody
is for all who ring from that number.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tocsin.domain.commands.inbound import CallPlaced, CallReceived, Contact
from tocsin.domain.state.persons import WITHHELD, at, called, caller_of_call, is_withheld, key_of, normal, owners, parts
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.state.ticket import Mark
from tocsin.domain.vocabulary import Evidence


class Reach(NamedTuple):
    """Whom a call has reached."""

    number: str | None  # None for one that is withheld
    persons: tuple[str, ...]  # whom it names: their keys
    names: tuple[str, ...]  # of those who are reached wherever they rang from
    returns: str | None  # the call that it returns, if nobody is known who made it
    ticket: str | None  # the id of the one that it names
    by_us: bool

    @property
    def narrow(self) -> bool:
        """True if it is for those whom it names, and not for all at the number.

        We ring about a ticket to return what is owed there. Clients ring about any, and are whoever they are.
        """
        return bool(self.persons or self.returns or (self.ticket and self.by_us))


def by_answer(body: CallReceived, state: TenantState) -> Reach:
    """Whom a call of the client that we answered has reached."""
    contact = called(state.tenant.contacts, normal(body.contact))
    person = state.person_of(body)
    named = [person] if contact or parts(person)[1] else []
    return Reach(
        number=None if body.caller == WITHHELD else body.caller,
        persons=tuple(dict.fromkeys([*named, *([key_of(state.tenant.contacts, contact)] if contact else [])])),
        names=_names(contact, body.caller, state),
        returns=None,
        ticket=_id_of(body.ticket, state),
        by_us=False,
    )


def by_return(body: CallPlaced, state: TenantState) -> Reach:
    """Whom a call of ours that got through has reached. A name that it gives is that of whoever rang and gave it."""
    name = normal(body.contact)
    contact = called(state.tenant.contacts, name)
    returned = state.caller_of(body.returns) if body.returns else None
    persons = list(filter(None, (returned,)))
    if name:
        persons += [
            state.person_at(body.callee, name),
            key_of(state.tenant.contacts, contact) if contact else at(WITHHELD, name),
        ]
    names = _names(contact, body.callee, state)
    return Reach(
        number=None if body.callee == WITHHELD else body.callee,
        persons=tuple(dict.fromkeys(persons)),
        names=names if contact or not name else (*names, name),
        returns=body.returns if returned is None else None,
        ticket=_id_of(body.ticket, state),
        by_us=True,
    )


def _id_of(name: str | None, state: TenantState) -> str | None:
    ticket = state.named(name)
    return ticket.id if ticket else None


def _names(contact: Contact | None, number: str, state: TenantState) -> tuple[str, ...]:
    """The name of the contact who was reached: the one who is named, else the only one with that number."""
    known = [contact] if contact else owners(state.tenant.contacts, number)
    return (normal(known[0].name),) if len(known) == 1 else ()


def given_by(reach: Reach, state: TenantState) -> list[str]:
    """The persons to whom `reach` gives what they are owed."""
    return list(dict.fromkeys(_given_by(reach, state)))


def _given_by(reach: Reach, state: TenantState) -> Iterator[str]:
    for person in reach.persons:
        yield from _keys(person, state)
    for number in _keys(reach.number, state) if reach.number else ():
        yield number
        for person in state.persons_at(number):
            if not reach.narrow or any(home.id == reach.ticket for home in state.kept_for(person)):
                yield person
    for name in reach.names:
        yield from state.persons_named(name)
    ticket = state.tickets.get(reach.ticket or "")
    for mark in ticket.marks if ticket else ():
        if mark.kind == Evidence.CALLBACK_OWED and is_withheld(mark.what):
            yield mark.what


def _keys(person: str, state: TenantState) -> tuple[str, ...]:
    """All keys of `person`: a contact has several numbers."""
    return (person,) if parts(person)[1] else state.aliases(person)


def remembered_for(reach: Reach, state: TenantState) -> dict[str, bool]:
    """The persons under whom a call that has reached them is remembered; True: it is for nobody else at the number."""
    remembered: dict[str, bool] = {}
    for person in filter(None, (*reach.persons, reach.number)):
        keys = _keys(person, state)
        for key in keys:
            if key in {person, keys[0]} or state.kept_for(key):
                remembered[key] = reach.narrow and parts(key)[1] not in reach.names
    if reach.returns:
        remembered[caller_of_call(reach.returns)] = True
    return remembered


def about(reach: Reach, key: str, state: TenantState) -> str | None:
    """The ticket about which all at the number `key` were reached: where we rang, and not where a person rings from."""
    rung = _keys(reach.number, state) if reach.number else ()
    return reach.ticket if key in rung else None


def returns_to(person: str, ticket: str | None, state: TenantState) -> list[Mark]:
    """The calls that have reached `person`, who rings about the ticket of that id; sorted."""
    place, name = parts(person)
    found = {*state.caller(person).returns}
    if name:
        contact = called(state.tenant.contacts, name)
        found.update(state.caller(key_of(state.tenant.contacts, contact)).returns if contact else ())
        found.update(state.caller(at(WITHHELD, name)).returns_to_others(None))
        found.update(state.caller(place).returns_to_others(ticket) if place != WITHHELD else ())
    return sorted({mark._replace(what=person) for mark in found})
