"""`tocsin history record`: a history with its expected outputs from a short script of its inputs."""

import json
from inspect import cleandoc
from itertools import takewhile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tocsin.cli import history, main_group
from tocsin.messages.registry import EVENTS
from tocsin.replay import script as script_module
from tocsin.replay.script import ScriptError, parse

HEADER = """\
# a missed call
contract: esentire
promise: A missed call that is not returned in 20 minutes
  alerts the shift lead.
clause: Telephone Support
shows: standard.objectives.callback, standard.escalation.*
tenant: acme
date: 2026-03-02
defaults: call.missed to=+18445525837
  call.placed from=+18445525837 purpose=callback analyst=Ada
"""
INPUTS = """
09:00 call.missed from=+14165550100 as=c1
+30m  call.placed to=+14165550100 outcome=reached returns=c1 at=09:12
"""
ALERTS = """
09:20 ! callback_overdue objective=callback
09:20 ! escalated role="shift lead"
09:30 ! corrected
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "a-missed-call.script"
    path.write_text(HEADER + INPUTS + ALERTS)
    return path


CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


def record(script: Path, *options: str) -> Result:
    return CliRunner().invoke(main_group, ["history", "record", str(script), *options])


def test_what_is_recorded_is_what_a_replay_of_the_inputs_gives(script: Path, tmp_path: Path) -> None:
    assert record(script).exit_code == 0
    expected = json.loads((tmp_path / "a-missed-call.expected.json").read_text())
    arguments = ["replay", "file", str(tmp_path / "a-missed-call.jsonl"), "--json", "--contract", "esentire"]
    came = [json.loads(text) for text in CliRunner().invoke(main_group, arguments).stdout.splitlines()]
    alerts = [{"at": it["recorded_at"], **it["value"]["data"]} for it in came if it["topic"] == "soc.alerts"]
    assert [{name: found[name] for name in told} for told, found in zip(expected["alerts"], alerts, strict=True)] == (
        expected["alerts"]
    )
    events = [it["value"] for it in came if it["topic"] == "soc.ticket-events"]
    assert [it["type"] for it in expected["events"]] == [it["type"] for it in events]
    assert expected["promise"] == "A missed call that is not returned in 20 minutes alerts the shift lead."
    assert expected["shows"] == ["standard.objectives.callback", "standard.escalation.*"]
    assert expected["options"] == {"contract": "esentire"}


def test_the_timeline_has_every_input_and_what_came_of_it_in_order(script: Path) -> None:
    lines = record(script).stdout.splitlines()
    assert [line for line in lines if line.startswith(">")] == [line for line in lines if "tocsin.call." in line]
    assert [line.split("!")[1].split()[0] for line in lines if "!" in line] == [
        "callback_overdue",
        "escalated",
        "corrected",
    ]
    times = [line[3:26] for line in lines]
    assert times == sorted(times)


def test_a_history_that_is_there_is_only_overwritten_when_asked(script: Path, tmp_path: Path) -> None:
    record(script)
    history = tmp_path / "a-missed-call.jsonl"
    before = history.read_text()
    script.write_text(script.read_text().replace("+14165550100", "+14165550199"))
    refused = record(script)
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert history.read_text() == before
    assert record(script, "--force").exit_code == 0
    assert history.read_text() != before


def test_check_writes_nothing_and_tells_what_is_not_current(script: Path, tmp_path: Path) -> None:
    assert record(script, "--check").exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == [script.name]
    record(script)
    assert record(script, "--check").exit_code == 0
    (tmp_path / "a-missed-call.expected.json").write_text("{}")
    assert "a-missed-call.expected.json" in record(script, "--check").output


def test_it_goes_into_another_folder_with_a_tenants_file_for_a_plan(script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "esentire"
    folder.mkdir()
    script.write_text(HEADER + "plan: standard\ntimezone: America/Toronto\n" + INPUTS)
    result = record(script, "--into", str(folder))
    assert result.exit_code == 0, result.output
    assert (folder / "a-missed-call.tenants.toml").read_text() == (
        '[tenants.acme]\ncontract = "esentire"\nplan = "standard"\ntimezone = "America/Toronto"\n'
    )
    assert "options" not in json.loads((folder / "a-missed-call.expected.json").read_text())


def test_the_support_log_is_expected_where_the_script_says_so(script: Path, tmp_path: Path) -> None:
    script.write_text(f"{HEADER}support_log: yes\n{INPUTS}{ALERTS}")
    assert record(script).exit_code == 0
    (row,) = json.loads((tmp_path / "a-missed-call.expected.json").read_text())["support_log"]
    assert (row["what"], row["address"], row["analyst"]) == ("call_missed", "+14165550100", "Ada")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("09:20 ! escalated", "09:21 ! escalated", "announced"),
        ('role="shift lead"', 'role="SOC manager"', "announced"),
        ("09:30 ! corrected\n", "", "not announced"),
        ("09:30 ! corrected\n", "09:30 ! corrected\n09:40 ! cleared\n", "nothing came"),
    ],
)
def test_alerts_that_do_not_come_as_announced_record_nothing(
    script: Path, tmp_path: Path, before: str, after: str, says: str
) -> None:
    script.write_text(script.read_text().replace(before, after))
    result = record(script)
    assert result.exit_code == 1
    assert says in result.output
    assert [path.name for path in tmp_path.iterdir()] == [script.name]


def test_every_message_that_there_is_has_a_line_with_its_members_by_their_names_on_the_wire() -> None:
    for kinds in EVENTS.values():
        for kind, event in kinds.items():
            data = event.model_fields["data"].annotation
            assert data is not None
            schemas = data.model_json_schema(by_alias=True)["properties"]
            told = {name: "true" if schema.get("type") == "boolean" else "1" for name, schema in schemas.items()}
            members = " ".join(f"{name}={value}" for name, value in told.items())
            (line,) = parse(f"{HEADER}09:00 {kind.removeprefix('tocsin.')} {members}").lines
            assert line["value"]["type"] == kind
            assert line["value"]["data"].keys() == schemas.keys()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("09:00 call.mised from=+1", "'call.mised' is no type; there is call.missed"),
        ("09:00 call.missed form=+1", "call.missed has no form; it has call, from, to"),
        ("09:00 call.missed +1", "'+1' is no member"),
        ("09:00 email.received automatic=yes", "neither true nor false"),
        ("9 call.missed from=+1", "line 12"),
        ("+99999999999d call.missed from=+1", "line 12"),
        ("09:00", "line 12"),
        ("09:00 !", "line 12"),
        ("09:00 call.missed from='+1", "line 12"),
        ("09:00 call.missed from=+1\n08:59 call.missed from=+1", "line 13: earlier than the line before"),
    ],
)
def test_a_wrong_line_is_refused_by_its_number(script: Path, line: str, says: str) -> None:
    script.write_text(f"{HEADER}\n{line}\n")
    result = record(script)
    assert result.exit_code == 2
    assert says in result.output


@pytest.mark.parametrize(
    ("part", "text"),
    [("date", "2026-02-30"), ("timezone", "Nowhere"), ("until", "12:00"), ("contract", "none"), ("tenant", 'a"b')],
)
def test_a_header_that_is_wrong_is_refused_in_words(script: Path, part: str, text: str) -> None:
    script.write_text(f"{HEADER}plan: standard\n{part}: {text}\n{INPUTS}")
    result = record(script)
    assert result.exit_code == 2, result.output
    assert result.output.startswith("Error: ")


def test_a_script_that_is_no_text_is_refused_in_words(script: Path) -> None:
    script.write_bytes(b"\xff\xfe")
    assert record(script).exit_code == 2


@pytest.mark.parametrize("part", ["contract", "promise", "clause", "shows", "tenant", "date"])
def test_a_part_that_the_header_lacks_is_named(part: str) -> None:
    text = "\n".join(line for line in HEADER.splitlines() if not line.startswith(f"{part}:"))
    with pytest.raises(ScriptError, match=part):
        parse(text)


def test_times_are_of_the_day_and_zone_of_the_script_or_follow_the_line_before() -> None:
    lines = (
        "09:00 call.missed from=+1",
        "+90s  call.missed from=+1",
        "2026-03-29",
        "09:00 call.missed from=+1",
        "2026-03-29T08:00:00Z call.missed from=+1 at=09:30",
    )
    told = parse("\n".join([f"{HEADER}timezone: Europe/Berlin", *lines])).lines
    assert [it["recorded_at"] for it in told] == [
        "2026-03-02T08:00:00Z",
        "2026-03-02T08:01:30Z",
        "2026-03-29T07:00:00Z",
        "2026-03-29T08:00:00Z",
    ]
    assert told[-1]["value"]["time"] == "2026-03-29T07:30:00Z"


def test_tickets_have_numbers_tenants_stand_before_the_type_and_a_call_is_called_as_its_input() -> None:
    acme, globex, nobody = parse(
        f"{HEADER}\n09:00 desk.link ticket=1 other=12 analyst=Ada\n09:00 globex call.missed from=+1 ticket=2 as=c2"
        "\n09:00 - call.missed from=+1"
    ).lines
    assert acme["value"]["data"] == {"ticket": "ACME-000001", "analyst": "Ada", "other": "ACME-000012"}
    assert globex["value"]["data"]["ticket"] == "GLOBEX-000002"
    assert globex["value"]["data"]["call"] == globex["value"]["id"] == "c2"
    assert globex["value"]["tenant"] == "globex"
    assert "tenant" not in nobody["value"]


@pytest.mark.parametrize(
    "text",
    [CONTRIBUTING.read_text(), script_module.__doc__, cleandoc(history.record.help or "")],
    ids=["CONTRIBUTING.md", "the module's text", "the command's help"],
)
def test_the_example_of_a_script_can_be_recorded(text: str, script: Path) -> None:
    lines = text.replace("\b", "").split("contract: esentire", 1)[1].splitlines()[1:]
    example = [line.strip() for line in takewhile(lambda line: not line.strip() or line.startswith("  "), lines)]
    script.write_text("\n".join(["contract: esentire", *(line for line in example if "tocsin history" not in line)]))
    result = record(script)
    assert result.exit_code == 0, result.output
