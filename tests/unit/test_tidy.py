"""The architecture, kept true: who may import whom, how long things may get, and why an exception is made."""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import tocsin
from tocsin.streams.faust import compat as faust_compat
from tocsin.streams.kafka import compat as kafka_compat

PACKAGE = Path(tocsin.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40

MAY_IMPORT = {
    "domain": {"domain"},
    "contracts": {"contracts", "domain"},
    "tenants": {"tenants", "messages.record", "contracts", "domain"},
    "roster": {"roster", "tenants", "contracts", "domain"},
    "messages": {"messages", "contracts", "domain"},
    "engine": {"engine", "messages", "contracts", "domain"},
    "story": {"story", "engine", "messages", "contracts", "domain"},
    "replay": {"replay", "engine", "messages", "domain"},
    "audit": {"audit", "replay", "engine", "messages", "contracts", "domain"},
    "scenarios": {"scenarios", "replay", "engine", "messages", "tenants", "contracts", "domain"},
    "schemas": {"schemas", "report.model", "scenarios", "engine", "messages", "tenants", "contracts", "domain"},
    "verify": {"verify", "recording", "replay", "engine", "messages", "domain", "settings"},
    "render": {"render", "scenarios", "story", "audit", "verify", "messages", "contracts", "domain", "harmless"},
    "tls": {"tls", "domain", "settings", "measures"},
    "web": {"web", "streams.core", "messages", "domain", "settings", "loopback", "measures", "tls"},
    "client": {
        *("client", "streams.kafka", "streams.core.port", "engine", "messages", "contracts", "domain", "settings"),
        "harmless",
    },
    "whatif": {
        *("whatif", "recording", "audit", "replay", "engine", "roster", "messages", "contracts", "domain"),
    },
    "recording": {"recording", "client", "streams.kafka", "replay", "engine", "messages", "domain", "settings"},
    "report": {
        *(
            "report",
            "render",
            "story",
            "audit",
            "whatif.picture",
            "engine",
            "messages",
            "contracts",
            "domain",
            "harmless",
        ),
    },
    "forgetting": {"forgetting", "recording", "messages", "contracts", "domain", "settings"},
    "notify": {
        *("notify", "client", "roster", "web", "streams.kafka", "tenants", "contracts", "messages", "domain"),
        *("settings", "harmless", "loopback", "measures", "tls"),
    },
    "board": {
        *(
            "board",
            "story",
            "web",
            "client",
            "streams.kafka.clients",
            "engine",
            "messages",
            "contracts",
            "domain",
            "settings",
        ),
        *("loopback", "harmless", "replay.refolding"),
    },
    "doctor": {
        *("doctor", "client", "notify", "streams.kafka", "streams.core.adoptions", "tenants", "contracts", "engine"),
        *("messages", "domain", "settings", "loopback", "tls"),
    },
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
def test_the_domain_imports_nothing_but_itself_the_standard_library_and_msgspec(module: Path) -> None:
    for name in _imports(module):
        top = name.partition(".")[0]
        assert top in ("tocsin", "msgspec") or top in sys.stdlib_module_names, name


@pytest.mark.parametrize("module", _of("domain"), ids=str)
def test_the_domain_does_no_input_or_output_reads_no_clock_and_draws_no_random_number(module: Path) -> None:
    assert not {name.partition(".")[0] for name in _imports(module)} & NOT_IN_DOMAIN
    nodes = [node for node in ast.walk(ast.parse(_source(module))) if isinstance(node, ast.Attribute | ast.Name)]
    assert not {ast.unparse(node) for node in nodes} & NOT_CALLED_IN_DOMAIN


FLOORS = (
    "vocabulary",
    "instant",
    "fact",
    "trace",
    "tlp",
    "contract",
    "time",
    "commands",
    "events",
    "state",
    "decide",
    "clocks",
    "alerts",
)
"""The floors of the domain: each stands on those before it."""


def _floor(name: str) -> int:
    """The floor of a module of the domain by its full name."""
    return FLOORS.index(name.split(".")[2])


@pytest.mark.parametrize(
    "module", [it for it in _of("domain") if it.name != "__init__.py" or len(it.parts) > 2], ids=str
)
def test_each_floor_of_the_domain_stands_on_those_before_it(module: Path) -> None:
    own = FLOORS.index(module.with_suffix("").parts[1])
    above = [name for name in _imports(module) if name.startswith("tocsin.domain.") and _floor(name) > own]
    assert above == []


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_follow_the_way_of_the_data(package: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module in _of(package)
        for name in _imports(module)
        if name.startswith("tocsin.") and not _is_of(name, MAY_IMPORT[package])
    ]
    assert wrong == []


def _is_of(name: str, packages: set[str]) -> bool:
    return any(f"{name}.".startswith(f"tocsin.{package}.") for package in packages)


def test_nothing_but_itself_imports_the_command_line() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in MODULES
        if module.parts[0] not in ("cli", "__main__.py")
        for name in _imports(module)
        if _is_of(name, {"cli"})
    ]
    assert wrong == []


def test_no_module_is_longer_than_a_reader_can_bear() -> None:
    long = {str(module): lines for module in MODULES if (lines := _source(module).count("\n")) > MODULE_LINES_MAX}
    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{module}: {node.name} has {lines} lines"
        for module in MODULES
        for node in ast.walk(ast.parse(_source(module)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_every_exception_to_the_rules_has_its_reason_beside_it() -> None:
    bare = [
        f"{module}:{number}: {line.strip()}"
        for module in MODULES
        for number, line in enumerate(_source(module).splitlines(), start=1)
        if (found := _IGNORE.search(line)) and not _REASON.search(found["rest"])
    ]
    assert bare == []


COMPAT = {"aiokafka": Path("streams/kafka/compat.py"), "faust": Path("streams/faust/compat.py")}
"""Where private names of these libraries may be reached, and the libraries be changed."""

FOREIGN = ("aiokafka", "faust", "mode")
OF_PYTHON = {"_abc_impl"}
OF_NAMED_TUPLES_AND_ENUMS = {"_asdict", "_replace", "_fields", "_make", "_value_"}
PUBLIC_ALL_THE_SAME = {"os._exit"}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in OF_NAMED_TUPLES_AND_ENUMS | OF_PYTHON


def _foreign_names(tree: ast.AST) -> set[str]:
    """What a module has imported that is not ours."""
    nodes = list(ast.walk(tree))
    plain = {(a.asname or a.name).split(".")[0] for n in nodes if isinstance(n, ast.Import) for a in n.names}
    return plain | {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("tocsin")
        for alias in node.names
    }


def _reached(tree: ast.AST) -> Iterator[str]:
    """Private attributes of other objects than `self` and `cls`, where their class is not of this module."""
    own = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    own |= {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            of = ast.unparse(node.value)
            if of not in ("self", "cls") and node.attr not in own and f"{of}.{node.attr}" not in PUBLIC_ALL_THE_SAME:
                yield ast.unparse(node)


def _changed(tree: ast.AST) -> Iterator[str]:
    """Attributes of imported foreign modules and classes to which something is assigned."""
    foreign = _foreign_names(tree)
    for node in ast.walk(tree):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        yield from (
            ast.unparse(target)
            for target in targets
            if isinstance(target, ast.Attribute) and ast.unparse(target).split(".")[0] in foreign
        )


@pytest.mark.parametrize("module", [m for m in MODULES if m not in COMPAT.values()], ids=str)
def test_nothing_private_of_another_object_is_reached_and_no_library_is_changed(module: Path) -> None:
    tree = ast.parse(_source(module))
    assert list(_reached(tree)) == []
    assert [name for name in _changed(tree) if not name.startswith("logging.root.")] == []  # which is how logs are sent


@pytest.mark.parametrize("module", [m for m in _of("streams") if m not in COMPAT.values()], ids=str)
def test_no_class_of_ours_overrides_or_calls_what_is_private_in_its_foreign_base(module: Path) -> None:
    imported = importlib.import_module(".".join(("tocsin", *module.with_suffix("").parts)))
    for name, kind in vars(imported).items():
        if isinstance(kind, type) and kind.__module__ == imported.__name__:
            bases = [base for base in kind.__mro__ if base.__module__.split(".")[0] in FOREIGN]
            private = {n for base in bases for n in (*vars(base), *inspect.get_annotations(base)) if _is_private(n)}
            nodes = list(ast.walk(ast.parse(inspect.getsource(kind))))
            called = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
            made = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
            assert private & (called | made) == set(), name


def test_private_names_were_looked_up_in_the_versions_that_are_installed() -> None:
    for library, version in {**kafka_compat.SEEN, **faust_compat.SEEN}.items():
        assert metadata.version(library) == version, "look the private names up again, and change SEEN"


@pytest.mark.parametrize(
    ("folder", "strangers"), [("core", ("aiokafka", "faust", "mode")), ("kafka", ("faust", "mode"))]
)
def test_the_steps_of_the_worker_know_no_kafka_and_kafka_knows_no_faust(
    folder: str, strangers: tuple[str, ...]
) -> None:
    strangers = (*strangers, "tocsin.streams.faust", *(("tocsin.streams.kafka",) if folder == "core" else ()))
    wrong = [
        f"{module} imports {name}"
        for module in _of("streams")
        if module.parts[1] == folder
        for name in _imports(module)
        if any(name == stranger or name.startswith(f"{stranger}.") for stranger in strangers)
    ]
    assert wrong == []


def test_the_web_server_is_above_the_streams() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in _of("streams")
        for name in _imports(module)
        if name.startswith("tocsin.web")
    ]
    assert wrong == []
