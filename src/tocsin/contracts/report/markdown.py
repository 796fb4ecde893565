"""Every rule of the contracts as Markdown, with its clause and the histories that show it."""

from collections.abc import Iterable, Iterator
from os.path import relpath
from pathlib import Path

from tocsin.contracts.report.histories import History
from tocsin.contracts.report.rules import OWN, Rule, own_rules, rules
from tocsin.domain.contract.model import Contract

_HEAD = """\
# The rules of the contracts

Written by `tocsin contract table`; do not edit. A rule is *stated* where the document says so, and *assumed* where it
is our reading, which `tocsin contract lint` gives with its reason. What a history shows is checked by the tests: its
inputs are replayed, and every figure stands in its expectations. A rule of which nothing comes but its text is shown
by `tocsin contract show`.
"""
_SHORT_HEAD = """\
# Every rule in one row

Written by `tocsin contract table --short`; do not edit. Here stands every rule that is enforced, with its clause and
one scenario that shows it. [contracts.md](contracts.md) has all scenarios, and the rules that are only told.
"""
_COLUMNS = "| kind | rule | plan | clause | basis | shown by |\n|---|---|---|---|---|---|\n"


def rule_table(contracts: Iterable[Contract], recorded: Iterable[History], folder: Path) -> str:
    """The page; its links are relative to `folder`."""
    recorded, parts, own = list(recorded), [_HEAD], dict[str, Rule]()
    for contract in contracts:
        parts.append(_section(contract.name, contract.title, rules(contract), recorded, folder))
        own |= {rule.key: rule for rule in own_rules(contract)}
    parts.append(_section(OWN, "Where a document says nothing", own.values(), recorded, folder))
    return "\n".join(parts)


def short_rule_table(contracts: Iterable[Contract], recorded: Iterable[History], folder: Path) -> str:
    """One row per enforced rule: vendor, rule, clause, and the first history that shows it."""
    recorded = list(recorded)
    rows = [
        f"| {contract.name} | {_escaped(rule.text)} | {_escaped(rule.cites.clause)} | {_link(shown, folder)} |"
        for contract in contracts
        for rule in rules(contract)
        for shown in [it for it in recorded if it.contract == contract.name and it.shows_rule(rule)][:1]
    ]
    return "\n".join([_SHORT_HEAD, "| vendor | rule | clause | scenario |", "|---|---|---|---|", *rows, ""])


def _section(name: str, title: str, all_rules: Iterable[Rule], recorded: list[History], folder: Path) -> str:
    here = [it for it in recorded if it.contract == name]
    rows = "".join(f"| {' | '.join(_cells(rule, name, here, folder))} |\n" for rule in all_rules)
    return f"## {title}\n\n{_COLUMNS}{rows}"


def _cells(rule: Rule, contract: str, recorded: list[History], folder: Path) -> Iterator[str]:
    yield rule.kind
    yield _escaped(rule.text)
    yield ", ".join(rule.plans) or "any"
    yield _escaped(rule.cites.clause)
    yield rule.cites.basis
    shown = [_link(it, folder) for it in recorded if it.shows_rule(rule)]
    yield "<br>".join(shown) or ("" if rule.folded else f"`tocsin contract show {contract}`")


def _link(history: History, folder: Path) -> str:
    return f"[{history.name.replace('-', ' ')}]({Path(relpath(history.path, folder)).as_posix()})"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
