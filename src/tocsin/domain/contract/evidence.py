"""Kinds of evidence: the facts that start and stop clocks, each with what follows from it.

The built-in kinds stand here. A contract declares its milestones, which are kinds of the same form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tocsin.domain.contract.rules import Citation
from tocsin.domain.vocabulary import Channel, Evidence, Purpose, Setter, Stage, as_word


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceKind:
    """A kind of fact about a ticket.

    `follows` names kinds each of which is one of this kind too. `set_by` are the means by which people and systems
    set a milestone; empty for a built-in kind, which has a `verb` of its own or none.
    """

    name: str
    text: str  # what has happened, for people
    channel: Channel | None = None  # of the contact with the client that this is
    begins: bool = False  # after a resolution it begins a new episode of the ticket
    stage: Stage | None = None  # to which it brings the ticket
    verb: str | None = None  # the type of the desk command that sets it
    purposes: tuple[str, ...] = ()  # of calls and mails of ours that set it
    set_by: tuple[Setter, ...] = ()
    follows: tuple[str, ...] = ()
    cites: Citation | None = None


def _contact(name: Evidence, channel: Channel, text: str) -> EvidenceKind:
    return EvidenceKind(name=name, text=text, channel=channel, begins=True)


def _work(name: Evidence, verb: str, text: str, *purposes: Purpose, stage: Stage | None = None) -> EvidenceKind:
    return EvidenceKind(name=name, text=text, verb=f"tocsin.desk.{verb}", purposes=purposes, stage=stage)


BUILT_IN = {
    kind.name: kind
    for kind in (
        EvidenceKind(name=Evidence.DETECTION, text="a sensor saw something", begins=True),
        EvidenceKind(name=Evidence.OCCURRED, text="what a sensor saw happened, by its own time", begins=True),
        _contact(Evidence.CALL_ANSWERED, Channel.PHONE, "the client rang and an analyst took the call"),
        _contact(Evidence.CALL_MISSED, Channel.PHONE, "the client rang and nobody took the call"),
        EvidenceKind(
            name=Evidence.CALLBACK_OWED, text="a missed call, on the one ticket that holds its caller's callback"
        ),
        EvidenceKind(name=Evidence.CALL_RETURNED, text="a caller has what a missed call is owed"),
        _contact(Evidence.EMAIL_RECEIVED, Channel.EMAIL, "the client wrote a mail"),
        _contact(Evidence.PORTAL_REQUEST, Channel.PORTAL, "the client asked in the portal or on the web"),
        EvidenceKind(name=Evidence.PRIORITY_RAISED, text="the priority rose"),
        EvidenceKind(name=Evidence.STATUS_REQUESTED, text="the client wants to know how things stand"),
        EvidenceKind(name=Evidence.EQUIPMENT_FAILED, text="equipment at the client's site has failed"),
        EvidenceKind(name=Evidence.DELETION_NOTICE, text="the client wants personal data to be deleted"),
        _work(
            Evidence.RESPONSE,
            "respond",
            "the client has our first answer",
            Purpose.CALLBACK,
            Purpose.RESPONSE,
            stage=Stage.RESPONDED,
        ),
        _work(
            Evidence.ACTION_PLAN,
            "action_plan",
            "the action plan stands",
            Purpose.ACTION_PLAN,
            stage=Stage.ACTION_PLAN,
        ),
        _work(
            Evidence.WORKAROUND,
            "workaround",
            "the client can work again",
            Purpose.WORKAROUND,
            stage=Stage.WORKAROUND,
        ),
        _work(
            Evidence.RESOLUTION,
            "resolve",
            "the problem is solved",
            Purpose.RESOLUTION,
            stage=Stage.RESOLVED,
        ),
        EvidenceKind(
            name=Evidence.STATUS_REPORT, text="the client knows how things stand", purposes=(Purpose.STATUS_REPORT,)
        ),
        _work(Evidence.REPLACEMENT_SHIPPED, "ship_replacement", "the replacement is on its way"),
        _work(Evidence.DATA_DELETED, "confirm_deletion", "the personal data have been deleted"),
        _work(Evidence.ASSIGNED, "assign", "the ticket belongs to a person"),
        _work(Evidence.ACKNOWLEDGED, "acknowledge", "the first analyst since the opening has taken the ticket"),
        EvidenceKind(
            name=Evidence.ACKNOWLEDGED_BY_ANOTHER,
            text="another analyst than that one has taken it, too",
        ),
        _work(Evidence.HANDED_OVER, "hand_over", "the ticket is with a team"),
        EvidenceKind(name=Evidence.HANDED_ON, text="it went to another team than those of the promise's `kinds`"),
        EvidenceKind(name=Evidence.REOPENED, text="an analyst reopened the ticket", begins=True),
        EvidenceKind(name=Evidence.HEALTH_REPORT, text="a server told of its health"),
    )
}
"""The built-in kinds of evidence by their names, which no milestone may have."""

CHANNEL_OF = {name: kind.channel for name, kind in BUILT_IN.items() if kind.channel}
"""The channel of each kind that is a contact with the client."""

BEGINNINGS = frozenset(name for name, kind in BUILT_IN.items() if kind.begins)
"""The kinds that begin a new episode of a resolved ticket."""

TAKINGS = (Evidence.ACKNOWLEDGED, Evidence.ACKNOWLEDGED_BY_ANOTHER)
"""The kinds by which analysts take a ticket, `what` being who."""

FIRST_MARKS = frozenset(BUILT_IN) - {Evidence.OCCURRED}
"""The kinds that can be the first of a ticket. Of the others somebody may say that they were before all of it."""

STAGE_OF = {name: kind.stage for name, kind in BUILT_IN.items() if kind.stage}
"""The stage that a piece of work brings a ticket to."""

SET_BY_VERB = {kind.verb: name for name, kind in BUILT_IN.items() if kind.verb}
"""The kind that each desk command sets, by its type."""

_BY_PURPOSE = {purpose: kind for kind in BUILT_IN.values() for purpose in kind.purposes}


def kind_of_purpose(purpose: str, setter: Setter, milestones: Iterable[EvidenceKind]) -> EvidenceKind | None:
    """The kind of evidence that a call or mail of that purpose is; None where the contract knows no such purpose."""
    word = as_word(purpose)
    built_in = _BY_PURPOSE.get(word)
    milestone = kind_named(purpose, milestones)
    return built_in or (milestone if milestone and setter in milestone.set_by else None)


def kind_named(text: str, kinds: Iterable[EvidenceKind]) -> EvidenceKind | None:
    """The one of `kinds` that `text` means, in any spelling; None for another."""
    meant = as_word(text)
    return next((kind for kind in kinds if as_word(kind.name) == meant), None)


def with_followers(names: Iterable[str], milestones: Mapping[str, EvidenceKind]) -> tuple[str, ...]:
    """`names` with all that they follow from, each once: a rule is about these kinds of marks."""
    found = dict.fromkeys(names)
    open_names = list(found)
    while open_names:
        kind = milestones.get(open_names.pop(0))
        new = [name for name in kind.follows if name not in found] if kind else []
        found |= dict.fromkeys(new)
        open_names += new
    return tuple(found)
