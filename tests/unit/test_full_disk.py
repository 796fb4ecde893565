"""A command whose disk is full says so in a sentence, however little was left to write."""

import subprocess
import sys
from pathlib import Path

import pytest

TOCSIN = Path(sys.executable).with_name("tocsin")


@pytest.mark.parametrize("command", [("settings",), ("--version",), ("tenants", "example"), ("contract", "list")])
def test_where_there_is_no_room_for_what_a_command_prints_it_says_so_and_fails(command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([TOCSIN, *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    sentence = "Error: No space left on device. What was written is not whole. Make room, and say it again.\n"
    assert (done.returncode, done.stderr) == (1, sentence)


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    with subprocess.Popen([TOCSIN, "settings"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shown:
        assert shown.stdout
        assert shown.stderr
        shown.stdout.close()
        assert shown.stderr.read() == ""
