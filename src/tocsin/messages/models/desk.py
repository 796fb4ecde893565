"""`soc.desk`: what analysts, the portal and the command line say. An unknown field is refused: it is a slip."""

from pydantic import ConfigDict, Field

from tocsin.domain.commands import desk as desk_commands
from tocsin.messages.models.base import Data, FreeText, Identifier, Line


class DeskData(Data):
    """What every verb has."""

    model_config = ConfigDict(extra="forbid")

    ticket: Identifier = Field(description="The ticket's id or number.")
    analyst: Identifier = Field(description="Who says it.")


class Acknowledge(DeskData):
    """I have seen it and take it. Stops repeats and further steps until it expires, never a clock."""

    makes = desk_commands.Acknowledge


class Respond(DeskData):
    """The client has our first answer, given outside calls and mails."""

    makes = desk_commands.Respond
    note: FreeText = ""


class EstablishActionPlan(DeskData):
    """The action plan stands: the tasks of both sides and an approximate timeframe."""

    makes = desk_commands.EstablishActionPlan
    note: FreeText = ""
    timeframe: FreeText = ""


class ProvideWorkaround(DeskData):
    """The client can work again until the solution comes."""

    makes = desk_commands.ProvideWorkaround
    note: FreeText = ""


class Resolve(DeskData):
    """The problem is solved."""

    makes = desk_commands.Resolve
    note: FreeText = ""


class Hold(DeskData):
    """Waiting for the customer. Pauses only the objectives whose contract names the reason."""

    makes = desk_commands.Hold
    reason: Identifier


class Resume(DeskData):
    """The waiting is over."""

    makes = desk_commands.Resume


class Reclassify(DeskData):
    """The ticket has another priority."""

    makes = desk_commands.Reclassify
    priority: Identifier
    reason: FreeText = ""


class Assign(DeskData):
    """The ticket belongs to this person now."""

    makes = desk_commands.Assign
    assignee: Identifier


class Link(DeskData):
    """The ticket has to do with another one of the same tenant."""

    makes = desk_commands.Link
    other: Identifier


class AddNote(DeskData):
    """Something worth keeping with the ticket."""

    makes = desk_commands.AddNote
    note: FreeText


class Close(DeskData):
    """The ticket is over."""

    makes = desk_commands.Close
    note: FreeText = ""


class Reopen(DeskData):
    """The ticket is not over."""

    makes = desk_commands.Reopen
    reason: FreeText = ""


class Readopt(DeskData):
    """Move an open ticket to the contract that its tenant has now."""

    makes = desk_commands.Readopt


class RuleOut(DeskData):
    """The contract excludes this, for one of the reasons that it names."""

    makes = desk_commands.RuleOut
    reason: Identifier


class ProposeWork(DeskData):
    """Work for a fee that the client may agree to."""

    makes = desk_commands.ProposeWork
    work: Identifier


class RecordAgreement(DeskData):
    """The client has agreed in writing to the work, its terms and its rates."""

    makes = desk_commands.RecordAgreement
    work: Identifier
    agreed_by: Line = Field(description="Who agreed, on the client's side.")


class StartWork(DeskData):
    """Begin work that was proposed for a fee; only what was agreed may begin."""

    makes = desk_commands.StartWork
    work: Identifier


class ShipReplacement(DeskData):
    """The replacement for failed equipment is on its way."""

    makes = desk_commands.ShipReplacement


class ConfirmDeletion(DeskData):
    """The personal data have been deleted."""

    makes = desk_commands.ConfirmDeletion


class ReportAccessMissing(DeskData):
    """The client gives no remote access; without an alternative way nobody can be asked to resolve the problem."""

    makes = desk_commands.ReportAccessMissing
    alternative: bool = True


class ReportAccessRestored(DeskData):
    """The client gives remote access again."""

    makes = desk_commands.ReportAccessRestored
