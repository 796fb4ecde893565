"""What analysts can ask for at the desk, as plain data: one class a verb."""

from tocsin.domain.fact import fact
from tocsin.domain.vocabulary import Priority


@fact
class DeskCommand:
    """What every desk verb has: the ticket (id or number) and who asks."""

    ticket: str
    analyst: str


@fact
class Acknowledge(DeskCommand):
    """I have seen it and take it."""


@fact
class Respond(DeskCommand):
    """The client has our first answer, given outside calls and mails."""

    note: str = ""


@fact
class EstablishActionPlan(DeskCommand):
    """The action plan stands: the tasks of both sides and an approximate timeframe."""

    note: str = ""
    timeframe: str = ""


@fact
class ProvideWorkaround(DeskCommand):
    """The client can work again until the solution comes."""

    note: str = ""


@fact
class Resolve(DeskCommand):
    """The problem is solved."""

    note: str = ""


@fact
class Hold(DeskCommand):
    """Waiting for the customer; pauses only the objectives whose contract names the reason."""

    reason: str


@fact
class Resume(DeskCommand):
    """The waiting is over."""


@fact
class Reclassify(DeskCommand):
    """The ticket has another priority."""

    priority: Priority
    reason: str = ""


@fact
class Assign(DeskCommand):
    """The ticket belongs to this person now."""

    assignee: str


@fact
class Link(DeskCommand):
    """The ticket has to do with another one of the same tenant."""

    other: str


@fact
class AddNote(DeskCommand):
    """Something worth keeping with the ticket."""

    note: str


@fact
class Close(DeskCommand):
    """The ticket is over."""

    note: str = ""


@fact
class Reopen(DeskCommand):
    """The ticket is not over."""

    reason: str = ""


@fact
class ReportAccessMissing(DeskCommand):
    """The client gives no remote access; without an `alternative` way nobody can be asked to resolve the problem."""

    alternative: bool = True


@fact
class ReportAccessRestored(DeskCommand):
    """The client gives remote access again."""


@fact
class RuleOut(DeskCommand):
    """The contract excludes this, for one of the reasons that it names."""

    reason: str


@fact
class ProposeWork(DeskCommand):
    """Work for a fee that the client may agree to."""

    work: str


@fact
class RecordAgreement(DeskCommand):
    """The client has agreed in writing to `work`, its terms and its rates."""

    work: str
    agreed_by: str


@fact
class StartWork(DeskCommand):
    """Begin work that was proposed for a fee; only what was agreed may begin."""

    work: str


@fact
class ShipReplacement(DeskCommand):
    """The replacement for failed equipment is on its way."""


@fact
class ConfirmDeletion(DeskCommand):
    """The personal data have been deleted."""


@fact
class Readopt(DeskCommand):
    """Move an open ticket to the contract that its tenant has now."""


WorkReport = Respond | EstablishActionPlan | ProvideWorkaround | Resolve | ShipReplacement | ConfirmDeletion
"""Verbs that report work on a ticket."""

Waiting = Hold | Resume | ReportAccessMissing | ReportAccessRestored
"""Verbs that begin or end a wait for the client."""

TicketChange = Acknowledge | Assign | Reclassify | Link | AddNote | Close | Reopen
"""Verbs that change the ticket itself."""

ContractVerb = RuleOut | ProposeWork | RecordAgreement | StartWork | Readopt
"""Verbs that apply a rule of the contract."""

DeskVerb = WorkReport | Waiting | TicketChange | ContractVerb
"""All verbs. One that is added to a group has no arm in `tocsin.domain.decide.desk` yet: the type checker says so."""
