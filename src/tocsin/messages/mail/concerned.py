"""The tenants that a mail concerns: most often one, but a mail may go to the mailboxes or people of several."""

from collections.abc import Iterable

from tocsin.messages.arrival import Arrival, TenantKey
from tocsin.messages.persons import ticket_number


def by_received(arrival: Arrival, sender: str, recipients: Iterable[str]) -> tuple[str, ...]:
    """The tenants whose mailboxes a mail to us went to, or else its sender's; none where it fits nobody."""
    mailboxes = [TenantKey(mailbox=address) for address in recipients]
    return arrival.tenants_of_contact(*mailboxes) or arrival.tenants_of_contact(TenantKey(mail_address=sender))


def by_sent(arrival: Arrival, sender: str, recipients: Iterable[str], subject: str) -> tuple[str, ...]:
    """The tenant of the mailbox that our mail came from, or else those whose people it goes to.

    Where its subject names tickets of some of these, it is for them alone.
    """
    people = [TenantKey(mail_address=address) for address in recipients]
    tenants = arrival.tenants_of_contact(TenantKey(mailbox=sender)) or arrival.tenants_of_contact(*people)
    return tuple(tenant for tenant in tenants if ticket_number(subject, tenant)) or tenants
