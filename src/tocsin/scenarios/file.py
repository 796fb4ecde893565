"""Reads a file of scenarios and tests a contract by it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import SCENARIOS, ContractLibrary
from tocsin.contracts.source.document import Document
from tocsin.contracts.source.loader import read_text, refuse, validated
from tocsin.domain.instant import SECOND, Instant, to_datetime
from tocsin.domain.time.zones import zone
from tocsin.replay.fold import Unreplayable
from tocsin.scenarios.judge import Difference, Show, described, differences
from tocsin.scenarios.notation import ScenarioSpec, ScenariosSpec
from tocsin.scenarios.run import Outcome, WrongScenario, run


class Verdict(NamedTuple):
    """A scenario that was run: where it stands, what differs, and every alert that came, in a line each."""

    place: str
    scenario: ScenarioSpec
    differences: list[tuple[str, str]]  # the place of each, and what differs
    outcome: Outcome
    alerts: list[str]

    @property
    def passed(self) -> bool:
        """True if all came as expected."""
        return not self.differences


def scenarios_beside(contract: Path) -> Path:
    """The file of the scenarios of a contract: `NAME.scenarios.yaml` beside `NAME.yaml`."""
    return contract.with_name(contract.stem + SCENARIOS)


class ScenarioFile:
    """The scenarios of a file."""

    def __init__(self, path: Path) -> None:
        """Raises `ContractError` with a line for each fault."""
        self._document = Document(read_text(path), path.name)
        self.scenarios = validated(ScenariosSpec, self._document).root

    def test(self, library: ContractLibrary, contract: str) -> Iterator[Verdict]:
        """Run each scenario under `contract`. Raises `ContractError` for one that is wrong."""
        for index, scenario in enumerate(self.scenarios):
            try:
                outcome = run(scenario, library, contract)
            except WrongScenario as error:
                refuse(self._document, [((index, *path), what) for path, what in error.problems])
                raise
            except Unreplayable as error:
                raise ContractError(f"{self._line((index,))}: {error}") from error
            shown = _in_zone(scenario.tenant.timezone)
            found = [self._placed(index, each) for each in differences(scenario, outcome, shown)]
            alerts = [described(alert, shown) for alert in outcome.alerts]
            yield Verdict(self._line((index,)), scenario, found, outcome, alerts)

    def _placed(self, index: int, difference: Difference) -> tuple[str, str]:
        return self._line((index, *difference.path)), difference.text

    def _line(self, path: tuple[int | str, ...]) -> str:
        return self._document.place(path).rpartition(": ")[0]


def _in_zone(name: str) -> Show:
    """Times in that zone, as the client reads them."""

    def shown(at: Instant) -> str:
        return to_datetime(at).astimezone(zone(name)).isoformat(timespec="milliseconds" if at % SECOND else "seconds")

    return shown
