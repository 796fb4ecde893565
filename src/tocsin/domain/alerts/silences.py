"""What silences keep from paging systems, and what these are told when one begins or ends.

Silences are about pages, never about clocks: a ticket and its promises know nothing of them.
"""

from collections.abc import Collection, Iterator

from msgspec import UNSET

from tocsin.domain.alerts.alert import About, AlertEvent, Identity, clause_of_detections, tenant_alert, ticket_alert
from tocsin.domain.alerts.listeners import Listener, Voice
from tocsin.domain.decide.silences import SILENCEABLE
from tocsin.domain.events.silence import AlertSilenced, IncidentSilenced, IncidentUnsilenced, SilenceEvent
from tocsin.domain.instant import Instant
from tocsin.domain.state.acknowledgements import covered
from tocsin.domain.state.tenant import TenantState
from tocsin.domain.vocabulary import AlertKind, PagingAction

_ABOUT_SILENCES = (AlertKind.SILENCED, AlertKind.UNSILENCED)


def held_back(alert: AlertEvent, before: Collection[str], to: Listener) -> AlertSilenced | None:
    """The event that `alert` is not published; None where it is. `before` has the incidents that were open before it.

    While an incident is hidden nothing is told of it. What opens one, or tells more of one, is held back where a
    silence covers it. What was never told has no end that is told.
    """
    data = alert.data
    if data.kind in _ABOUT_SILENCES:
        return None
    name = data.dedup_key.removeprefix(to.begins)
    opens = data.action is PagingAction.TRIGGER and name not in before
    silence = None if opens else _hiding(name, data.action, to)
    if silence is None and data.action in (PagingAction.TRIGGER, PagingAction.NONE) and data.kind in SILENCEABLE:
        silence = to.silence(name, _voice(alert))
    if silence is None:
        return None
    return AlertSilenced(
        silence=silence, kind=data.kind, incident=name, action=data.action, opens=opens, role=data.role
    )


def _hiding(incident: str, action: PagingAction, to: Listener) -> str | None:
    """The silence that hides an incident, or has hidden it for as long as it was open."""
    if to.quiet is UNSET:
        return None
    known = to.quiet.of(incident)
    if known is not None and known.hidden:
        return known.silence
    never_told = (each.silence for each in to.quiet.unheard if each.incident == incident)
    return next(never_told, None) if action is PagingAction.NONE else None


def _voice(alert: AlertEvent) -> Voice:
    return Voice(alert.data.kind, alert.data.objective, alert.data.role, alert.data.tier)


def settled(to: Listener) -> list[IncidentSilenced | IncidentUnsilenced]:
    """The events by which what paging systems know agrees with the silences in force.

    An incident is hidden while silences cover all that is told of it. One that is not, or no longer, is told as it
    stands where something of it was held back.
    """
    found = (_settled(name, to) for name in to.still_open())
    return [event for event in found if event is not None]


def _settled(incident: str, to: Listener) -> IncidentSilenced | IncidentUnsilenced | None:
    voices = to.voices(incident)
    by = [to.silence(incident, voice) for voice in voices]
    told = [voice for voice, silence in zip(voices, by, strict=True) if silence is None]
    known = None if to.quiet is UNSET else to.quiet.of(incident)
    if not told:
        hidden = known is not None and known.hidden
        return None if hidden else IncidentSilenced(silence=by[0] or "", incident=incident, present=voices[0].kind)
    if known is None or not (known.hidden or not any(by)):
        return None
    present, last = told[0], told[-1]
    return IncidentUnsilenced(
        silence=known.silence, incident=incident, present=present.kind, role=last.role, tier=last.tier
    )


def silence_alerts(event: SilenceEvent, about: About) -> Iterator[AlertEvent]:
    """The alerts that an event about a silence raises, which has been applied to the ticket."""
    if not isinstance(event, IncidentSilenced | IncidentUnsilenced):
        return
    ticket = about.ticket
    topic, _, cycle = event.incident.rpartition("/")
    identity = Identity(topic, int(cycle), repetition=0 if ticket.quiet is UNSET else ticket.quiet.changes)
    clock = next((each for each in ticket.clocks if each.incident == event.incident), None)
    if isinstance(event, IncidentSilenced):
        alert = ticket_alert(about, AlertKind.SILENCED, identity, action=PagingAction.RESOLVE, clock=clock)
        yield alert.of_silence(event.silence, event.present)
        return
    detected = topic == "detection"
    alert = ticket_alert(
        about,
        AlertKind.UNSILENCED,
        identity,
        clock=clock,
        tier=event.tier,
        role=event.role,
        clause=clause_of_detections(about) if detected else "",
        response=ticket.response if detected else None,
    )
    yield alert.of_silence(event.silence, event.present)
    if event.incident in covered(ticket):  # somebody has taken it meanwhile
        taken = identity._replace(step=-1)
        yield ticket_alert(about, AlertKind.ACKNOWLEDGED, taken, action=PagingAction.ACKNOWLEDGE, clock=clock)


def tenant_silence_alert(
    event: IncidentSilenced | IncidentUnsilenced, state: TenantState, offsets: tuple[int, ...], at: Instant
) -> AlertEvent:
    """The same of an event of the tenant as a whole."""
    begins = isinstance(event, IncidentSilenced)
    alert = tenant_alert(
        state,
        AlertKind.SILENCED if begins else AlertKind.UNSILENCED,
        event.incident,
        action=PagingAction.RESOLVE if begins else PagingAction.TRIGGER,
        clause="",
        offsets=offsets,
        at=at,
    )
    return alert.of_silence(event.silence, event.present)
