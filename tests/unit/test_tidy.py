"""The architecture, kept true: who may import whom, how long things may get, and why an exception is made."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tocsin

PACKAGE = Path(tocsin.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50

MAY_IMPORT = {
    "domain": {"domain"},
    "contracts": {"contracts", "domain"},
    "tenants": {"tenants", "contracts", "domain"},
    "messages": {"messages", "contracts", "domain"},
    "engine": {"engine", "messages", "contracts", "domain"},
    "replay": {"replay", "engine", "messages", "domain"},
    "audit": {"audit", "replay", "engine", "messages", "contracts", "domain"},
    "schemas": {"schemas", "engine", "messages", "tenants", "contracts", "domain"},
    "render": {"render", "audit", "messages", "contracts", "domain", "harmless"},
    "web": {"web", "streams.core", "messages", "domain", "settings", "loopback"},
    "client": {"client", "streams.kafka", "engine", "messages", "domain", "settings", "harmless"},
    "dev": {"dev", "client", "render", "streams", "engine", "messages", "tenants", "domain", "settings"},
}
"""The data's way: what lies before a package may be imported by it, never what lies behind."""

NOT_IN_DOMAIN = {"asyncio", "logging", "os", "random", "secrets", "socket", "subprocess", "threading", "time"}
NOT_CALLED_IN_DOMAIN = {"open", "print", "input", "datetime.now", "datetime.utcnow", "date.today", "uuid4", "uuid1"}

_IGNORE = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma)\b(?P<rest>.*)")
_REASON = re.compile(r"^(?::\s*[A-Z0-9, ]+)?(?:\[[a-z, -]+\])?\s+(?:-|;|#)\s+\S|^(?::\s*[A-Z0-9, ]+)\s+- \S")


def _source(module: Path) -> str:
    return (PACKAGE / module).read_text(encoding="utf-8")


def _imports(module: Path) -> Iterator[str]:
    """Every module that is imported, with its full name."""
    for node in ast.walk(ast.parse(_source(module))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _of(package: str) -> list[Path]:
    return [module for module in MODULES if module.parts[0] == package]


@pytest.mark.parametrize("module", _of("domain"), ids=str)
def test_the_domain_imports_nothing_but_itself_the_standard_library_and_msgspec(module: Path):
    for name in _imports(module):
        top = name.partition(".")[0]
        assert top in ("tocsin", "msgspec") or top in sys.stdlib_module_names, name


@pytest.mark.parametrize("module", _of("domain"), ids=str)
def test_the_domain_does_no_input_or_output_reads_no_clock_and_draws_no_random_number(module: Path):
    assert not {name.partition(".")[0] for name in _imports(module)} & NOT_IN_DOMAIN
    nodes = [node for node in ast.walk(ast.parse(_source(module))) if isinstance(node, ast.Attribute | ast.Name)]
    assert not {ast.unparse(node) for node in nodes} & NOT_CALLED_IN_DOMAIN


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_follow_the_way_of_the_data(package: str):
    wrong = [
        f"{module} imports {name}"
        for module in _of(package)
        for name in _imports(module)
        if name.startswith("tocsin.") and not _is_of(name, MAY_IMPORT[package])
    ]
    assert wrong == []


def _is_of(name: str, packages: set[str]) -> bool:
    return any(f"{name}.".startswith(f"tocsin.{package}.") for package in packages)


def test_nothing_but_itself_imports_the_command_line():
    wrong = [
        f"{module} imports {name}"
        for module in MODULES
        if module.parts[0] not in ("cli", "__main__.py")
        for name in _imports(module)
        if _is_of(name, {"cli"})
    ]
    assert wrong == []


def test_no_module_is_longer_than_a_reader_can_bear():
    long = {str(module): lines for module in MODULES if (lines := _source(module).count("\n")) > MODULE_LINES_MAX}
    assert long == {}


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{module}: {node.name} has {lines} lines"
        for module in MODULES
        for node in ast.walk(ast.parse(_source(module)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_every_exception_to_the_rules_has_its_reason_beside_it():
    bare = [
        f"{module}:{number}: {line.strip()}"
        for module in MODULES
        for number, line in enumerate(_source(module).splitlines(), start=1)
        if (found := _IGNORE.search(line)) and not _REASON.search(found["rest"])
    ]
    assert bare == []
