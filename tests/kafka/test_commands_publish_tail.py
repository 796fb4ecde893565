"""`tocsin publish` and `tocsin tail` against a real broker."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from patience import HANG_SECONDS, wait_for

from tocsin.cli import main_group
from tocsin.cli._exit import CommandError
from tocsin.cli._kafka import run
from tocsin.client.publishing import NewRecord, Position, publish
from tocsin.client.reading import in_order
from tocsin.client.start import BEGINNING
from tocsin.domain import instant
from tocsin.messages.record import Record, Topic
from tocsin.replay import line
from tocsin.settings import Settings

DATA = Path(__file__).parent.parent.parent / "src/tocsin/dev/samples"


def options(settings: Settings) -> list[str]:
    return ["--bootstrap", settings.bootstrap, "--topic-prefix", settings.topic_prefix]


def invoke(settings: Settings, *arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main_group, [*arguments, *options(settings)], input=stdin)


def records(settings: Settings, topic: Topic) -> list[Record]:
    async def read() -> list[Record]:
        return [record async for record in in_order(settings, topic, BEGINNING)]

    return run(read())


@contextmanager
def tocsin(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own; it is gone at the end."""
    command: list[str | Path] = [Path(sys.executable).with_name("tocsin"), *arguments, *options(settings)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_every_line_is_sent_byte_by_byte_and_in_the_files_order(settings: Settings, tmp_path: Path) -> None:
    lines = [b'{"n": 1,  "a":1}', b"no json", b'\xff\xfe{"', b'{"n": 4, "n": NaN}', b"[" * 2000, b'"x"']
    (tmp_path / "calls.jsonl").write_bytes(b"\n\n".join(lines) + b"\r\n")
    result = invoke(settings, "publish", "soc.calls", str(tmp_path / "calls.jsonl"), "--tenant", "acme")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Sent 6 messages to {settings.topic(Topic.CALLS)}.\n"
    found = records(settings, Topic.CALLS)
    assert [record.value for record in found] == lines
    assert {record.headers for record in found} == {(("tenant", b"acme"),)}


def test_a_tenants_messages_keep_their_order_without_the_option(settings: Settings) -> None:
    lines = [b'{"tenant":"t%d","n":%d}' % (n % 7, n) for n in range(500)]
    result = invoke(settings, "publish", "calls", "-", "--json", stdin=b"\n".join(lines))
    assert json.loads(result.stdout) == {"topic": "soc.calls", "sent": 500, "refused": 0}
    found = records(settings, Topic.CALLS)
    assert len({record.partition for record in found}) > 1
    for tenant in range(7):
        of_tenant = [json.loads(record.value or b"")["n"] for record in found if record.key == b"t%d" % tenant]
        assert of_tenant == list(range(tenant, 500, 7))


def test_a_message_larger_than_the_topic_takes_is_counted_and_the_others_arrive(settings: Settings) -> None:
    lines = [b'{"n":1}', b'"%s"' % (b"x" * 3_000_000), b'{"n":2}']
    result = invoke(settings, "publish", "calls", "-", stdin=b"\n".join(lines))
    assert result.exit_code == 1
    assert "1 messages are larger than the broker takes" in result.stderr
    assert [record.value for record in records(settings, Topic.CALLS)] == [lines[0], lines[2]]


def test_a_live_pipe_is_sent_as_it_comes(settings: Settings) -> None:
    with tocsin(settings, "publish", "calls", "-") as process:
        assert process.stdin is not None
        process.stdin.write('{"n":1}\n')
        process.stdin.flush()
        wait_for(lambda: [record.value for record in records(settings, Topic.CALLS)] == [b'{"n":1}'], "it has arrived")
        process.stdin.close()
        assert process.wait(HANG_SECONDS) == 0


def test_publish_gives_the_place_of_each_message(settings: Settings) -> None:
    places = run(publish(settings, Topic.DESK, [NewRecord(b"%d" % n, b"key", (("h", b"v"),)) for n in range(3)]))
    partition = places[0].partition
    assert places == [Position(partition, offset) for offset in range(3)]
    with pytest.raises(CommandError, match="larger"):
        run(publish(settings, Topic.DESK, [NewRecord(b"x" * 3_000_000)]))


@pytest.mark.parametrize("arguments", [["publish", "calls", "-"], ["tail", "alerts"]])
def test_a_broker_that_is_not_there_is_said(arguments: list[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        result = CliRunner().invoke(main_group, [*arguments, "--bootstrap", address], input=b"{}")
    assert result.exit_code == 69
    assert result.stderr.startswith(f"Error: No Kafka broker answers at {address}.")


@pytest.mark.parametrize("arguments", [["publish", "calls", "-"], ["tail", "alerts"]])
def test_a_missing_topic_is_said_with_the_command_that_makes_it(bare_settings: Settings, arguments: list[str]) -> None:
    result = invoke(bare_settings, *arguments, stdin=b"{}")
    assert result.exit_code == 1
    assert "`tocsin topics create`" in result.stderr


def test_tail_json_gives_lines_that_replay_can_read(settings: Settings) -> None:
    headers = (("tenant", b"acme"), ("odd", b"\xff"))
    [place] = run(publish(settings, Topic.CALLS, [NewRecord(b'{"a":1}', b"k", headers)]))
    result = invoke(settings, "tail", "calls", "--from", "beginning", "--until-end", "--json")
    assert result.exit_code == 0, result.output
    read = line.read(result.stdout.encode())
    assert (read.topic, read.partition, read.offset) == (Topic.CALLS, *place)
    assert (read.key, read.value, read.headers) == (b"k", b'{"a":1}', headers)


def test_tail_shows_nothing_that_a_stranger_wrote_unescaped(settings: Settings) -> None:
    evil = "\x1b[2J\u202e\x9b\r\n\u2028"
    run(publish(settings, Topic.CALLS, [NewRecord(evil.encode(), evil.encode(), ((evil, evil.encode()),))]))
    for form in ([], ["--json"]):
        result = invoke(settings, "tail", "calls", "--from", "beginning", "--until-end", *form)
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) == 1
        assert not set(result.stdout) & set(evil.replace("[2J", "").replace("\n", ""))


def test_tail_begins_at_a_time(settings: Settings) -> None:
    run(publish(settings, Topic.CALLS, [NewRecord(b"before", b"k")]))
    [record] = records(settings, Topic.CALLS)
    wait_for(lambda: int(time.time() * 1000) > record.timestamp, "the clock has moved on")
    run(publish(settings, Topic.CALLS, [NewRecord(b"after", b"k")]))
    later = instant.show(record.timestamp + 1)
    result = invoke(settings, "tail", "calls", "--from", later, "--until-end")
    assert "after" in result.stdout
    assert "before" not in result.stdout


def test_tail_follows_line_by_line_through_a_pipe_and_ends_with_0_on_ctrl_c(settings: Settings) -> None:
    run(publish(settings, Topic.CALLS, [NewRecord(b'{"n":1}', b"k")]))
    with tocsin(settings, "tail", "calls", "--json", "--from", "beginning") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["value"] == {"n": 1}
        run(publish(settings, Topic.CALLS, [NewRecord(b'{"n":2}', b"k")]))
        assert json.loads(process.stdout.readline())["value"] == {"n": 2}
        process.send_signal(signal.SIGINT)
        assert process.wait(HANG_SECONDS) == 0
