"""Looks for every planted bug from seed 1 on, and keeps when it was found."""

import json
import os
import shlex
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tests.machine import machine
from tests.simulation import campaign
from tests.simulation.bugs import BUGS
from tests.simulation.campaign import judged

_HERE = Path(__file__).parent
RESULTS = _HERE / "RESULTS.md"
FOUND = _HERE / "found.json"
"""The first seed that shows each bug, and the invariant by which it does: what the tests look at again."""

_SECONDS_MAX = 600.0  # of processor time, for one bug


class Catch(NamedTuple):
    """When a bug was found; `seed` 0: it was not."""

    bug: str
    seed: int
    days: float
    invariant: str
    seconds: float

    def told(self) -> str:
        """For a person."""
        if not self.seed:
            return f"{self.bug}: NOT FOUND in {self.days:,.1f} days"
        return (
            f"{self.bug}: seed {self.seed}, after {self.days:,.1f} days and {self.seconds:.1f} s, by: {self.invariant}"
        )


def look_for(bug: str) -> Catch:
    """The first seed that shows `bug`."""
    days, seconds = 0.0, 0.0
    for seed in count(1):
        outcome = judged(seed, bug)
        seconds += outcome.seconds
        days += outcome.days_until_end
        if outcome.violation:
            return Catch(bug, seed, days, outcome.violation.invariant, seconds)
        if seconds > _SECONDS_MAX:
            break
    return Catch(bug, 0, days, "", seconds)


def everywhere() -> Iterator[Catch]:
    """Every bug, on all cores, as they are found."""
    return campaign.everywhere(look_for, ((name,) for name in BUGS))


def pinned() -> dict[str, tuple[int, str]]:
    """What was found the last time: seed and invariant of each bug."""
    return {name: (seed, invariant) for name, (seed, invariant) in json.loads(FOUND.read_text()).items()}


def write(page: Path, found: Iterable[Catch], arguments: Iterable[str]) -> None:
    """Keep `found`, as a page for people and as what the tests look at."""
    catches = {catch.bug: catch for catch in found}
    ordered = [catches[name] for name in BUGS]
    page.write_text(_page(ordered, shlex.join(arguments)))
    if page == RESULTS and all(catch.seed for catch in ordered):
        FOUND.write_text(json.dumps({each.bug: (each.seed, each.invariant) for each in ordered}, indent=1) + "\n")


def _page(catches: list[Catch], arguments: str) -> str:
    load = f"{os.getloadavg()[2]:.1f}"
    rows = "\n".join(_row(catch) for catch in catches)
    return f"""# Planted bugs, and when the simulation finds them

Written by `make simulate ARGS='{arguments}'`, {datetime.now(UTC):%d %B %Y, %H:%M} UTC.
Machine: {machine()}; its load over the last 15 minutes was {load}.

Each bug is a change to the source of a function, described in [bugs.py](bugs.py). It is looked for from seed 1 on, and
found when an invariant does not hold; without it, every invariant holds on the same seeds. Days are simulated days of
the SOC until then, seconds are of processor time, all seeds together. `make test` looks at the first seed again.

| bug | the mistake | first seed | days | invariant | CPU s |
|---|---|---|---|---|---|
{rows}
"""


def _row(catch: Catch) -> str:
    seed = str(catch.seed) if catch.seed else "**NOT FOUND**"
    cells = (catch.bug, BUGS[catch.bug].mistake, seed, f"{catch.days:,.1f}", catch.invariant, f"{catch.seconds:.1f}")
    return "| " + " | ".join(cells) + " |"
