"""The rules of a plan that are no promises with a clock, in words."""

from collections.abc import Iterator
from typing import NamedTuple

from tocsin.contracts.notation.targets import show_duration, show_target, show_wait
from tocsin.contracts.report.attainment import show_attainment, show_credits
from tocsin.domain.contract.model import ChannelRule, Plan
from tocsin.domain.contract.rules import (
    Citation,
    Consequence,
    ContactRule,
    DetectionRule,
    Entitlement,
    Exclusion,
    ResponseLevel,
)

_CONSEQUENCES = {
    Consequence.NO_OBLIGATION: "nothing is owed",
    Consequence.REFER: "nothing is owed, the client is referred to others",
    Consequence.NOTIFY: "nothing is owed, the client is told",
    Consequence.TIME_AND_MATERIAL: "nothing is owed, work is paid by time and material",
    Consequence.STATEMENT_OF_WORK: "nothing is owed without a statement of work",
    Consequence.AT_CLIENTS_COST: "nothing is owed, the client bears the cost",
    Consequence.MAY_DISCONTINUE: "nothing is owed, support may be discontinued",
    Consequence.MAY_RECLASSIFY: "all is owed as before, the priority may be changed",
}


class Row(NamedTuple):
    """A rule in words: its kind, its text, its source, and its key in the plan of the contract's file."""

    kind: str
    text: str
    cites: Citation | None
    key: str


_TOLD_ONLY = ("obligations", "entitlements")


def is_enforced(row: Row, plan: Plan) -> bool:
    """True if something comes of the rule on a ticket; otherwise it is only shown, and people keep it."""
    limited = any(f"entitlements.{it.name}" == row.key and it.limit is not None for it in plan.entitlements)
    return limited or row.key.partition(".")[0] not in _TOLD_ONLY


def other_rules(plan: Plan) -> Iterator[Row]:
    """Every rule of `plan` that is neither a promise with a clock nor a step of the escalation matrix."""
    for field, text in _plain(plan):
        yield Row(field.replace("_", " "), text, plan.citations.get(field), field)
    yield from _single(plan)
    yield from (Row("channels", _channels(it), it.cites, f"channels.{it.priority}") for it in plan.channels)
    for notice in plan.management:
        known = f"{', '.join(notice.priorities)} to {notice.role}"
        yield Row("made known at once", known, notice.cites, f"management.{'+'.join(notice.priorities)}")
    for share in plan.attainment:
        text = show_attainment(share) + show_credits(share.credits)
        yield Row("attainment", text, share.cites, f"attainment.{share.rule or share.objective or 'all'}")
    for index, level in enumerate(plan.response_levels, start=1):
        yield Row("response level", _level(level), level.cites, f"response_levels.{index}")
    for fee in plan.fees:
        yield Row("for a fee", f"{fee.work}: proposed until the client agrees", fee.cites, f"fees.{fee.work}")
    for duty in plan.obligations:
        figure = f" ({show_target(duty.figure)})" if duty.figure else ""
        yield Row("obligation", f"{duty.text}{figure}", duty.cites, f"obligations.{duty.name}")
    yield from (Row("entitlement", _entitlement(it), it.cites, f"entitlements.{it.name}") for it in plan.entitlements)
    yield from (Row("exclusion", _exclusion(it), it.cites, f"exclusions.{it.reason}") for it in plan.exclusions)


def _single(plan: Plan) -> Iterator[Row]:
    """The rules that a plan has once or not at all."""
    if plan.term:
        spans = dict.fromkeys(map(show_target, (plan.term.shortest, plan.term.longest)))
        term = f"{' to '.join(spans)} from installation"
        yield Row("term of a server's plan", term, plan.term.cites, "term")
    if plan.contacts:
        yield Row("contacts", _contacts(plan.contacts), plan.contacts.cites, "contacts")
    if plan.detections:
        worth = ", ".join(f"{severity}: {priority}" for severity, priority in plan.detections.priorities.items())
        yield Row("detections", worth + _silence(plan.detections), plan.detections.cites, "detections")
    if plan.health:
        worth = ", ".join(f"{condition}: {priority}" for condition, priority in plan.health.priorities.items())
        yield Row("health reports", f"{worth}; start no clock", plan.health.cites, "health")
    if plan.equipment:
        kinds = (f"{kind} ({', '.join(also)})" if also else kind for kind, also in plan.equipment.kinds.items())
        yield Row("kinds of equipment", f"{', '.join(kinds)}; another one is marked", plan.equipment.cites, "equipment")
    if plan.support_log:
        yield Row("support log", ", ".join(plan.support_log.fields), plan.support_log.cites, "support_log")


def _silence(rule: DetectionRule) -> str:
    if rule.source_resolved_after is None:
        return ""
    return f"; resolved {show_duration(rule.source_resolved_after)} after its sensor says so and stays silent"


def _plain(plan: Plan) -> Iterator[tuple[str, str]]:
    own = [f"{name} {show_duration(time)}" for name, time in plan.acknowledgement_expires_by_priority.items()]
    yield "default_priority", plan.default_priority
    yield "priority_assigned_by", f"the {plan.priority_assigned_by}"
    yield "returns_a_call", ", ".join(plan.returns_a_call)
    yield "acknowledgement_expires", ", ".join((show_duration(plan.acknowledgement_expires), *own))
    closing = f"{show_wait(plan.closes_within)} of {plan.closes_in}" if plan.closes_within else ""
    yield "closes_after", closing or show_duration(plan.closes_after)
    yield "bounce_withdraws_answer", "yes" if plan.bounce_withdraws_answer else "no"
    if plan.never_silenced is not None:
        yield "never_silenced", ", ".join(plan.never_silenced) or "nothing"


def _contacts(it: ContactRule) -> str:
    limit = "" if it.limit is None else f"at most {it.limit} authorised"
    requests = "a request by anybody else is refused where contacts are named" if it.requests else ""
    answers = "an answer to anybody else stops no clock where contacts are named" if it.answers else ""
    confirms = (
        "a request by anybody else opens a ticket and starts no clock until one of them confirms it, where contacts "
        "are named"
        if it.confirms
        else ""
    )
    return "; ".join(filter(None, (limit, requests, confirms, answers)))


def _channels(it: ChannelRule) -> str:
    hours = f", the telephone in {it.telephone_calendar}" if it.telephone_calendar else ""
    return f"{it.priority} by {', '.join(it.channels)}{hours}"


def _level(it: ResponseLevel) -> str:
    period = f"{'during' if it.while_open else 'outside'} {it.calendar}" if it.calendar else "at any time"
    sophistication, risk = ("/".join(kinds) or "any" for kinds in (it.sophistication, it.risk))
    reachable = "the client must be reachable" if it.client_reachable else ""
    says = "; ".join(filter(None, (", ".join(it.actions), reachable, it.opinion, it.advice)))
    return f"sophistication {sophistication}, risk {risk}, {period}: {says}"


def _entitlement(it: Entitlement) -> str:
    period = f" in each {it.per.replace('_', ' ')}" if it.per else ""
    limit = f", {it.limit} at most{period}" if it.limit else ""
    reading = f" ({it.cites.reading})" if it.cites.reading else ""
    return f"{it.name.replace('_', ' ')}{limit if it.included else ': not included'}{reading}"


def _exclusion(it: Exclusion) -> str:
    ends = f" (of {', '.join(it.ends)})" if it.ends else ""
    also = f" (also: {', '.join(it.also)})" if it.also else ""
    return f"{it.reason}{also}: {it.text}; {_CONSEQUENCES[it.consequence]}{ends}"
