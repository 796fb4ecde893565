"""Runs a command beside processes that keep all cores busy. Ends with its exit status.

    python tools/busy.py [--processes N] COMMAND [ARGUMENT ...]

Without --processes there are two for each core: whatever the command starts gets a third of the machine.
"""

import argparse
import os
import subprocess
import sys


def main() -> int:
    """Burn, run, and stop burning. Returns the exit status of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2 * (os.cpu_count() or 1), help="how many burn")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what runs beside them")
    options = parser.parse_args()
    burning = [subprocess.Popen([sys.executable, "-c", _BURN]) for _ in range(options.processes)]  # noqa: S603 - ours
    try:
        return subprocess.run(options.command, check=False).returncode  # noqa: S603 - what the caller asked for
    finally:
        for process in burning:
            process.kill()


_BURN = """
import os
parent = os.getppid()
while os.getppid() == parent:  # it ends also if nobody is left to end it
    sum(range(1_000_000))
"""


if __name__ == "__main__":
    sys.exit(main())
