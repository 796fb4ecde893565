"""The pages of the board as views of the model."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tocsin.board.access import Viewer
from tocsin.board.acting.deeds import Deed
from tocsin.board.model import Alert, Model
from tocsin.board.months import months_of
from tocsin.board.promises import Promise, key_of, next_told
from tocsin.board.pulse import Pulse
from tocsin.board.text import words
from tocsin.board.view import Piece, View, pieces
from tocsin.board.wall import Choices, Filter, Lane, choices, wall
from tocsin.contracts.report.attainment import show_attainment
from tocsin.domain.instant import MINUTE, Instant
from tocsin.domain.state.ticket import Ticket
from tocsin.story.explain import explained

ALERTS_SHOWN = 12

_IN_WORDS = ("on hold", "came by", "severity", "risk", "sophistication")
"""The facts of a ticket that are words of a vocabulary. A host or an address is shown as it is written."""


class Asked(NamedTuple):
    """A wall that is asked for: by whom, what it shows, and the page of the lanes."""

    viewer: Viewer
    chosen: Filter
    page: int = 1


class Views:
    """Makes the views. Each wall is made once for all who look at it at the same time."""

    def __init__(self, model: Model, pulse: Pulse, rows: int) -> None:
        self._model = model
        self._pulse = pulse
        self._rows = rows
        self._made: dict[Asked, View] = {}

    @property
    def now(self) -> Instant:
        """The inbox's time."""
        return self._model.time.now()

    def forget(self) -> None:
        """Make each view anew when it is asked for next."""
        self._made.clear()

    def wall(self, asked: Asked) -> View:
        """The wall."""
        if asked not in self._made:
            self._made[asked] = self._wall(asked)
        return self._made[asked]

    def _wall(self, asked: Asked) -> View:
        now = self.now
        promises = self._visible(asked.viewer)
        told = wall(promises, asked.chosen, now, self._rows, asked.page)
        counts = tuple((state, told.counts[state]) for state in told.counts)
        callbacks, others = (_keys(lane) for lane in (told.callbacks, told.promises))
        return View(
            now,
            {
                "banner": Piece("banner", (self._pulse.vitals(),)),
                "counts": Piece("counts", (counts,)),
                "callbacks-rest": _rest("callbacks", told.callbacks, asked),
                "promises-rest": _rest("promises", told.promises, asked),
                **pieces("callback", ((it.key, (it, it.state(now))) for it in told.callbacks.shown)),
                **pieces("promise", ((it.key, (it, it.state(now))) for it in told.promises.shown)),
            },
            {"callbacks": callbacks, "promises": others},
        )

    def choices(self, asked: Asked) -> Choices:
        """What the filters of the wall offer."""
        tenants = asked.viewer.seen(self._model.tenants)
        return choices(self._visible(asked.viewer), tenants, asked.chosen)

    def _visible(self, viewer: Viewer) -> list[Promise]:
        promises = self._model.promises()
        return promises if viewer.tenants is None else [it for it in promises if viewer.sees(it.tenant)]

    def alerts(self, asked: Asked, positions: dict[int, int] | None) -> list[tuple[str, str]]:
        """Alerts that a wall tells of, the latest last, as id and markup: those at or behind `positions`, or a few.

        Where some of those are kept no longer, it says so first.
        """
        kept = (alert for alert in self._model.alerts_since(positions or {}) if _concerns(alert, asked))
        found = sorted(kept, key=lambda alert: (alert.at, alert.partition, alert.offset))
        shown = found if positions is not None else found[-ALERTS_SHOWN:]
        told = pieces("told", ((_name(it), (it,)) for it in shown))
        if any(at < self._model.alerts_from.get(partition, 0) for partition, at in (positions or {}).items()):
            told = {"gap": Piece("told_gap", ()), **told}
        view = View(self.now, told, {})
        return [(name, view.html(name)) for name in view.pieces]

    def ticket(self, ticket: Ticket, deeds: Sequence[Deed] = ()) -> View:
        """The page of a ticket, for somebody who has done `deeds` about it."""
        now, contract = self.now, self._model.contract_of(ticket)
        story = self._model.stories.of(ticket.id)
        today = now - now % MINUTE  # what waits has a bar that grows; once a minute is enough
        found = explained(ticket, self._model.contracts, today, story.holds)
        promises = {key_of(ticket.id, it.rule, it.cycle): it for it in found}
        plan = contract.plans.get(ticket.plan) if contract else None
        running = [(clock.objective, next_told(ticket, clock, plan)) for clock in ticket.clocks if clock.running]
        lines = [(f"l{'a' if it.told else 'e'}{it.place[1]}-{it.place[2]}", it) for it in story.lines]
        return View(
            now,
            {
                "banner": Piece("banner", (self._pulse.vitals(),)),
                "head": Piece("ticket_head", (_Head.of(ticket), tuple(running))),
                **pieces("explained", ((name, (it,)) for name, it in promises.items())),
                "story-rest": Piece("story_rest", (story.left_out, len(lines))),
                **pieces("line", ((name, (it, ticket.opened_at)) for name, it in lines)),
                **pieces("deed", ((it.id, (it,)) for it in deeds)),
            },
            {
                "explained": tuple(promises),
                "story": tuple(name for name, _ in lines),
                "deeds": tuple(it.id for it in deeds),
            },
        )

    def months(self, name: str) -> View | None:
        """The months of the tenant `name`; None where it is not known."""
        tenant = self._model.tenants.get(name)
        if tenant is None:
            return None
        found = {f"m{month.name}": month for month in months_of(tenant, self.now)}
        contract = self._model.contracts.get(tenant.contract)
        plan = contract.plans.get(tenant.plan) if contract else None
        shares = tuple((show_attainment(it), it.cites.clause) for it in plan.attainment) if plan else ()
        title = (contract.title if contract else "", plan.name if plan else tenant.plan)
        return View(
            self.now,
            {
                "banner": Piece("banner", (self._pulse.vitals(),)),
                "promised": Piece("promised", (title, shares, bool(found))),
                **pieces("month", ((key, (month,)) for key, month in found.items())),
            },
            {"months": tuple(found)},
        )

    def tenants(self, viewer: Viewer) -> list[tuple[str, int]]:
        """The tenants that may be named, each with the number of its open promises."""
        counts = dict.fromkeys(sorted(viewer.seen(self._model.tenants)), 0)
        for promise in self._visible(viewer):
            counts[promise.tenant] = counts.get(promise.tenant, 0) + 1
        return list(counts.items())


class _Head(NamedTuple):
    """What a ticket is, beside its promises and its story."""

    number: str
    tenant: str
    title: str
    priority: str
    stage: str
    facts: tuple[tuple[str, str], ...]
    taken: tuple[tuple[str, Instant, Instant | None], ...]
    opened_at: Instant

    @classmethod
    def of(cls, ticket: Ticket) -> "_Head":
        """That of `ticket`."""
        taken = tuple((each.by, each.at, each.expires_at) for each in ticket.taken_by)
        own = (ticket.number, ticket.tenant, ticket.title, ticket.priority, ticket.stage.value)
        return cls(*own, tuple(_facts(ticket)), taken, ticket.opened_at)


def _facts(ticket: Ticket) -> Iterator[tuple[str, str]]:
    """What is known of the ticket, beside what every ticket has."""
    held = ticket.held
    known = {
        "TLP": ticket.tlp,
        "client's ticket": ticket.client_ticket,
        "assigned to": ticket.assignee,
        "team": ticket.team,
        "on hold": held.reason if held else None,
        "came by": ticket.channel,
        "severity": ticket.severity,
        "risk": ticket.risk,
        "sophistication": ticket.sophistication,
        "server": ticket.server,
        "plan": ticket.plan,
        "repeats": str(ticket.repeats) if ticket.repeats else None,
        "follows": ticket.follows,
        "merged into it": ", ".join(each.number for each in ticket.absorbed),
        "split from": ticket.split_from,
        "may belong to": ", ".join(ticket.related),
        "ruled out": ", ".join(ticket.ruled_out),
        "unknown words": ", ".join(ticket.unknown),
        "contacts": ", ".join(ticket.contacts[:8]),
    }
    shown = {name: str(value) for name, value in known.items() if value}
    return ((name, words(value) if name in _IN_WORDS else value) for name, value in shown.items())


def _keys(lane: Lane) -> tuple[str, ...]:
    return tuple(promise.key for promise in lane.shown)


def _rest(name: str, lane: Lane, asked: Asked) -> Piece:
    return Piece("rest", (name, lane.first, len(lane.shown), lane.total, asked.page, asked.chosen.query))


def _name(alert: Alert) -> str:
    return f"a{alert.partition}-{alert.offset}"


def _concerns(alert: Alert, asked: Asked) -> bool:
    """True for an alert that whoever asks may see, and that the filter lets pass."""
    if not asked.viewer.sees(str(alert.data.get("tenant"))):
        return False
    wanted = zip(asked.chosen, asked.chosen._fields, strict=True)
    return all(not values or alert.data.get(name) in values for values, name in wanted)
