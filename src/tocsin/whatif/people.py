"""Cases in which people would have behaved otherwise: what they did stands in the log all the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from tocsin.audit.journal import JournalEvent
from tocsin.domain.instant import Instant
from tocsin.whatif.pairs import AFTER, BEFORE, Change, Difference
from tocsin.whatif.told import Told

_DEEDS = frozenset(("TicketAcknowledged", "PageAnswered", "WorkDone", "OutboundNoted", "CallAttempted", "CallReturned"))
"""Events of the journal by which somebody of ours has taken a ticket, or has answered."""

_ENDS = frozenset(("TicketForgotten", "TicketMerged", "TicketMoved"))


class Case(StrEnum):
    """A kind of case in which people would have behaved otherwise."""

    EARLIER = "earlier"  # an alert comes earlier, or appears, before what people did: they might have answered earlier
    BECAUSE = (
        "because"  # an alert vanishes, or comes later, and what people did after it stands in the log all the same
    )
    REFUSED = "refused"  # what the desk did is refused under the other contract alone


class Deed(NamedTuple):
    """What somebody of ours did on a ticket."""

    at: Instant
    what: str


class Doubt(NamedTuple):
    """A case on a ticket: the first alert by which it is one, at both its times, and the first deed after it.

    That of a refused command has no alert, and its `deed` is the command.
    """

    case: Case
    tenant: str
    ticket: str | None  # None: the command named a ticket that is not known there
    number: str | None
    deed: Deed
    kind: str | None = None
    role: str | None = None
    before: Instant | None = None
    after: Instant | None = None


class _Refusal(NamedTuple):
    doubt: Doubt
    cause: tuple[str, tuple[int, ...]]


class People:
    """Takes the journals of both sides; `together` says that both have come equally far."""

    def __init__(self, differ_on: Callable[[str], bool]) -> None:
        self._differ_on = differ_on
        self._deeds: defaultdict[str, list[Deed]] = defaultdict(list)
        self._ended: list[str] = []
        self._refused: tuple[list[_Refusal], list[_Refusal]] = ([], [])
        self._doubts: list[Doubt] = []

    def take(self, side: int, event: JournalEvent) -> None:
        """Take the next event of a side."""
        if event.type == "CommandRejected":
            self._refused[side].append(_refusal(event))
        elif side == BEFORE and event.ticket and event.type in _DEEDS:
            self._deeds[event.ticket].append(Deed(event.happened_at, event.type))
        elif side == BEFORE and event.ticket and event.type in _ENDS:
            self._ended.append(event.ticket)

    def together(self) -> None:
        """Keep what is a case, and let go what cannot become one."""
        known = {it.cause for it in self._refused[BEFORE]}
        self._doubts += [it.doubt for it in self._refused[AFTER] if it.cause not in known]
        for refused in self._refused:
            refused.clear()
        for ticket in self._ended:
            if not self._differ_on(ticket):
                self._deeds.pop(ticket, None)
        self._ended.clear()

    def doubts(self, differences: Iterable[Difference]) -> Iterator[Doubt]:
        """The cases, of each kind the first of a ticket; `differences` in the order of time."""
        seen: set[tuple[Case, str, str | None]] = set()
        found = (self._doubt(each, side) for each in differences for side in (AFTER, BEFORE))
        for doubt in (*(it for it in found if it), *self._doubts):
            key = (doubt.case, doubt.tenant, doubt.ticket)
            if key not in seen:
                seen.add(key)
                yield doubt

    def _doubt(self, difference: Difference, side: int) -> Doubt | None:
        """The case of an alert that calls people on that side earlier than on the other, or only there."""
        alert, other = difference.before, difference.after
        if side == AFTER:
            alert, other = other, alert
        if alert is None or alert.ticket is None or not alert.calls or difference.change is Change.CHANGES:
            return None
        if other is not None and other.at < alert.at:
            return None
        deed = min((it for it in self._deeds.get(alert.ticket, ()) if it.at >= alert.at), default=None)
        return None if deed is None else _case(Case.EARLIER if side == AFTER else Case.BECAUSE, difference, alert, deed)


def _case(case: Case, difference: Difference, alert: Told, deed: Deed) -> Doubt:
    before, after = (it and it.at for it in (difference.before, difference.after))
    return Doubt(case, alert.tenant, alert.ticket, alert.number, deed, alert.kind, alert.role, before, after)


def _refusal(event: JournalEvent) -> _Refusal:
    deed = Deed(event.recorded_at, f"{event.data['command']}: {event.data['reason']}")
    return _Refusal(Doubt(Case.REFUSED, event.tenant, event.ticket, event.number, deed), (event.tenant, event.offsets))
