"""What a history really shows: which rules its expectations prove to have been at work.

A history names its rules under `shows`; nobody has to believe it. Only what it expects is looked at: the events that
it writes down, and those behind the alerts that it lists (which are all there are). A rule has *facets*: each severity,
each step, that a request was refused and that one was taken. A rule is shown when the histories that name it have
proven all of its facets between them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

from tocsin.domain.contract.escalation import Undelivered
from tocsin.domain.contract.model import ChannelRule, Plan
from tocsin.domain.contract.rules import Entitlement
from tocsin.domain.vocabulary import CallOutcome, Channel, Evidence

Entry = dict[str, Any]
Facets = set[str]

_BEHIND_ALERTS = (
    "EscalationRaised",
    "NobodyReached",
    "ChannelViolated",
    "ManagementNotified",
    "ContactRefused",
    "AttainmentAtRisk",
)
_BY_PERSONS = {Channel.PHONE, Channel.EMAIL, Channel.PORTAL, Channel.WEB}
_ANY: Facets = {"any"}


class Proven:
    """The journal events that a history proves, with what is known of their tickets."""

    def __init__(
        self, journal: Iterable[Entry], alerts: Iterable[Entry], written: Collection[int], *, logged: bool
    ) -> None:
        """`alerts` as they are expected; `written`: where the expected events stand; `logged`: a log is expected."""
        self.logged = logged
        self.plans: dict[str, str] = {}
        self.channels: dict[str, str] = {}  # by which a ticket was opened
        self.priorities: dict[tuple[str, str], str] = {}  # of the clock, by ticket and rule
        self.events: list[Entry] = []
        told = {(it.get("number"), it.get("objective"), it.get("deadline")) for it in alerts if it.get("deadline")}
        for place, event in enumerate(journal):
            self._learn(event)
            data, number = event["data"], event["number"]
            priority = self.priorities.get((number, data.get("rule", "")))
            behind = event["type"] in _BEHIND_ALERTS or data.get("channel") == Channel.SENSOR
            deadline = (number, data.get("objective"), data.get("deadline"))
            if place in written or behind or deadline in told:
                plan = self.plans.get(number) or data.get("standing", {}).get("plan")
                self.events.append({"type": event["type"], "number": number, **data, "plan": plan, "of": priority})

    def _learn(self, event: Entry) -> None:
        data, number = event["data"], event["number"]
        if event["type"] == "TicketOpened":
            self.plans[number], self.channels[number] = data["plan"], data["channel"]
        if event["type"] in ("ClockStarted", "ClockMoved"):
            self.priorities[number, data["rule"]] = data["priority"]

    def of(self, plan: Plan, *types: str, **facts: Any) -> Iterator[Entry]:
        """The proven events of these types on tickets of `plan` (or of no ticket) that say so."""
        for event in self.events:
            fits = event["type"] in types and event["plan"] in (plan.name, None)
            if fits and all(event.get(name) == value for name, value in facts.items()):
                yield event

    def has(self, plan: Plan, *types: str, **facts: Any) -> bool:
        return any(True for _ in self.of(plan, *types, **facts))


class Proof(NamedTuple):
    """What there is to be proven of a rule, and what a history proves."""

    wanted: Facets
    found: Facets


def proof(key: str, plan: Plan, proven: Proven) -> Proof:
    """Of the rule that `plan` calls `key`."""
    kind, _, name = key.partition(".")
    return _PROOFS[kind](name, plan, proven)


def _if(found: bool) -> Proof:
    return Proof(_ANY, _ANY if found else set())


def _objective(name: str, plan: Plan, proven: Proven) -> Proof:
    """Its clock ran, with a deadline where there is a figure, and the deadline is written down."""
    rule_id, _, figures = name.partition(".")
    rule = next(it for it in plan.objectives if it.id == rule_id)
    priorities = figures.split("+") if figures else list(rule.targets)
    has_figure = rule.targets[priorities[0]].target is not None
    started = proven.of(plan, "ClockStarted", "ClockMoved", rule=rule_id)
    return _if(any(it["priority"] in priorities and ("deadline" in it or not has_figure) for it in started))


def _escalation(name: str, plan: Plan, proven: Proven) -> Proof:
    """Every step of the row has been taken; pages have climbed for each reason for which they do."""
    rules, _, priorities = name.partition(".")
    row = next(it for it in plan.escalation if ("+".join(it.rules), "+".join(it.priorities)) == (rules, priorities))
    raised = (it for rule in row.rules for it in proven.of(plan, "EscalationRaised", rule=rule))
    top = (it for rule in row.rules for it in proven.of(plan, "NobodyReached", rule=rule))
    own = [it for it in (*raised, *top) if not row.priorities or it["of"] in row.priorities]
    wanted = set(map(str, range(len(row.steps))))
    wanted |= {"undelivered"} if row.undelivered is Undelivered.CLIMBS else set()
    wanted |= {"unanswered"} if row.unanswered_after is not None else set()
    taken = {str(it["step"]) for it in own if "step" in it}
    return Proof(wanted, taken | {it.get("climbed") or it.get("why") or "" for it in own})


def _channels(name: str, plan: Plan, proven: Proven) -> Proof:
    """A request by a wrong channel is a violation; one by telephone is none where the telephone is a right one."""
    rule: ChannelRule = next(it for it in plan.channels if it.priority == name)
    violated = {it["number"] for it in proven.of(plan, "ChannelViolated", priority=name)}
    opened = {it["number"] for it in proven.of(plan, "TicketOpened", "ClockStarted", priority=name)}
    rang = {number for number in opened - violated if proven.channels[number] == Channel.PHONE}
    wanted = set()
    if not set(rule.channels) >= _BY_PERSONS or rule.telephone_calendar:
        wanted.add("violated")
    if Channel.PHONE in rule.channels:
        wanted.add("taken")
    return Proof(wanted, ({"violated"} if violated else set()) | ({"taken"} if rang else set()))


def _contacts(name: str, plan: Plan, proven: Proven) -> Proof:
    rule = plan.contacts
    assert rule is not None
    proofs = {
        "refused": (rule.requests, proven.has(plan, "ContactRefused")),
        "awaited": (rule.confirms, proven.has(plan, "ConfirmationAwaited")),
        "confirmed": (rule.confirms, proven.has(plan, "RequestConfirmed")),
        "unanswered": (rule.answers, proven.has(plan, "OutboundNoted", why="not to a designated contact")),
    }
    wanted = {facet for facet, (holds, _) in proofs.items() if holds}
    return Proof(wanted, {facet for facet, (_, found) in proofs.items() if found})


def _detections(name: str, plan: Plan, proven: Proven) -> Proof:
    rule = plan.detections
    assert rule is not None
    opened = proven.of(plan, "TicketOpened", channel=Channel.SENSOR)
    found = {it["severity"] for it in opened if it["priority"] == rule.priorities[it["severity"]]}
    return Proof(set(rule.priorities), found)


def _health(name: str, plan: Plan, proven: Proven) -> Proof:
    rule = plan.health
    assert rule is not None
    opened = {it["priority"] for it in proven.of(plan, "TicketOpened", channel=Channel.MONITORING)}
    return Proof(set(rule.priorities), {condition for condition, worth in rule.priorities.items() if worth in opened})


def _equipment(name: str, plan: Plan, proven: Proven) -> Proof:
    """What has failed is known by its kind, or marked."""
    rule = plan.equipment
    assert rule is not None
    opened = list(proven.of(plan, "TicketOpened", evidence=Evidence.EQUIPMENT_FAILED))
    found = {it["what"] for it in opened if not it.get("unknown")}
    marked = {"marked"} if any(it.get("unknown") for it in opened) else set()
    return Proof({*rule.kinds, "marked"}, found | marked)


def _attainment(name: str, plan: Plan, proven: Proven) -> Proof:
    """One month has been kept, and one broken; the plans of a contract have the promise in common."""
    judged = [it for it in proven.events if it["type"] == "AttainmentJudged"]
    return Proof({"kept", "broken"}, {"kept" if it["kept"] else "broken" for it in judged})


def _response_level(name: str, plan: Plan, proven: Proven) -> Proof:
    level = plan.response_levels[int(name) - 1]
    opened = proven.of(plan, "TicketOpened", channel=Channel.SENSOR)
    grown = proven.of(plan, "DetectionRepeated", "PriorityChanged")
    given = [response for it in (*opened, *grown) if (response := it.get("response"))]
    return _if(any(it["actions"] == list(level.actions) and it["opinion"] == level.opinion for it in given))


def _fee(name: str, plan: Plan, proven: Proven) -> Proof:
    found = {
        "proposed": proven.has(plan, "WorkProposed", work=name, extra_fee=True),
        "refused": proven.has(plan, "CommandRejected", reason="not_agreed"),
        "begun": proven.has(plan, "WorkStarted", work=name),
    }
    return Proof(set(found), {facet for facet, holds in found.items() if holds})


def _entitlement(name: str, plan: Plan, proven: Proven) -> Proof:
    """Only a limit can be seen at work: the case after the last is ruled out."""
    entitlement: Entitlement = next(it for it in plan.entitlements if it.name == name)
    return _if(entitlement.limit is None or proven.has(plan, "TicketRuledOut", reason="cases_used"))


def _returns_a_call(name: str, plan: Plan, proven: Proven) -> Proof:
    """Word left on a machine tells the two readings apart."""
    if CallOutcome.VOICEMAIL in plan.returns_a_call:
        return _if(proven.has(plan, "CallReturned"))
    return _if(proven.has(plan, "CallAttempted", outcome=CallOutcome.VOICEMAIL))


def _an_event(*types: str) -> Callable[[str, Plan, Proven], Proof]:
    return lambda _name, plan, proven: _if(proven.has(plan, *types))


_PROOFS: dict[str, Callable[[str, Plan, Proven], Proof]] = {
    "objectives": _objective,
    "escalation": _escalation,
    "channels": _channels,
    "contacts": _contacts,
    "detections": _detections,
    "health": _health,
    "equipment": _equipment,
    "management": _an_event("ManagementNotified"),
    "attainment": _attainment,
    "response_levels": _response_level,
    "fees": _fee,
    "support_log": lambda _name, _plan, proven: _if(proven.logged),
    "entitlements": _entitlement,
    "obligations": lambda *_: _if(found=True),
    "exclusions": lambda name, plan, proven: _if(proven.has(plan, "TicketRuledOut", reason=name)),
    "term": lambda _name, plan, proven: _if(proven.has(plan, "TicketRuledOut", reason="term_over")),
    "default_priority": lambda _name, plan, proven: _if(
        proven.has(plan, "TicketOpened", priority=plan.default_priority)
    ),
    "priority_assigned_by": _an_event("PriorityChanged"),
    "returns_a_call": _returns_a_call,
    "acknowledgement_expires": _an_event("AcknowledgementExpired"),
    "closes_after": _an_event("TicketClosed"),
    "bounce_withdraws_answer": _an_event("AnswerBounced"),
}
