"""What the runner says: the table of what was simulated, and a failing seed in full."""

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.table import Table
from tests.simulation.history import History, Line
from tests.simulation.loop import DAY
from tests.simulation.plan import Plan
from tests.simulation.run import Outcome

_SEEN_MAX = 1_500
_LOOKED_AT = {
    "inputs": "inputs taken in",
    "alerts": "alerts published",
    "swallowed": "alerts that silences swallowed",
    "transactions": "transactions judged by the first oracle",
    "promises": "promises judged by the second oracle",
    "waits": "waits judged by it",
    "climbed": "pages that climbed, judged by it",
    "beats": "silences of a notify, judged by it",
    "overdue": "of them overdue at some time",
    "looks": "times that it looked at a partition before the end",
    "unjudged": "times that it could not judge callbacks",
    "punctual": "deadlines that had to fire within the second",
}
_WENT_WRONG = {
    "takeovers": "takeovers",
    "kills": "workers killed",
    "freezes": "workers frozen",
    "indefinite commits": "commits of unknown outcome",
    "fencings": "requests of fenced writers",
    "torn transactions": "transactions torn, and aborted",
    "clock jumps": "broker's clocks set",
}


class Totals:
    """What many runs have looked at."""

    def __init__(self) -> None:
        self.seeds = 0
        self.days = 0
        self.counts: Counter[str] = Counter()
        self.seconds = 0.0  # of processor time

    def add(self, outcome: Outcome) -> None:
        """Count one run."""
        self.seeds += 1
        self.days += outcome.days
        self.counts += outcome.counts
        self.seconds += outcome.seconds

    def table(self, seconds: float) -> Table:
        """All of it; `seconds` is how long it took."""
        table = Table("what was simulated", "", "a day")
        for column in table.columns[1:]:
            column.justify = "right"
        table.add_row("seeds", f"{self.seeds:,}")
        table.add_row("SOC days", f"{self.days:,}", end_section=True)
        for names in (_LOOKED_AT, _WENT_WRONG):
            for name, label in names.items():
                count = self.counts[name]
                table.add_row(label, f"{count:,}", f"{count / max(self.days, 1):,.1f}")
            table.add_section()
        table.add_row("seconds", f"{seconds:,.1f}")
        table.add_row("days a second, all cores", f"{self.days / seconds:,.0f}")
        table.add_row("days a second of processor time", f"{self.days / max(self.seconds, 0.001):,.0f}")
        return table


def finding(outcome: Outcome) -> str:
    """What was found wrong."""
    violation = outcome.violation
    if violation is None:
        return f"Seed {outcome.seed}: every invariant holds."
    when = f"day {1 + outcome.ended_at // DAY} of {outcome.days}"
    seen = violation.seen if len(violation.seen) <= _SEEN_MAX else violation.seen[:_SEEN_MAX] + " ..."
    return f"Seed {outcome.seed}, {when}: VIOLATED: {violation.invariant}\n  {seen}"


def plan_told(plan: Plan) -> str:
    """How big it is, and how the cluster is made."""
    s = plan.setting
    return (
        f"{s.days} days, {len(plan.publications)} publications, {len(plan.faults)} faults; {s.workers} workers"
        f"{' under static ids' if s.static else ''}, {s.inbox_partitions} inbox partitions, {s.input_partitions} of"
        f" each input topic, a heartbeat every {s.heartbeat:.0f} s, repeats known among {s.window} inputs, chunks of"
        f" {s.chunk} outputs"
    )


def story(history: History, plan: Plan, *, details: bool) -> Iterator[str]:
    """What happened, in order of time; with `details` what the workers have logged, too."""
    for line in _kept(history.lines, details=details):
        yield line.told(plan.setting.begins)


def _kept(lines: Iterable[Line], *, details: bool) -> Iterator[Line]:
    return (line for line in lines if details or not line.detail)


def replay(seed: int, bug: str | None = None) -> str:
    """The command that carries the same run out again."""
    return f"make simulate SEEDS={seed}" + (f" ARGS='--bug {bug}'" if bug else "")


def replay_in_full(seed: int, bug: str | None = None) -> str:
    """The command that tells the same run in full."""
    return f"make simulate SEEDS={seed} ARGS='--history{f' --bug {bug}' if bug else ''}'"
