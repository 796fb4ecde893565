"""Whoever adds a verb, a message or an event and forgets its handler is told by the type checker, before any test."""

import re
import shutil
from pathlib import Path

import pytest
from mypy import api

import tocsin

DOMAIN = Path(tocsin.__file__).parent / "domain"

ADDED = {
    "commands/desk.py": ("class Escalate(BaseDeskCommand):\n    ", "WorkReport = ", "Escalate | "),
    "commands/inbound.py": ("class ChatReceived(BaseBody):\n    ", "Body = (\n    ", "ChatReceived\n    | "),
    "events/ticket.py": ("class TicketArchived(BaseTicketEvent):\n    ", None, "TicketArchived"),
    "events/clock.py": ("class ClockStopped(BaseClockEvent):\n    ", None, "ClockStopped"),
    "events/contact.py": ("class ContactBlocked(BaseContactEvent):\n    ", None, "ContactBlocked"),
    "events/contract.py": ("class ContractEnded(BaseContractEvent):\n    ", None, "ContractEnded"),
}
"""What is added where: a class, and its name in a union (those of events are all in `events/__init__.py`)."""


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of a domain with one more of each, and no handler for any."""
    source = tmp_path_factory.mktemp("source")
    copy = source / "tocsin" / "domain"
    shutil.copytree(DOMAIN, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy.parent / "__init__.py").touch()
    for name, (declared, union, member) in ADDED.items():
        _add(copy / name, declared, union, member)
    _list_events(copy / "events" / "__init__.py")
    out, complaint, _ = api.run(["--strict", "--no-pretty", "--config-file=", "--cache-dir=/dev/null", str(source)])
    assert complaint == ""
    return out


def _add(module: Path, declared: str, union: str | None, member: str) -> None:
    """Declare a class before the first union of the module, and make it a member."""
    text = module.read_text(encoding="utf-8")
    declared += '"""Something new."""\n\n    TYPE = "new"\n\n\n'
    if union is None:
        module.write_text(f"{text}\n\n{declared}", encoding="utf-8")
    else:
        assert text.count(f"\n{union}") == 1
        module.write_text(text.replace(f"\n{union}", f"\n{declared}{union}{member}"), encoding="utf-8")


def _list_events(module: Path) -> None:
    """Import the new events, and put each into the union of its group."""
    text = module.read_text(encoding="utf-8")
    for group in ("ticket", "clock", "contact", "contract"):
        member = ADDED[f"events/{group}.py"][2]
        union = f"{group.capitalize()}Event = (\n    "
        assert text.count(union) == 1
        text = text.replace(union, f"{union}{member}\n    | ")
        text = text.replace("\n\nfrom ", f"\n\nfrom tocsin.domain.events.{group} import {member}\nfrom ", 1)
    module.write_text(text, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "forgotten"),
    [
        ("decide/__init__.py", "ChatReceived"),
        ("decide/desk.py", "Escalate"),
        ("state/evolve.py", "TicketArchived"),
        ("state/evolve_clock.py", "ClockStopped"),
        ("state/evolve_contact.py", "ContactBlocked"),
        ("state/evolve_contract.py", "ContractEnded"),
        ("alerts/__init__.py", "TicketArchived"),
        ("alerts/clock.py", "ClockStopped"),
        ("alerts/__init__.py", "ContactBlocked"),
        ("alerts/__init__.py", "ContractEnded"),
    ],
)
def test_the_type_checker_names_what_has_no_handler(errors: str, module: str, forgotten: str) -> None:
    told = [line for line in errors.splitlines() if f"domain/{module}:" in line]
    assert any(re.search(rf"\b{forgotten}\b", line) for line in told), errors
