"""Words for people: lengths of time, and the facts from which a promise is owed."""

from collections.abc import Iterable, Mapping, Sequence

from tocsin.contracts.notation.targets import show_target
from tocsin.domain.contract.evidence import BUILT_IN, CHANNEL_OF
from tocsin.domain.contract.model import ChannelRule, ObjectiveRule, Plan, Renewal
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND
from tocsin.domain.vocabulary import Channel, Evidence, Priority

_FACTS: Mapping[str, str] = {
    Evidence.EMAIL_RECEIVED: "the mail",
    Evidence.CALLBACK_OWED: "the missed call",
    Evidence.OCCURRED: "the time at which it happened",
    Evidence.ACKNOWLEDGED: "the first taking by an analyst",
    Evidence.ACKNOWLEDGED_BY_ANOTHER: "the taking by another analyst",
    Evidence.HANDED_OVER: "the hand-over",
    Evidence.PRIORITY_RAISED: "the rise of the priority",
    Evidence.STATUS_REQUESTED: "the question for the status",
    Evidence.EQUIPMENT_FAILED: "the report that equipment has failed",
    Evidence.DELETION_NOTICE: "the notice to delete",
}
_CALLS = {
    (Evidence.CALL_ANSWERED, Evidence.CALL_MISSED): "the phone call",
    (Evidence.CALL_ANSWERED,): "the phone call that is answered",
    (Evidence.CALL_MISSED,): "the phone call that is missed",
}

_KEPT_BY: Mapping[str, str] = {
    Evidence.CALL_RETURNED: "returned call",
    Evidence.REPLACEMENT_SHIPPED: "shipment of the replacement",
    Evidence.DATA_DELETED: "deletion of the data",
    Evidence.ASSIGNED: "assignment",
    Evidence.ACKNOWLEDGED: "first taking by an analyst",
    Evidence.ACKNOWLEDGED_BY_ANOTHER: "taking by another analyst",
    Evidence.HANDED_OVER: "hand-over",
    Evidence.HANDED_ON: "hand-over to another team",
}

_RENEWALS = {
    Renewal.NEVER: "",
    Renewal.RISE: ", and again from a rise",
    Renewal.CONTACT: ", and again from a rise with a further contact",
}


def show_length(milliseconds: int) -> str:
    """A length of time in days, hours, minutes and seconds: `7 h 30 min`, `2 days 8 h 30 min`."""
    days, rest = divmod(milliseconds, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (rest / SECOND, "s"))
    return " ".join(f"{amount:g} {unit}" for amount, unit in parts if amount) or "0 s"


def owed_from(plan: Plan, rule: ObjectiveRule, priority: Priority) -> str:
    """The facts from which `rule` is owed at `priority`, those by accepted channels only: `from the phone call on`."""
    accepted = () if rule.overlay else plan.channels
    channels = next((it for it in accepted if it.priority == priority), None)
    facts = list(_facts(rule.starts, channels))
    if not facts:
        return "never: no accepted channel starts it"
    return f"from {_either(facts)}{_kinds(rule)} on{_conditions(rule)}{''.join(_at_the_latest(rule))}"


def kept_by(rule: ObjectiveRule) -> str:
    """The facts that keep `rule`: `by the returned call or the resolution`."""
    facts = [f"the {_KEPT_BY.get(it) or _called(it)}" for it in rule.stops]
    return f"by {_either(facts)}" if facts else "by nothing that is noted"


def _called(evidence: str) -> str:
    words = evidence.replace("_", " ")
    return words if evidence in BUILT_IN else f"milestone {words}"


def between(owed_by: str, owed_to: str) -> str:
    """The teams between which a promise is, ` by the network team to the service desk`; empty for any other."""
    return "".join(f" {word} {team}" for word, team in (("by", owed_by), ("to", owed_to)) if team)


def owed_by_priority(plan: Plan, rule: ObjectiveRule, priorities: Iterable[Priority]) -> str:
    """The facts from which `rule` is owed, with the priorities where these differ."""
    groups: dict[str, list[Priority]] = {}
    for priority in priorities:
        if priority in rule.targets:
            groups.setdefault(owed_from(plan, rule, priority), []).append(priority)
    if len(groups) == 1:
        return next(iter(groups))
    return "; ".join(f"{', '.join(names)} {facts}" for facts, names in groups.items())


def _facts(starts: Sequence[str], rule: ChannelRule | None) -> Iterable[str]:
    calls = tuple(it for it in (Evidence.CALL_ANSWERED, Evidence.CALL_MISSED) if it in starts)
    if calls and (rule is None or Channel.PHONE in rule.channels):
        hours = f" in {rule.telephone_calendar}" if rule and rule.telephone_calendar else ""
        yield f"{_CALLS[calls]}{hours}"
    for it in starts:
        if it not in calls and (it not in CHANNEL_OF or rule is None or CHANNEL_OF[it] in rule.channels):
            yield _FACTS.get(it) or f"the {_called(it)}"


def _at_the_latest(rule: ObjectiveRule) -> Iterable[str]:
    for bound in rule.at_the_latest:
        past = " (if not past by then)" if bound.unless_past else ""
        facts = _either([*_facts(bound.starts, None)])
        yield f", at the latest {show_target(bound.promised.target)} from {facts}{past}"


def _either(facts: Sequence[str]) -> str:
    *others, last = facts
    return f"{', '.join(others)} or {last}" if others else last


def _kinds(rule: ObjectiveRule) -> str:
    only = f" ({', '.join(rule.kinds)} only)" if rule.kinds else ""
    return f"{only} (not {', '.join(rule.except_kinds)})" if rule.except_kinds else only


def _conditions(rule: ObjectiveRule) -> str:
    after = f", once there has been the {rule.after}" if rule.after else ""
    return f"{after}, each time" if rule.recurring else f"{after}{_renewal(rule)}"


def _renewal(rule: ObjectiveRule) -> str:
    only = f" to {', '.join(rule.renewed_at)}" if rule.renewed_at else ""
    return _RENEWALS[rule.renewed_by].replace("a rise", f"a rise{only}")
