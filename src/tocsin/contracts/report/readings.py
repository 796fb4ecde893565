"""The readings behind a contract that are Tocsin's own, where no clause speaks."""

from collections.abc import Iterator, Sequence

from tocsin.contracts.report.fold_reading import FoldReading, always, any_rule, by_priority, in_unit
from tocsin.contracts.report.time_readings import TIME_READINGS
from tocsin.domain.contract.escalation import Undelivered
from tocsin.domain.contract.model import Contract, Plan, Renewal, RisesFrom
from tocsin.domain.contract.rules import Consequence
from tocsin.domain.contract.target import TargetUnit
from tocsin.domain.vocabulary import Evidence, Objective


def fold_readings(contract: Contract, plans: Sequence[Plan]) -> Iterator[FoldReading]:
    """The readings of Tocsin that concern one of `plans`."""
    return (it for it in FOLD_READINGS if any(it.concerns(contract, plan) for plan in plans))


_callback = any_rule(lambda rule: rule.objective == Objective.CALLBACK)

FOLD_READINGS = (
    *TIME_READINGS,
    FoldReading(
        "callback",
        "it is owed to the caller: whoever rings again before it is owed one callback, by the first deadline",
        _callback,
    ),
    FoldReading(
        "callback by answering",
        "a later call of the same caller that we answer returns it",
        _callback,
    ),
    FoldReading(
        "one call",
        "what telephony tells under one id of one caller, within a day, is one call: it came with its first leg, and "
        "was answered if one leg was; a later leg starts nothing anew and owes no callback again",
        always,
    ),
    FoldReading(
        "withheld number",
        "who shows none is known by the name that is given, or else by the call alone: each such call is owed a "
        "callback; one of ours returns it if it names the call, its ticket or the person",
        _callback,
    ),
    FoldReading(
        "several persons at one number",
        "who gives another name is owed another callback; a call that names a call, a ticket or a person is for that "
        "person, one that names nobody for all who rang from there; who gave no name is reached by any",
        _callback,
    ),
    FoldReading(
        "detection",
        "its clocks start when we learn of it, whatever the sensor's stamp",
        any_rule(lambda rule: Evidence.DETECTION in rule.starts),
    ),
    FoldReading(
        "response level",
        "an attack is judged at its worst when its ticket opens, and whenever severity, risk or sophistication rises; "
        "not given is not low: the severity stands for the risk, and a missing or unknown word excludes nothing",
        lambda _, plan: bool(plan.response_levels),
    ),
    FoldReading(
        "over at the source",
        "what a sensor says is over ends no promise, and no ticket unless the contract goes by the silence after it; "
        "that resolves none on which the client has turned to us",
        lambda _, plan: plan.detections is not None,
    ),
    FoldReading(
        "contact without a reference",
        "only what names a ticket joins one: our number or the client's, the mail thread, the call, a callback "
        "that is owed to the caller, or the call that the ticket waits for; anything else opens a ticket, which names "
        "those that are open for the same person; a status request, and what we say, may go without a name where "
        "exactly one is open, a mail of ours only if it goes to nobody but that client",
        always,
    ),
    FoldReading(
        "answer",
        "what we say answers the client only if it goes to who asked, or has written on the ticket by then, to a "
        "contact, or to a domain of the client; to anybody else it is noted and keeps no promise; where no number, or "
        "no address, of the client is known, whoever we turned to is the client",
        always,
    ),
    FoldReading(
        "closed ticket",
        "what names it and comes after its end belongs to its follow-up, which the first such contact opens",
        always,
    ),
    FoldReading(
        "merged tickets",
        "two tickets that are one matter are owed what one is, each promise from its first start; what was told of the "
        "merged one is not told again, and counts once; who had taken it has taken it where it goes on; the more "
        "urgent priority holds from when its ticket had it; a wait of the merged one counts until the other began",
        always,
    ),
    FoldReading(
        "split tickets",
        "a contact that is split off is owed what it starts from when it came, at the priority that its ticket has; "
        "answers stay where they were, a call that was returned stays returned",
        always,
    ),
    FoldReading(
        "automatic mail",
        "ours answers nobody; the client's starts no clock on a ticket that it belongs to",
        always,
    ),
    FoldReading(
        "spoofed sender",
        "a mail that only claims to come from us, or from a client that wants its mail to prove it, joins no ticket "
        "and stops no clock: it is a stranger's, a ticket of its own, and tells so at once",
        always,
    ),
    FoldReading(
        "bounced answer",
        "a mail of ours answers nobody if a delivery report names it and says that it reached none of the client's "
        "people whom it went to: the promise is owed again from its start; what is delayed, or reached one of them, "
        "stands",
        lambda _, plan: plan.bounce_withdraws_answer,
    ),
    FoldReading(
        "late evidence",
        "what was done in time and reported late counts as done in time: the alert is corrected",
        always,
    ),
    FoldReading(
        "at risk",
        "the contract's file says when a clock is at risk; that warning is ours, whatever the clause of the promise",
        any_rule(lambda rule: bool(rule.warnings)),
    ),
    FoldReading(
        "acknowledgement",
        "it rests the escalation of the incidents that were open when it was given, until it expires, and stops no "
        "clock; what is paged later escalates, so does a callback whose caller rings once more, an incident that a "
        "rise makes more urgent, and a promise that was worked on and is broken after all",
        lambda _, plan: bool(plan.escalation),
    ),
    FoldReading(
        "escalation",
        "times after the deadline, and repetitions, are real time unless the row says business time, which is that of "
        "the promise's calendar; times after the start are business hours where the target is",
        lambda _, plan: bool(plan.escalation),
    ),
    FoldReading(
        "silence",
        "an analyst may keep pages from people for a limited time, with a reason; no clock stands still, and what is "
        "still open when the silence ends is told then; what is told of a ticket of the most urgent priority is never "
        "silenced, unless the contract's file says which are not",
        always,
    ),
    FoldReading(
        "page",
        "the one that was raised last counts, by what receipts say of it in the order of the log; one of several ways "
        "that reached somebody is enough; a step that was taken early is not taken again; while the promise is paused, "
        "and once an analyst has the incident, nothing climbs",
        lambda _, plan: any(row.undelivered is Undelivered.CLIMBS or row.unanswered_after for row in plan.escalation),
    ),
    FoldReading(
        "priority",
        "while a promise is owed, a lower priority gives it another target, counted from when the ticket became at "
        "least as urgent",
        by_priority(RisesFrom.RISE),
    ),
    FoldReading(
        "rise",
        "a higher priority's target counts from the rise; where the old deadline is the earlier one, that holds; "
        "warnings and steps of the matrix come anew, those that count from the start count from the rise; what was "
        "answered before it is judged by the priority that it had",
        by_priority(RisesFrom.RISE),
    ),
    FoldReading(
        "priority from the start",
        "while a promise is owed, another priority gives it another target, counted from its start, whatever time has "
        "passed",
        by_priority(RisesFrom.START),
    ),
    FoldReading(
        "duty of one priority",
        "a fall to a priority for which the promise is not made ends what runs, and closes its incident; what was late "
        "before stands; a later rise begins it anew, from then",
        lambda contract, plan: any(
            rule.ends_with_priority and not set(contract.priorities) <= rule.targets.keys() for rule in plan.objectives
        ),
    ),
    FoldReading(
        "rise after the answer",
        "where the contract has the answer renewed by it, each rise on an open ticket begins a cycle of its own; a "
        "fall that comes before its answer ends that",
        any_rule(lambda rule: rule.renewed_by is not Renewal.NEVER),
    ),
    FoldReading(
        "rise of a detection",
        "whoever raises the priority of a ticket that a sensor has opened, the detection is told anew, with the title "
        "of the worst one",
        lambda _, plan: plan.detections is not None,
    ),
    FoldReading(
        "who assigns a priority",
        "the one that a client claims, when the ticket opens or to raise it, holds until an "
        "analyst gives another; where the vendor assigns it, a claim after that is told and changes nothing, until an "
        "analyst gives the ticket that priority, another one, or the same once more; where the document says that the "
        "client assigns it, an analyst lowers it for a reason of the contract, or as the client requests",
        always,
    ),
    FoldReading(
        "channels",
        "a contact by a channel that is not accepted for its priority opens or raises a ticket, or opens it again, and "
        "is reported; clocks that contacts start wait for one by an accepted channel, whatever that one claims",
        lambda _, plan: bool(plan.channels),
    ),
    FoldReading(
        "hold",
        "a clock is paused for the reasons that its rule names, and for no other",
        any_rule(lambda rule: bool(rule.paused_by)),
    ),
    FoldReading(
        "end of a hold",
        "where the client is waited for, their contact ends the hold when it came, however late we learn of it; a "
        "machine's mail ends none; a hold until a date ends at the beginning of that day where the client is",
        always,
    ),
    FoldReading(
        "resolution",
        "it keeps every promise that it stands under `kept by`; when the client turns to us again, the ticket is open "
        "again and owes them anew",
        any_rule(lambda rule: Evidence.RESOLUTION in rule.stops),
    ),
    FoldReading(
        "end of a ticket",
        "it is not closed by time, and not forgotten, before every promise with a date is kept, or late and told; "
        "closing the ticket ends only what a resolution keeps",
        in_unit(*TargetUnit),
    ),
    FoldReading(
        "exclusion",
        "when an analyst rules a ticket out, its promises end, all or those that are named; callbacks and deletions "
        "go on",
        lambda _, plan: any(it.consequence is not Consequence.MAY_RECLASSIFY for it in plan.exclusions),
    ),
    FoldReading(
        "unknown word",
        "a kind of equipment or reason of exclusion that is unknown in any spelling is told, and excludes nothing",
        lambda _, plan: any(Evidence.EQUIPMENT_FAILED in rule.starts for rule in plan.objectives),
    ),
    FoldReading(
        "attainment",
        "a clock counts in the month in which it is due, in the time zone of its calendar; one without a figure never "
        "counts in a share, nor does one that was withdrawn or ruled out; a mean or percentile is of what was kept; "
        "what is found out after the month was judged gives another verdict",
        lambda _, plan: bool(plan.attainment),
    ),
    FoldReading(
        "server",
        "a request that names none is about the only one; where there are several, or nobody knows the one that it "
        "names, it is asked about, and the strictest plan of the client holds; when the server is named, all is judged "
        "by its plan",
        lambda _, plan: plan.term is not None,
    ),
    FoldReading(
        "term",
        "the day of installation is its first day; days are those of the client's time zone",
        lambda _, plan: plan.term is not None,
    ),
)
"""In the order in which `contract show` has them. `domain` decides so: a change there changes the text here."""
