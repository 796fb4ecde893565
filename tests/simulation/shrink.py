"""A failing run made short: fewer faults, fewer messages, fewer days, a simpler cluster; it fails in the same way."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any, TypeVar

from tests.simulation.loop import DAY
from tests.simulation.plan import Plan
from tests.simulation.run import Outcome, run

_T = TypeVar("_T")

Run = Callable[[Plan], Outcome]

_SIMPLER: tuple[dict[str, Any], ...] = (
    {"static": False},
    {"workers": 2},
    {"workers": 1},
    {"inbox_partitions": 1},
    {"input_partitions": 1},
    {"chunk": 5_000},
    {"window": 5_000},
)
"""Settings with which there is less to understand."""


class Shrinking:
    """Tries shorter plans for so many seconds; `invariant` is what has to fail."""

    def __init__(self, invariant: str, seconds: float, carry_out: Run = run) -> None:
        self.tries = 0
        self._limit = monotonic() + seconds
        self._invariant = invariant
        self._run = carry_out

    def shortened(self, plan: Plan, ended_at: int) -> Plan:
        """The shortest plan found that fails like `plan`, which did so at `ended_at`."""
        plan = self._cut(plan, ended_at)
        for simpler in _SIMPLER:
            if simpler.get("workers", 0) > plan.setting.workers:
                continue
            plan = self._better(plan, replace(plan, setting=replace(plan.setting, **simpler)))
        plan = replace(plan, faults=self._fewer(plan.faults, lambda left: replace(plan, faults=left)))
        told = self._fewer(plan.publications, lambda left: replace(plan, publications=left))
        plan = replace(plan, publications=told)
        plan = replace(plan, faults=self._fewer(plan.faults, lambda left: replace(plan, faults=left)))
        return self._fewer_days(plan)

    def _cut(self, plan: Plan, end: int) -> Plan:
        """Without what was to come after the failure."""
        shorter = replace(
            plan,
            setting=replace(plan.setting, days=min(plan.setting.days, 1 + end // DAY)),
            publications=[publication for publication in plan.publications if publication.at <= end],
            faults=[fault for fault in plan.faults if fault.at <= end],
        )
        return self._better(plan, shorter)

    def _fewer_days(self, plan: Plan) -> Plan:
        """Nothing may be needed of the days after what is left."""
        last = max((*(each.at for each in plan.publications), *(each.at for each in plan.faults)), default=0)
        for days in range(1 + last // DAY, plan.setting.days):
            shorter = replace(plan, setting=replace(plan.setting, days=days))
            if self._fails(shorter):
                return shorter
        return plan

    def _better(self, plan: Plan, shorter: Plan) -> Plan:
        return shorter if shorter != plan and self._fails(shorter) else plan

    def _fails(self, plan: Plan) -> bool:
        if monotonic() > self._limit:
            return False
        self.tries += 1
        violation = self._run(plan).violation
        return violation is not None and violation.invariant == self._invariant

    def _fewer(self, items: list[_T], made: Callable[[list[_T]], Plan]) -> list[_T]:
        """As few of `items` as are needed: whole halves are left out first, then smaller and smaller parts."""
        size = len(items)
        while size and monotonic() <= self._limit:
            index = 0
            while index < len(items):
                left = items[:index] + items[index + size :]
                if self._fails(made(left)):
                    items = left
                else:
                    index += size
            size //= 2
        return items
