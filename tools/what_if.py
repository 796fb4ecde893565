"""What another contract would have made of the sample quarter: its plot, and what the comparison costs.

    python -m tools.what_if [--days 90] [--png docs/what-if.png] [--html what-if.html]

The quarter is written by `quarter.py`, the contract is `docs/samples/esentire-stricter.yaml`. The command runs in a
process of its own, and prints its tables. The last line tells the records a second of its processor time, with both
folds, and the most memory that it held.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools.quarter import write

CONTRACT = Path(__file__).parents[1] / "docs" / "samples" / "esentire-stricter.yaml"
COMMAND = [
    sys.executable,
    "-c",
    "import tocsin.cli; tocsin.cli.main()",
    "replay",
    "what-if",
    "--contract",
    str(CONTRACT),
]


def main() -> None:
    """Write the quarter, compare, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--png", type=Path)
    parser.add_argument("--html", type=Path)
    options = parser.parse_args()
    pictures = [(f"--{name}", str(path)) for name in ("png", "html") if (path := getattr(options, name))]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "quarter.jsonl"
        records = write(log, options.days)
        size = log.stat().st_size
        begun = time.monotonic()
        command = [*COMMAND, *(word for pair in pictures for word in pair), str(log)]
        process = subprocess.Popen(command)  # noqa: S603 - our own command
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    seconds = used.ru_utime + used.ru_stime
    took = time.monotonic() - begun
    sys.stdout.write(
        f"{records} records, {size / 1e6:.0f} MB: {seconds:.0f} s of one core, {took:.0f} s in all, "
        f"{records / seconds:.0f} records a second and core, {used.ru_maxrss / 1024:.0f} MB\n"
    )


if __name__ == "__main__":
    main()
