"""The table of faults, and the page that keeps it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger import Audit


@dataclass
class Result:
    """What one fault has shown."""

    number: str
    fault: str
    seed: int
    acts: str
    seconds: float = 0.0
    audits: list[Audit] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """What the fault itself should have shown and did not."""

    @property
    def faults(self) -> list[str]:
        """Every invariant that did not hold."""
        return [*self.broken, *(sentence for audit in self.audits for sentence in audit.broken)]

    def expect_none_ended(self, ended: str) -> None:
        """What is done to others is no reason for a worker to end; `ended` says which have, or "none"."""
        self.expect(ended == "none", f"workers ended by themselves: {ended}")

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note `otherwise` where it does not hold."""
        if not holds:
            self.broken.append(otherwise)

    def row(self) -> str:
        """Its line of the table."""
        total = {name: sum(getattr(a, name) for a in self.audits) for name in ("inputs", "alerts", "journal")}
        cells = (
            self.number,
            self.fault,
            str(self.seed),
            self.acts,
            *(f"{count:,}" for count in total.values()),
            "all hold" if not self.faults else f"**{len(self.faults)} BROKEN**",
            spread(self.recoveries),
            f"{self.seconds:.0f}",
        )
        return "| " + " | ".join(cells) + " |"


def spread(values: Sequence[float], unit: str = "s", digits: int = 1) -> str:
    """Median and greatest."""
    if not values:
        return "-"
    return f"{statistics.median(values):.{digits}f} / {max(values):.{digits}f} {unit}"


HEAD = """\
| | fault | seed | acts | inputs | alerts | journal | invariants | recovery: median / worst | took (s) |
|---|---|---|---|---|---|---|---|---|---|
"""


def table(results: Sequence[Result]) -> str:
    """The table, and what is to be said of each fault."""
    notes = []
    for result in results:
        notes += [f"{result.number}. **{result.fault}.** " + " ".join(result.notes)]
        notes += [f"   - BROKEN: {sentence}" for sentence in result.faults]
    return HEAD + "\n".join(result.row() for result in results) + "\n\n" + "\n".join(notes) + "\n"
