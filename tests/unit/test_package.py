"""What belongs to the package beside its modules."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_the_package_says_that_it_has_types() -> None:
    assert files("tocsin").joinpath("py.typed").is_file()


def test_the_wheel_holds_every_file_of_the_package() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {"packages": ["src/tocsin"]}, "hatchling takes every file there if told no more"


def test_the_hooks_run_the_tools_of_make_lint_and_fetch_nothing() -> None:
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [it["repo"] for it in repositories] == ["local"]
    hooked = [hook["entry"] for hook in repositories[0]["hooks"]]
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert lint
    tools = re.findall(r"\.venv/bin/(?:ruff \w+|mypy)", lint[1])
    assert len(tools) >= 3
    assert [tool for tool in tools if not any(entry.startswith(tool) for entry in hooked)] == []
