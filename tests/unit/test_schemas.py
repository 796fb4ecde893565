"""The published schemas say what the code does."""

import json
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from msgspec import UNSET, UnsetType

from tocsin.cli.schemas import command
from tocsin.domain.alerts.alert import AlertEvent
from tocsin.domain.commands.inbound import BODIES, Body
from tocsin.domain.events import Event
from tocsin.domain.instant import Instant, parse
from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.engine import snapshot
from tocsin.engine.journal import Journal, JournalHeader
from tocsin.engine.snapshot import PartitionState
from tocsin.messages import inbox
from tocsin.messages.dead_letters import DeadLetterReason, Rejected, dead_letter
from tocsin.messages.record import Record, Topic
from tocsin.schemas.files import files
from tocsin.tenants.directory import TenantDirectory

ROOT = Path(__file__).parents[2]
STAMP = parse("2026-03-01T09:00:00Z")
FILES = files()


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(FILES[f"{name}.schema.json"]), format_checker=FormatChecker())


def test_the_files_in_the_repository_are_current() -> None:
    outcome = CliRunner().invoke(command, [str(ROOT / "schemas"), "--check"])
    assert outcome.exit_code == 0, outcome.output


def test_the_command_writes_what_it_then_finds_current(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(command, [str(tmp_path), "--check"]).exit_code == 1
    assert runner.invoke(command, [str(tmp_path)]).exit_code == 0
    assert runner.invoke(command, [str(tmp_path), "--check"]).exit_code == 0
    (tmp_path / "alert.schema.json").write_text("{}")
    outcome = runner.invoke(command, [str(tmp_path), "--check"])
    assert outcome.exit_code == 1
    assert "not current: alert.schema.json" in outcome.output


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".schema.json")])
def test_every_schema_is_one(name: str) -> None:
    schema = json.loads(FILES[name])
    Draft202012Validator.check_schema(schema)
    assert schema["description"]


def test_every_input_has_a_schema_and_a_channel() -> None:
    channels = json.loads(FILES["asyncapi.json"])["channels"]
    for kind in set(BODIES) - {"tocsin.tick", "tocsin.rules"}:
        name = kind.removeprefix("tocsin.")
        assert f"{name}.schema.json" in FILES
        assert any(name in channel["messages"] for channel in channels.values())


def test_the_asyncapi_document_refers_to_nothing_that_is_not_there() -> None:
    document = json.loads(FILES["asyncapi.json"])
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"]
    for channel in document["channels"].values():
        assert channel["address"] in list(Topic)
        for message in channel["messages"].values():
            schema = message.get("payload") or message["headers"]
            assert schema["schema"]["$ref"].removeprefix("./") in FILES


@given(st.one_of(*(st.from_type(body) for body in dict.fromkeys(BODIES.values()))), st.none() | st.just(STAMP))
def test_every_record_of_the_inbox_fits_its_schema(body: Body, time: int | None) -> None:
    value = inbox.encode(body, tenant="acme", source="s", input_id="1", time=time, salt="00", origin="soc.calls/0/1")
    INBOX.validate(json.loads(value))


INBOX = validator("inbox")


def test_a_tick_fits_the_schema_of_the_inbox() -> None:
    INBOX.validate(json.loads(inbox.TICK))


def test_what_is_no_record_of_the_inbox_does_not_fit() -> None:
    with pytest.raises(ValidationError):
        INBOX.validate({"type": "tocsin.desk.resume", "data": {"ticket": "T"}})


@given(st.from_type(AlertEvent))
def test_every_alert_fits_its_schema(alert: AlertEvent) -> None:
    ALERT.validate(json.loads(msgspec.json.encode(alert)))


ALERT = validator("alert")


HEADER = JournalHeader(
    at=STAMP, tenant="acme", ticket="T", number="ACME-000001", sequence=1, input_id=None, offsets=(7,), salt="00"
)


def a(hint: Any, *, with_everything: bool) -> Any:
    """A value of that type, with or without what may be missing."""
    parts = get_args(hint)
    if hint == Instant:
        return STAMP
    if UnsetType in parts:
        return a(parts[0], with_everything=True) if with_everything else UNSET
    if NoneType in parts:
        return a(parts[0], with_everything=True) if with_everything else None
    if get_origin(hint) in (tuple, list):
        return get_origin(hint)([a(parts[0], with_everything=True)] if with_everything else [])
    if get_origin(hint) is dict:
        return {a(parts[0], with_everything=True): a(parts[1], with_everything=True)} if with_everything else {}
    if hint in (str, int, float, bool):
        return hint(1)
    if hint is date:
        return date(2026, 3, 1)
    if issubclass(hint, StrEnum):
        return next(iter(hint))
    hints = get_type_hints(hint, include_extras=True)
    return hint(
        **{name: a(of, with_everything=with_everything) for name, of in hints.items() if get_origin(of) is not ClassVar}
    )


@pytest.mark.parametrize("with_everything", [True, False])
@pytest.mark.parametrize("kind", [kind for kind in get_args(Event) if kind.JOURNALED])
def test_every_record_of_the_journal_fits_its_schema(kind: type[Any], with_everything: bool) -> None:
    record = json.loads(Journal().record(a(kind, with_everything=with_everything), HEADER))
    assert record["type"] == kind.TYPE
    JOURNAL.validate(record)


JOURNAL = validator("ticket-event")


@pytest.mark.parametrize("with_everything", [True, False])
@pytest.mark.parametrize(
    ("name", "state"), [("ticket", Ticket), ("tenant", Tenant), ("caller", Caller), ("partition", PartitionState)]
)
def test_every_record_of_state_fits_its_schema(name: str, state: Any, with_everything: bool) -> None:
    value = snapshot.encode(a(state, with_everything=with_everything))
    validator(f"state.{name}").validate(json.loads(value))


def test_a_contract_that_is_kept_fits_its_schema(example_tenants: TenantDirectory) -> None:
    validator("state.contract").validate(json.loads(example_tenants.adoption("acme").contract))


@pytest.mark.parametrize("reason", DeadLetterReason)
def test_the_headers_of_every_dead_letter_fit_their_schema(reason: DeadLetterReason) -> None:
    record = Record(Topic.CALLS, 0, 7, STAMP, b"k" * 2_000, b"x" * 1_000_000)
    headers = dict(dead_letter(record, Rejected(reason, "détail")).headers)
    validator("dead-letter.headers").validate({name: value.decode() for name, value in headers.items()})


def test_what_intake_refuses_the_schema_refuses_too() -> None:
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "tocsin.detection", "tenant": "acme"}
    data = {"signature": "1:1", "severity": "high", "asset": "a", "title": "t"}
    schema = validator("detection")
    schema.validate({**event, "data": data})
    for wrong in ({"title": "\u202e"}, {"severity": "worst"}, {"asset": 7}, {"signature": ""}, {"title": "a\nb"}):
        with pytest.raises(ValidationError):
            schema.validate({**event, "data": data | wrong})
    with pytest.raises(ValidationError):
        schema.validate({**event, "type": "tocsin.call.missed", "data": data})
