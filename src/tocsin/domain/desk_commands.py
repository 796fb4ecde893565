"""What analysts can ask for at the desk, as plain data: one class a verb."""

from dataclasses import dataclass

from tocsin.domain.vocabulary import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCommand:
    """What every desk verb has: the ticket (id or number) and who asks."""

    ticket: str
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(DeskCommand):
    """I have seen it and take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond(DeskCommand):
    """The client has our first answer, given outside calls and mails."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstablishActionPlan(DeskCommand):
    """The action plan stands: the tasks of both sides and an approximate timeframe."""

    note: str = ""
    timeframe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvideWorkaround(DeskCommand):
    """The client can work again until the solution comes."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(DeskCommand):
    """The problem is solved."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(DeskCommand):
    """Waiting for the customer; pauses only the objectives whose contract names the reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(DeskCommand):
    """The waiting is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassify(DeskCommand):
    """The ticket has another priority."""

    priority: Priority
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(DeskCommand):
    """The ticket belongs to this person now."""

    assignee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(DeskCommand):
    """The ticket has to do with another one of the same tenant."""

    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(DeskCommand):
    """Something worth keeping with the ticket."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(DeskCommand):
    """The ticket is over."""

    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(DeskCommand):
    """The ticket is not over."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAccessMissing(DeskCommand):
    """The client gives no remote access; without an `alternative` way nobody can be asked to resolve the problem."""

    alternative: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAccessRestored(DeskCommand):
    """The client gives remote access again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOut(DeskCommand):
    """The contract excludes this, for one of the reasons that it names."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeWork(DeskCommand):
    """Work for a fee that the client may agree to."""

    work: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAgreement(DeskCommand):
    """The client has agreed in writing to `work`, its terms and its rates."""

    work: str
    agreed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWork(DeskCommand):
    """Begin work that was proposed for a fee; only what was agreed may begin."""

    work: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipReplacement(DeskCommand):
    """The replacement for failed equipment is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDeletion(DeskCommand):
    """The personal data have been deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readopt(DeskCommand):
    """Move an open ticket to the contract that its tenant has now."""
