"""No module knows the name of a contract or of an overlay: one more of them touches YAML alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.contracts.library import SHIPPED, ContractLibrary, shipped_overlays
from tocsin.contracts.notation.spelling import UNASSIGNED

SOURCE = Path(__file__).parents[2] / "src" / "tocsin"
FOLDERS = {"vendors": {*SHIPPED, "plain"}, "overlays": {*shipped_overlays()}}
NAMES = {*SHIPPED, *shipped_overlays()} - {UNASSIGNED}  # the contract of callers whose tenant nobody knows is our own
DEFAULTS = {SOURCE / "settings" / "__init__.py": 1}  # the default of `default_contract`


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a module that is no docstring."""
    found = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in found:
            yield node.value


def mentions(text: str) -> list[str]:
    """The names of contracts and overlays in the texts of a module."""
    word = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(NAMES)))})(?![\w-])", re.IGNORECASE)
    return [it for each in texts(ast.parse(text)) for it in word.findall(each)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_file_in_the_folder_is_all_that_it_takes(folder: str) -> None:
    """The lists of what is shipped are those of the folders, and a name is that of its file."""
    files = {path.name.split(".")[0] for path in (SOURCE / "contracts" / folder).glob("*.yaml")}
    assert files == FOLDERS[folder]
    library = ContractLibrary.load(None)
    shown = [library.shown(name) for name in files - {"plain"}]
    assert {it.overlays[0].name if it.overlays else it.name for it in shown} == files - {"plain"}


def test_no_module_names_one() -> None:
    """Only the default of a setting does, which operators have to be able to look up."""
    found = {path: mentions(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")}
    assert {path: len(names) for path, names in found.items() if names} == DEFAULTS


def test_the_search_for_names_finds_one() -> None:
    """A name counts in any text but a docstring, and not within a longer word."""
    name = min(NAMES)
    assert mentions(f'"""Such as {name}."""\nif contract == "{name.upper()}":\n    x = "my-{name}"\n') == [name.upper()]


@pytest.mark.parametrize("name", shipped_overlays())
def test_an_overlay_of_a_law_says_that_it_is_no_legal_advice(name: str) -> None:
    """And on which day its text was read."""
    (overlay,) = ContractLibrary.load(None).shown(name).overlays
    assert overlay.notice.startswith("No legal advice.")
    assert overlay.read_on.isoformat() >= "2026-11-30"
