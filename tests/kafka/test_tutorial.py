"""The tutorial: its commands, read off the page, do what it says. `test_dev.py` runs that which starts Kafka."""

import os
import sys
from pathlib import Path

import pytest
from patience import HANG_SECONDS
from tests.tools.page import blocks, typed

from tocsin.dev.kafka import free_port
from tocsin.settings import Settings

INSTALL = """\
python3 -m venv tocsin && . tocsin/bin/activate
pip install 'tocsin[dev]'
tocsin dev --port 9092
"""
"""Of the first terminal: the wheel is installed so in `test_release.py`, and this starts what `test_dev.py` starts."""

ACTIVATE = ". tocsin/bin/activate\n"


@pytest.fixture
def script(bare_settings: Settings) -> str:
    """The second terminal, on this broker, with topics and a port of its own."""
    first, *others = blocks("tutorial.md")
    assert first == INSTALL
    text = "".join(others)
    for written, here in {
        ACTIVATE: "",
        "127.0.0.1:9092": bare_settings.bootstrap,
        '"first."': f'"{bare_settings.topic_prefix}"',
        '"first"': f'"{bare_settings.app_id}"',
        "2525": str(free_port()),
    }.items():
        assert written in text
        text = text.replace(written, here)
    return text


def test_every_command_of_the_tutorial_does_what_the_page_says(script: str, tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    clean["PATH"] = f"{Path(sys.executable).parent}:{clean['PATH']}"
    done = typed(script, tmp_path, clean, 3 * HANG_SECONDS)
    logs = "".join(path.read_text() for path in (tmp_path / "first").glob("*.log"))
    assert done.returncode == 0, done.stdout + logs
    for wanted in ("quick", "Grace Hopper", "ACME-000001", "callback_overdue", "To: grace@soc.example"):
        assert wanted in done.stdout
