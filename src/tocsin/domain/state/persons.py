"""Persons who ring: the key under which a callback is owed to one of them.

It is the number; where several people ring from one number, number and name. Who withholds the number is known by
the name, and without one by nothing but the call.
"""

from collections.abc import Sequence

from tocsin.domain.commands.inbound import Contact

WITHHELD = "withheld"
"""The number of a caller who shows none: nobody that could be known again."""

_BETWEEN = " / "


def normal(name: str | None) -> str:
    """`name` as names are compared; empty where none is given."""
    return " ".join((name or "").casefold().split())


def parts(person: str) -> tuple[str, str]:
    """The number of a person and the name that is given there, empty if none is."""
    place, _, name = person.partition(_BETWEEN)
    return place, name


def at(place: str, name: str) -> str:
    """The person of that name at that number."""
    return f"{place}{_BETWEEN}{name}" if name else place


def caller_of_call(call: str) -> str:
    """Who made that call: all that is known of who gives neither number nor name, or of a call that is yet to come."""
    return f"call {call}"


def is_withheld(person: str) -> bool:
    """True for a person who is known by no number."""
    return parts(person)[0] == WITHHELD or person.startswith(caller_of_call(""))


def number_of(person: str) -> str:
    """The number from which that person rang."""
    return WITHHELD if is_withheld(person) else parts(person)[0]


def owners(contacts: Sequence[Contact], number: str) -> list[Contact]:
    """The contacts who have that number or address."""
    return [contact for contact in contacts if number in contact.phones or number in contact.emails]


def called(contacts: Sequence[Contact], name: str) -> Contact | None:
    """The contact of that name, if there is exactly one."""
    found = [contact for contact in contacts if name and normal(contact.name) == name]
    return found[0] if len(found) == 1 else None


def own(contacts: Sequence[Contact], contact: Contact) -> tuple[str, ...]:
    """The numbers and addresses that nobody has but that contact."""
    return tuple(each for each in (*contact.phones, *contact.emails) if len(owners(contacts, each)) == 1)


def key_of(contacts: Sequence[Contact], contact: Contact) -> str:
    """The person who that contact is, from whatever number of their own."""
    return next(iter(own(contacts, contact)), at(WITHHELD, normal(contact.name)))


def person_of(contacts: Sequence[Contact], number: str, given: str | None, call: str) -> str:
    """The person who made the call `call` from `number` and gave that name, or none.

    The only contact with a number is who rings from it, unless another contact gives their name.
    """
    name = normal(given)
    contact = called(contacts, name)
    if number == WITHHELD:
        return key_of(contacts, contact) if contact else at(WITHHELD, name) if name else caller_of_call(call)
    having = owners(contacts, number)
    if len(having) != 1:
        return at(number, name)
    place = key_of(contacts, having[0])
    return at(place, name) if contact and contact is not having[0] else place
