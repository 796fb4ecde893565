"""What belongs to the package beside its modules."""

import tomllib
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_package_says_that_it_has_types():
    assert files("tocsin").joinpath("py.typed").is_file()


def test_the_wheel_holds_every_file_of_the_package():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {"packages": ["src/tocsin"]}, "hatchling takes every file there if told no more"
