"""Heads of a log of 300,000 records on a real broker, by a real worker; and what is named of a log that was changed.

    python tests/benchmarks/heads_on_broker.py [--bootstrap HOST:PORT] [--events 160000]

Signs and verifies the topics, then verifies recorded files of them: as they are, with one byte flipped, one record
removed and one reordered. It ends with 1 where one of these is not named by its place.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from contenders import contender
from race import do
from stand import arguments, broker, settings_for
from streams import plain

from tocsin.settings import Settings

PROGRAM = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()"]
WHO = ["--operator", "benchmark", "--reason", "benchmark"]

Edit = Callable[[list[bytes]], list[bytes]]


def run(settings: Settings, *command: str, into: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command against the cluster, and say how long it took."""
    begun = time.monotonic()
    where = ["--bootstrap", settings.bootstrap, "--topic-prefix", settings.topic_prefix]
    done = subprocess.run([*PROGRAM, *command, *where], capture_output=True, text=True, check=False)
    if into:
        with into.open("a") as file:
            file.write(done.stdout)
    sys.stdout.write(f"{time.monotonic() - begun:7.1f} s  {' '.join(command[:2])}: exit status {done.returncode}\n")
    return done


def changed(lines: list[bytes]) -> dict[str, tuple[list[bytes], str]]:
    """The log with one fault each, and what must be said of it."""
    inbox = [at for at, line in enumerate(lines) if b'"topic":"soc.inbox","partition":1' in line]
    at, following = inbox[len(inbox) // 2], inbox[len(inbox) // 2 + 1]
    offset, before = (json.loads(lines[it])["offset"] for it in (at, inbox[len(inbox) // 2 - 1]))
    flipped = lines[at].replace(b'"specversion":"1.0"', b'"specversion":"1.1"')
    swapped = [*lines]
    swapped[at], swapped[following] = lines[following], lines[at]
    return {
        "one byte flipped": (
            [*lines[:at], flipped, *lines[at + 1 :]],
            f"the record at offset {offset} has been changed",
        ),
        "one record removed": ([*lines[:at], *lines[at + 1 :]], f"one record missing behind offset {before}"),
        "one record reordered": (swapped, f"offset {offset} stands behind offset"),
    }


def main() -> None:
    """Fill a cluster, sign it, verify it, change it."""
    parser = arguments(__doc__)
    parser.add_argument("--events", type=int, default=160_000)
    options = parser.parse_args()
    with broker(options.bootstrap) as (bootstrap, folder):
        settings = settings_for(bootstrap).model_copy(update={"session_timeout": 60.0})  # also on a busy machine
        asyncio.run(do(contender("tocsin"), plain(options.events, 0), settings, folder))
        key, heads, file = folder / "heads.pem", folder / "heads.jsonl", folder / "log.jsonl"
        run(settings, "inbox", "export", into=file)
        run(settings, "tail", "ticket-events", "--from", "beginning", "--until-end", "--json", into=file)
        subprocess.run([*PROGRAM, "audit", "keygen", key], check=True, stdout=subprocess.DEVNULL)
        signed = run(settings, "audit", "sign", "--key", str(key), "--heads", str(heads), *WHO, "--json")
        last = {(it["topic"], it["partition"]): it["size"] for it in map(json.loads, signed.stdout.splitlines())}
        sys.stdout.write(f"{sum(last.values()):,} records in {len(last)} partitions are signed\n")
        check = ["audit", "verify", "--heads", str(heads), "--key", f"{key}.pub"]
        run(settings, *check).check_returncode()
        run(settings, *check[:2], str(file), *check[2:]).check_returncode()
        for name, (lines, wanted) in changed(file.read_bytes().splitlines(keepends=True)).items():
            file.write_bytes(b"".join(lines))
            told = run(settings, *check[:2], str(file), *check[2:]).stderr
            sys.stdout.write(f"{name}: {told}")
            if f"soc.inbox/1: {wanted}" not in told:
                raise SystemExit(f"not named: {wanted}")


if __name__ == "__main__":
    main()
