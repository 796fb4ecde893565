"""The commands of analysts at the desk, as plain data: one class for each verb."""

from typing import Annotated

from tocsin.domain.commands.base import BaseDeskCommand
from tocsin.domain.commands.fields import FreeText, Help, Identifier, Line, Note, Work
from tocsin.domain.commands.milestones import Milestones


class Acknowledge(BaseDeskCommand):
    """I have seen it and take it. Stops the escalation of the incidents that are open, until it expires; no clock."""

    TYPE = "tocsin.desk.acknowledge"
    NAME = "Acknowledge"


class Unacknowledge(BaseDeskCommand):
    """I give it back: escalation goes on. Ends what this analyst has taken, or else what others have."""

    TYPE = "tocsin.desk.unacknowledge"
    NAME = "Unacknowledge"


class Respond(BaseDeskCommand):
    """The client has our first answer, given outside calls and mails."""

    TYPE = "tocsin.desk.respond"
    NAME = "Respond"
    note: Note = ""


class EstablishActionPlan(BaseDeskCommand):
    """The action plan stands: the tasks of both sides and an approximate timeframe."""

    TYPE = "tocsin.desk.action_plan"
    NAME = "EstablishActionPlan"
    note: Note = ""
    timeframe: Annotated[FreeText, Help("About how long it will take.")] = ""


class ProvideWorkaround(BaseDeskCommand):
    """The client can work again until the solution comes."""

    TYPE = "tocsin.desk.workaround"
    NAME = "ProvideWorkaround"
    note: Note = ""


class Resolve(BaseDeskCommand):
    """The problem is solved."""

    TYPE = "tocsin.desk.resolve"
    NAME = "Resolve"
    note: Note = ""


class Hold(BaseDeskCommand):
    """Waiting for the customer. Pauses only the objectives whose contract names the reason."""

    TYPE = "tocsin.desk.hold"
    NAME = "Hold"
    reason: Annotated[Identifier, Help("Why, as the contract names it. It pauses only the clocks whose rule names it.")]
    until: Annotated[Line, Help("The date, or the time with its offset, at which it ends by itself.")] = ""


class Resume(BaseDeskCommand):
    """The waiting is over."""

    TYPE = "tocsin.desk.resume"
    NAME = "Resume"


class Reclassify(BaseDeskCommand):
    """The ticket has this priority. The same once more answers a claim of the client that it should be another."""

    TYPE = "tocsin.desk.reclassify"
    NAME = "Reclassify"
    priority: Annotated[Identifier, Help("The new priority, as the contract names it.")]
    reason: Annotated[FreeText, Help("Why.")] = ""


class Assign(BaseDeskCommand):
    """The ticket belongs to this person now."""

    TYPE = "tocsin.desk.assign"
    NAME = "Assign"
    assignee: Annotated[Identifier, Help("Who is to work on it.")]


class HandOver(BaseDeskCommand):
    """The ticket is with another team now."""

    TYPE = "tocsin.desk.hand_over"
    NAME = "HandOver"
    team: Annotated[Identifier, Help("The team, as the contract names it, or by a name of your own.", argument=True)]
    note: Note = ""


class Link(BaseDeskCommand):
    """The ticket has to do with another one of the same tenant."""

    TYPE = "tocsin.desk.link"
    NAME = "Link"
    other: Annotated[Identifier, Help("The other ticket, by id or number.")]


class AddNote(BaseDeskCommand):
    """Something worth keeping with the ticket."""

    TYPE = "tocsin.desk.note"
    NAME = "AddNote"
    note: Note


class Close(BaseDeskCommand):
    """The ticket is over."""

    TYPE = "tocsin.desk.close"
    NAME = "Close"
    note: Note = ""


class Reopen(BaseDeskCommand):
    """The ticket is not over."""

    TYPE = "tocsin.desk.reopen"
    NAME = "Reopen"
    reason: Annotated[FreeText, Help("Why.")] = ""


class Readopt(BaseDeskCommand):
    """Move an open ticket to the contract that its tenant has now."""

    TYPE = "tocsin.desk.readopt"
    NAME = "Readopt"
    mistaken: Annotated[
        bool,
        Help(
            "The contract that it is under was adopted by mistake: judge what was judged by it anew, from the start. A "
            "closed ticket may be moved so, too."
        ),
    ] = False


class RuleOut(BaseDeskCommand):
    """The contract excludes this, for one of the reasons that it names."""

    TYPE = "tocsin.desk.rule_out"
    NAME = "RuleOut"
    reason: Annotated[Identifier, Help("The exclusion, as the contract names it.")]


class NameServer(BaseDeskCommand):
    """The ticket is about this server of the client, and is judged by the plan of that server."""

    TYPE = "tocsin.desk.name_server"
    NAME = "NameServer"
    server: Annotated[Identifier, Help("The server, as the tenants file names it.")]


class ProposeWork(BaseDeskCommand):
    """Work for a fee that the client may agree to."""

    TYPE = "tocsin.desk.propose_work"
    NAME = "ProposeWork"
    work: Work


class StartWork(BaseDeskCommand):
    """Begin work that was proposed for a fee; only what was agreed may begin."""

    TYPE = "tocsin.desk.start_work"
    NAME = "StartWork"
    work: Work


class ShipReplacement(BaseDeskCommand):
    """The replacement for failed equipment is on its way."""

    TYPE = "tocsin.desk.ship_replacement"
    NAME = "ShipReplacement"


class ConfirmDeletion(BaseDeskCommand):
    """The personal data have been deleted."""

    TYPE = "tocsin.desk.confirm_deletion"
    NAME = "ConfirmDeletion"


class RecordAgreement(BaseDeskCommand):
    """The client has agreed in writing to the work, its terms and its rates."""

    TYPE = "tocsin.agreement.given"
    NAME = "RecordAgreement"
    work: Work
    agreed_by: Annotated[Line, Help("Who agreed, on the client's side.")]


class ReportAccessMissing(BaseDeskCommand):
    """The client gives no remote access; without an alternative way nobody can be asked to resolve the problem."""

    TYPE = "tocsin.access.missing"
    NAME = "ReportAccessMissing"
    alternative: bool = True


class ReportAccessRestored(BaseDeskCommand):
    """The client gives remote access again."""

    TYPE = "tocsin.access.restored"
    NAME = "ReportAccessRestored"


class Merge(BaseDeskCommand):
    """The ticket is about the same matter as another one of its tenant, which takes in all that belongs to it."""

    TYPE = "tocsin.desk.merge"
    NAME = "Merge"
    into: Annotated[Identifier, Help("The ticket that stays, by id or number.")]


class Split(BaseDeskCommand):
    """One call, mail or request on the ticket is another matter: it becomes a ticket of its own."""

    TYPE = "tocsin.desk.split"
    NAME = "Split"
    contact: Annotated[Identifier, Help("The contact, as `tocsin ticket show` names it: by id or by its place.")]


class SetTlp(BaseDeskCommand):
    """The ticket may be shared as this marking of the Traffic Light Protocol says. It may be milder than before."""

    TYPE = "tocsin.desk.tlp"
    NAME = "SetTlp"
    tlp: Annotated[Identifier, Help("The marking: clear, green, amber, amber+strict or red.", argument=True)]
    reason: Annotated[FreeText, Help("Why.")] = ""


WorkReport = Respond | EstablishActionPlan | ProvideWorkaround | Resolve | ShipReplacement | ConfirmDeletion
"""Verbs that report work on a ticket."""

Waiting = Hold | Resume | ReportAccessMissing | ReportAccessRestored
"""Verbs that begin or end a wait for the client."""

TicketChange = Acknowledge | Unacknowledge | Assign | HandOver | Reclassify | SetTlp | Link | AddNote | Close | Reopen
"""Verbs that change the ticket itself."""

ContractVerb = RuleOut | NameServer | ProposeWork | RecordAgreement | StartWork | Readopt
"""Verbs that apply a rule of the contract."""


class Move(BaseDeskCommand):
    """The ticket is another tenant's: its inputs have been published again for that one, and it ends here."""

    TYPE = "tocsin.desk.move"
    NAME = "Move"
    to: Annotated[Identifier, Help("The tenant whose ticket it is.")]


TicketVerb = WorkReport | Milestones | Waiting | TicketChange | ContractVerb
"""Verbs that are about one ticket."""

Rearrangement = Merge | Split | Move
"""Verbs that move what belongs to one ticket to another one."""

DeskCommand = TicketVerb | Rearrangement
"""All verbs. One that is added to a group has no arm in `tocsin.domain.decide.desk` yet: the type checker says so."""
