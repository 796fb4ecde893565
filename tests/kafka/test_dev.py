import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import HANG_SECONDS, wait_for

from tocsin.dev.kafka import LocalKafka
from tocsin.settings import Settings
from tocsin.streams.kafka import topics


@pytest.fixture
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in; temporary files go there too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_the_whole_shift_is_seen_on_a_kafka_that_is_there(bare_settings: Settings, somewhere: Path) -> None:
    options = ["--bootstrap", bare_settings.bootstrap, "--topic-prefix", bare_settings.topic_prefix]
    with _dev(*options, "--speed", "400") as dev:
        seen = _read_until(dev, "the shift is over")
        for wanted in (
            r"ACME-\d+ +! detection +priority=P1",
            r"ACME-\d+ +! escalated .* to=shift lead",
            r"ACME-\d+ +! callback_overdue",
            r"ACME-\d+ +! corrected",
            r"INITECH-\d+ +! channel_violation",
            r"UNASSIGNED-\d+ +! escalated",
            r"x dead letter +reason=not_json",
            r"@ mail to grace@soc.example: .*Page for Grace Hopper, analyst",
            r"@ mail to alan@soc.example: .*Page for Alan Turing, shift lead",
            r"answer: http://127.0.0.1:\d+/answer/\S+",
        ):
            assert re.search(wanted, seen), wanted
        assert f"tail alerts --bootstrap {bare_settings.bootstrap} --topic-prefix {bare_settings.topic_prefix}" in seen
        _stop(dev, signal.SIGINT)
        assert dev.returncode == 0
    assert list(somewhere.glob("tocsin-*")) == []


def test_the_wallboard_shows_the_shift_and_its_end_disturbs_nothing(bare_settings: Settings, somewhere: Path) -> None:
    options = ["--bootstrap", bare_settings.bootstrap, "--topic-prefix", bare_settings.topic_prefix]
    with _dev(*options, "--speed", "200") as dev:
        notes = _read_until(dev, "The wallboard")
        found = re.search(r"The wallboard, for a browser: (http://127\.0\.0\.1:\d+/)$", notes.strip())
        assert found, "its address is the last thing that is said before the shift begins"
        _read_until(dev, "ransomware on the file server")
        wait_for(lambda: "Mass encryption of files" in _page(found[1]), "the wall shows the ransomware")
        token = re.search(r"cat (\S+)   # what the wallboard asks of Grace Hopper", notes)
        assert token
        bearer = {"Authorization": f"Bearer {Path(token[1]).read_text()}"}
        number = re.search(r"ACME-\d+(?=  *! detection)", _read_until(dev, "! detection"))
        assert number
        act = urllib.request.Request(f"{found[1]}tickets/{number[0]}/act", b"verb=acknowledge&page=1", bearer)  # noqa: S310 - as below
        wait_for(lambda: "Taken by Grace Hopper" in _page(act), "the ticket is taken")
        (board,) = [pid for pid in _children_of(dev.pid) if b"\0board\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(board, signal.SIGKILL)
        seen = _read_until(dev, "the shift is over")
        assert re.search(r"ACME-\d+ +! corrected", seen)
        _stop(dev, signal.SIGINT)
        assert dev.returncode == 0


@pytest.mark.parametrize(
    ("number", "background"),
    [(signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGTERM, True), (signal.SIGKILL, False)],
)
def test_however_it_is_stopped_no_process_is_left(number: signal.Signals, background: bool, somewhere: Path) -> None:
    with _dev(background=background) as dev:
        _read_until(dev, "! detection")
        with contextlib.ExitStack() as stack:
            children = [stack.enter_context(_watched(pid)) for pid in _children_of(dev.pid)]
            assert len(children) >= 4, "a broker, a worker, and a watcher for each"
            _stop(dev, number)
            for child in children:
                assert select.select([child], [], [], HANG_SECONDS)[0], "a process was left behind"
    if number != signal.SIGKILL:
        assert dev.returncode == 0
        assert list(somewhere.glob("tocsin-*")) == []


def test_a_wrong_tenants_file_is_told_before_anything_starts(bare_settings: Settings, somewhere: Path) -> None:
    tenants = somewhere / "tenants.toml"
    tenants.write_text("[tenants.acme]\ncontract = 'no-such-contract'\n")
    with _dev("--bootstrap", bare_settings.bootstrap, "--tenants-file", str(tenants)) as dev:
        said = dev.communicate(timeout=HANG_SECONDS)[0]
    assert dev.returncode == 2
    assert "tenants.toml:2" in said
    assert "no-such-contract" in said


def test_a_worker_that_cannot_start_is_told_with_the_end_of_its_log(
    bare_settings: Settings, somewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_SESSION_TIMEOUT", "2")
    with _dev("--bootstrap", bare_settings.bootstrap, "--topic-prefix", bare_settings.topic_prefix) as dev:
        said = dev.communicate(timeout=HANG_SECONDS)[0]
    assert dev.returncode == 1
    assert "The worker ended with exit status 78" in said
    assert "The brokers refuse session_timeout 2 s" in said


async def test_topics_that_are_there_for_real_work_are_left_alone(settings: Settings, somewhere: Path) -> None:
    with _dev("--bootstrap", settings.bootstrap, "--topic-prefix", settings.topic_prefix) as dev:
        said = dev.communicate(timeout=HANG_SECONDS)[0]
    assert dev.returncode == 1
    assert "--topic-prefix trial." in said
    assert {report.status for report in await topics.check(settings)} == {topics.Status.EXISTS}


def test_a_chosen_port_that_is_taken_is_a_sentence(broker: LocalKafka, somewhere: Path) -> None:
    port = broker.bootstrap.partition(":")[2]
    with _dev("--port", port) as dev:
        said = dev.communicate(timeout=HANG_SECONDS)[0]
    assert dev.returncode == 1
    assert f"Port {port} of 127.0.0.1 is taken" in said


@contextlib.contextmanager
def _dev(*options: str, background: bool = False) -> Iterator[subprocess.Popen[str]]:
    """`tocsin dev`; in the background, as a script's `&` starts it, SIGINT is ignored at first."""
    command = [sys.executable, "-c", "from tocsin.cli import main; main()", "dev", *options]
    if background:
        command = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *command]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as dev:
        try:
            yield dev
        finally:
            dev.kill()  # harmless after its end; its watchers then end the rest


def _page(address: str | urllib.request.Request) -> str:
    """A page; empty where nobody serves it yet."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - the wallboard's own address
            return str(answer.read().decode())
    except OSError:
        return ""


def _read_until(dev: subprocess.Popen[str], wanted: str) -> str:
    assert dev.stdout
    seen = ""
    for line in dev.stdout:
        seen += line
        if wanted in line:
            return seen
    pytest.fail(f"it ended before {wanted!r}:\n{seen}")


def _stop(dev: subprocess.Popen[str], number: signal.Signals) -> None:
    dev.send_signal(number)
    dev.wait(HANG_SECONDS)


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def _watched(pid: int) -> Iterator[int]:
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)
