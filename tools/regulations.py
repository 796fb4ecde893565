"""The page of the regulations, as their overlays and the scenarios beside these say it. `tools.reference` writes it."""

from collections.abc import Iterator
from pathlib import Path

from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.notation.targets import show_target
from tocsin.domain.contract.model import Contract, ObjectiveRule
from tocsin.domain.contract.rules import Citation
from tocsin.scenarios.file import ScenarioFile, scenarios_beside
from tocsin.scenarios.notation import ScenarioSpec

ROOT = Path(__file__).parents[1]
OVERLAYS = ROOT / "src" / "tocsin" / "contracts" / "overlays"

_ABOUT = """\
Each duty of each [overlay](../regulations.md) that comes with Tocsin: what starts its clock, what stops it, and the
first scenario that shows it. *Stated* is what the text says; what is *assumed* is our reading, and
`tocsin contract show NAME` prints all readings. No figure: the law says "without undue delay", or the like; such a duty
is shown and told, and is never late.
"""


def regulations() -> str:
    """The page of the duties of all overlays that are shipped."""
    library = ContractLibrary.load(None)
    parts = ["# Duties to regulators\n", "<!-- Written by `make reference`. -->\n", _ABOUT]
    for name in library.overlays():
        parts.extend(_overlay(library.shown(name), ScenarioFile(scenarios_beside(OVERLAYS / f"{name}.yaml")).scenarios))
    return "\n".join(parts)


def _overlay(contract: Contract, scenarios: tuple[ScenarioSpec, ...]) -> Iterator[str]:
    (overlay,) = contract.overlays
    (plan,) = contract.plans.values()
    yield f"## {overlay.title}\n"
    yield f"[`{overlay.name}`](../../src/tocsin/contracts/overlays/{overlay.name}.yaml): {overlay.source}."
    yield f"Read on {overlay.read_on}. {overlay.notice}\n"
    yield "| duty | within | clause | starts with | ends with | shown by |\n|---|---|---|---|---|---|"
    yield "\n".join(_row(rule, scenarios) for rule in plan.objectives if rule.overlay) + "\n"
    yield from (f"- {it.name}: {it.text} ({_clause(it.cites)})" for it in plan.obligations)
    yield ""


def _row(rule: ObjectiveRule, scenarios: tuple[ScenarioSpec, ...]) -> str:
    promise = next(iter(rule.targets.values()))
    within = [show_target(promise.target)]
    within += [
        f"at the latest {show_target(it.promised.target)} after {_codes(it.starts)}" for it in rule.at_the_latest
    ]
    shown = next(it.scenario for it in scenarios if rule.id in _shown(it))
    cells = (f"`{rule.id}`", "; ".join(within), _clause(promise.cites), _codes(rule.starts), _codes(rule.stops), shown)
    return f"| {' | '.join(cells)} |"


def _shown(scenario: ScenarioSpec) -> set[str | None]:
    return {*scenario.deadlines, *(it.rule for it in scenario.expected)}


def _clause(cites: Citation) -> str:
    return f"{cites.clause}, {cites.basis}"


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{it}`" for it in names)
