"""The tenants that a mail concerns: most often one, but a mail may go to the mailboxes or people of several."""

from collections.abc import Iterable

from msgspec.structs import replace

from tocsin.domain.commands.inbound import EmailSent
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.known_tenants import TenantKey, Tenants
from tocsin.messages.mail.delivery import DeliveryReport
from tocsin.messages.persons import tenants_named, ticket_number


def by_received(
    arrival: Arrival, sender: str, recipients: Iterable[str], failed: Iterable[str] = ()
) -> tuple[str, ...]:
    """The tenants whose mailboxes a mail to us went to, or else its sender's; none where it fits nobody.

    That of a report about people whom our mail did not reach, the `failed` ones, is theirs before it is its sender's.
    """
    mailboxes = [TenantKey(mailbox=address) for address in recipients]
    people = [TenantKey(mail_address=address) for address in failed]
    return (
        arrival.tenants_of_contact(*mailboxes)
        or arrival.tenants_of_contact(*people)
        or arrival.tenants_of_contact(TenantKey(mail_address=sender))
    )


def by_report(arrival: Arrival, sender: str, recipients: Iterable[str], report: DeliveryReport) -> tuple[str, ...]:
    """The same for a report that returns our mail: where nobody else tells it, that mail does."""
    return (
        by_received(arrival, "", recipients, report.concerned)
        or _named(arrival, report.subject)
        or by_received(arrival, sender, (), report.recipients)
    )


def by_sent(
    arrival: Arrival, sender: str, recipients: Iterable[str], subject: str, *, replies: bool
) -> tuple[str, ...]:
    """The tenant of the mailbox that our mail came from, and those whose people it goes to.

    Where its subject names tickets of some of these, it is for them alone, unless it `replies` to another mail: whose
    thread that is, only the log knows. One that goes to nobody who is known is for those whose tickets it names.
    """
    people = [TenantKey(mail_address=address) for address in recipients]
    tenants = arrival.tenants_of_contact(TenantKey(mailbox=sender), *people)
    named = tuple(tenant for tenant in tenants if ticket_number(subject, tenant))
    if not tenants:
        return _named(arrival, subject)
    return tenants if replies or not named else named


def _named(arrival: Arrival, subject: str) -> tuple[str, ...]:
    """The tenants whose tickets a mail of ours names."""
    found = (arrival.tenants.tenant_named(name) for name in tenants_named(subject))
    return tuple(dict.fromkeys(tenant for tenant in found if tenant is not None))


def for_each(accepted: Accepted) -> tuple[Accepted, ...]:
    """The message for each tenant that it concerns. A mail of ours says where only another one's ticket is named."""
    if not accepted.also:
        return (accepted,)  # nearly always
    every = (accepted, *accepted.also)
    sent = [one.body for one in every if isinstance(one.body, EmailSent)]
    if len(sent) < 2 or not any(mail.ticket for mail in sent):  # noqa: PLR2004 - to nobody else
        return every
    return tuple(
        replace(one, body=replace(mail, named_elsewhere=mail.ticket is None))
        for one, mail in zip(every, sent, strict=True)
    )


def is_staff(tenants: Tenants, address: str) -> bool:
    """True if the address is one of ours and a tenant's as well: a person's, no mailbox."""
    is_ours = tenants.is_ours(address) and not tenants.is_our_mailbox(address)
    return is_ours and tenants.tenant_of(mail_address=address) is not None


def to_others(mail: EmailSent, tenants: Tenants) -> EmailSent:
    """`mail` without our own addresses among its recipients, if there are others: to us it answers nothing."""
    others = tuple(it for it in mail.recipients if not tenants.is_ours(it) or is_staff(tenants, it))
    return replace(mail, recipients=others) if others else mail
