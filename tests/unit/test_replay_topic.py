"""A live replay: its time, what is known at each moment of it, and the command."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.board.rerun import inbox_of
from tests.board.screenshots import SCRIPT
from tests.board.stage import Stage

from tocsin.board.replayed.clock import ReplayTime
from tocsin.board.replayed.player import Player
from tocsin.board.replayed.rerun import Rerun
from tocsin.cli import main_group
from tocsin.domain.instant import HOUR, Instant, parse, show
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic
from tocsin.replay import line
from tocsin.replay.refolding import Refold
from tocsin.replay.script import parse as parse_script

AT = parse("2026-03-03T14:24:00Z")
END = parse("2026-03-03T14:41:20Z")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    return inbox_of(SCRIPT.read_text(encoding="utf-8"), tmp_path_factory.mktemp("stage"))


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_time_of_a_replay_runs_with_its_speed_stands_and_ends() -> None:
    seconds = Seconds()
    time = ReplayTime(AT, AT + HOUR, 60, seconds)
    seconds.now += 5
    assert (time.now(), time.pace, time.running) == (AT, 0, False)
    time.go_on()
    seconds.now += 2
    assert (time.now(), time.pace, time.running) == (AT + 120_000, 60, True)
    assert time.seconds_until(AT + 180_000) == 1
    time.stand()
    seconds.now += 50
    assert (time.now(), time.pace) == (AT + 120_000, 0)
    time.go_on()
    time.turn_back(AT)
    seconds.now += 1
    assert time.now() == AT + 60_000
    seconds.now += 1_000
    assert (time.now(), time.pace, time.running) == (AT + HOUR, 0, False)
    assert time.seconds_until(AT + 2 * HOUR) == 0


@given(moments=st.lists(st.integers(AT - 40 * HOUR, END + HOUR), max_size=6))
def test_however_often_it_stops_on_the_way_a_replay_comes_to_what_the_fold_comes_to(
    log: list[Record], moments: list[Instant]
) -> None:
    player = Player({0: log})
    said: list[Record] = []
    for at in sorted(moments):
        said += player.to(at)
        assert player.clock <= at
        assert player.next_at is None or player.next_at > at
        assert all(record.timestamp <= at for record in said)
    said += player.to(END)
    whole = list(Refold(0).fold(log))
    for topic in (Topic.TICKET_EVENTS, Topic.ALERTS):
        assert [it for it in said if it.topic is topic] == [it for it in whole if it.topic is topic]
    assert last(said) == last(whole)


def last(records: list[Record]) -> dict[tuple[Topic, bytes | None], bytes | None]:
    """The state that the records leave."""
    states = (Topic.TICKETS, Topic.TENANTS)
    return {(it.topic, it.key): it.value for it in records if it.topic in states}


@pytest.mark.parametrize("moment", ["2026-03-02T12:00:00Z", "2026-03-03T14:24:00Z", "2026-03-03T14:41:20Z"])
def test_at_a_moment_the_board_knows_what_a_board_knew_then(log: list[Record], tmp_path: Path, moment: str) -> None:
    at = parse(moment)
    rerun = Rerun(Player({0: log}), ReplayTime(at, at + HOUR, 1))
    rerun.begin(lambda _: None)
    then = stage_at(at, tmp_path)
    assert sorted(rerun.model.promises()) == sorted(then.model.promises())
    assert rerun.model.promises()
    told = [(it.at, it.data["kind"], it.data["number"]) for it in then.model.alerts]
    assert [(it.at, it.data["kind"], it.data["number"]) for it in rerun.model.alerts] == told
    assert rerun.model.tenants.keys() == then.model.tenants.keys()


def stage_at(at: Instant, folder: Path) -> Stage:
    """A board that has heard what was recorded until then, and no more."""
    script = SCRIPT.read_text(encoding="utf-8").replace("until: 2026-03-03T14:41:20Z\n", "")
    stage = Stage.of(script[: script.index("\n2026-03-02\n") + 1], folder)
    for entry in parse_script(script).lines:
        if parse(entry["recorded_at"]) <= at:
            stage.take(entry)
    if at == END:
        stage.tick(at)
    return stage


def file_of(records: list[Record], folder: Path) -> str:
    path = folder / "inbox.jsonl"
    path.write_bytes(b"".join(line.write(record) + b"\n" for record in records))
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main_group, ["replay", "topic", *arguments])
    return result.exit_code, result.output


def test_without_a_board_the_alerts_of_the_stretch_are_printed(log: list[Record], tmp_path: Path) -> None:
    path = file_of(log, tmp_path)
    code, text = run(path, "--from", show(AT), "--no-board", "--speed", "100000", "--json")
    assert code == 0
    told = [json.loads(each) for each in text.splitlines()]
    alerts = [it for it in Refold(0).fold(log) if it.topic is Topic.ALERTS]
    known = {record.offset for record in Player({0: log}).to(AT) if record.topic is Topic.ALERTS}
    assert sorted(it["offset"] for it in told) == [it.offset for it in alerts if it.offset not in known]
    assert [it["recorded_at"] for it in told] == sorted(it["recorded_at"] for it in told)
    code, text = run(path, "--from", show(AT), "--to", show(AT + 120_000), "--no-board", "--speed", "100000")
    assert (code, "! breached" in text, "! callback_overdue" in text) == (0, True, False)


def test_a_stretch_that_the_log_does_not_have_is_refused(log: list[Record], tmp_path: Path) -> None:
    path = file_of(log, tmp_path)
    code, text = run(path, "--from", show(END + HOUR), "--no-board")
    assert (code, "The log ends at 2026-03-03T14:41:20Z" in text) == (1, True)
    assert run(path, "--from", show(AT), "--to", show(AT), "--no-board")[0] == 2
    assert run(path, "--from", show(AT), "--json")[0] == 2
    old = file_of([record for record in log if record.value != inbox.switch(2, first=True)], tmp_path)
    code, text = run(old, "--from", show(AT), "--no-board")
    assert (code, "release 0.2" in text) == (2, True)


def started(log: list[Record], folder: Path, stdin: int, speed: str) -> subprocess.Popen[str]:
    """The command, in a process of its own."""
    command = [sys.executable, "-c", "from tocsin.cli import main; main()"]
    options = ["--from", show(AT), "--to", show(END), "--speed", speed]
    return subprocess.Popen(
        [*command, "replay", "topic", file_of(log, folder), *options],
        stdout=subprocess.PIPE,
        stdin=stdin,
        text=True,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")},
    )


def test_on_a_terminal_enter_pauses_it_and_lets_it_go_on(log: list[Record], tmp_path: Path) -> None:
    ours, its = os.openpty()
    process = started(log, tmp_path, its, "0.1")
    try:
        assert process.stdout is not None
        assert "Enter pauses it" in [process.stdout.readline() for _ in range(3)][-1]
        os.write(ours, b"\n")
        assert process.stdout.readline().startswith("It stands at 2026-03-03 14:24")
        os.write(ours, b"\n")
        assert process.stdout.readline() == "It goes on.\n"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        os.close(ours)
        os.close(its)


def test_the_command_serves_a_board_that_nobody_acts_on_and_ends_when_it_is_asked_to(
    log: list[Record], tmp_path: Path
) -> None:
    process = started(log, tmp_path, subprocess.DEVNULL, "0.1")
    try:
        assert process.stdout is not None
        notice, address = process.stdout.readline().strip(), process.stdout.readline().strip().rpartition(" ")[2]
        stretch = "Replay of 2026-03-03 14:24 to 2026-03-03 14:41 UTC, 0.1 times as fast"
        assert notice == f"{stretch}: nothing here is happening now."
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - the board's own address
            page = answer.read().decode()
        assert notice in page
        assert "ACME-000003" in page
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(  # noqa: S310 - likewise
                f"{address}/tickets/ACME-000003/act", b"verb=note", timeout=60
            )
        assert refused.value.code == 403
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
