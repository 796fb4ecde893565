"""Ask PyPI's advisories about every version in constraints.txt, by pip-audit: `make audit`.

pip-audit takes a package that its service does not answer for as no fault, and ends with 0. Here that is "not
audited", said loudly: exit status 69, or 0 with --warn-if-unreachable, the rule for CI, where a registry without
advisories says nothing about the change. A known vulnerability is exit status 1 in any case.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PINS = Path(__file__).parents[1] / "constraints.txt"
PIP_AUDIT = Path(sys.executable).with_name("pip-audit")
VULNERABLE, UNREACHABLE = 1, 69


def main() -> int:
    """Exit status: 0 nothing is known against any pin, 1 something is, 69 not all could be asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warn-if-unreachable", action="store_true", help="exit with 0 where nothing can be asked")
    parser.add_argument("--pins", type=Path, default=PINS, help="file of NAME==VERSION lines")
    parser.add_argument("--pip-audit", type=Path, default=PIP_AUDIT, help="the program")
    options = parser.parse_args()
    pins = [line for line in options.pins.read_text().splitlines() if line and not line.startswith("#")]
    # one first: a service that does not know it is not asked for all the others
    answers = _ask(options.pip_audit, pins[:1])
    if len(_audited(answers)) == 1:
        answers += _ask(options.pip_audit, pins[1:])
    found = list(_vulnerabilities(answers))
    for line in found:
        print(line)
    missing = len(pins) - len(_audited(answers))
    if missing:
        _warn(missing, len(pins))
    else:
        print(f"{len(pins)} packages audited, {len(found)} known vulnerabilities.")
    if found:
        return VULNERABLE
    return UNREACHABLE if missing and not options.warn_if_unreachable else 0


def _ask(pip_audit: Path, pins: Sequence[str]) -> list[dict[str, Any]]:
    """pip-audit's answer for each pin; none where it failed."""
    if not pins:
        return []
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pins))
        file.flush()
        command: list[str | Path] = [pip_audit]
        command += ["-r", file.name, "--no-deps", "--disable-pip", "-f", "json", "--progress-spinner", "off"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    try:
        answers: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        print(done.stderr.strip(), file=sys.stderr)
        return []
    return answers


def _audited(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [answer for answer in answers if "skip_reason" not in answer]


def _vulnerabilities(answers: Sequence[dict[str, Any]]) -> Iterator[str]:
    for answer in _audited(answers):
        for known in answer["vulns"]:
            fixed = ", ".join(known["fix_versions"]) or "no version"
            yield f"{answer['name']} {answer['version']}: {known['id']}, fixed in {fixed}"


def _warn(missing: int, pins: int) -> None:
    rule = "!" * 100
    print(
        f"{rule}\nNOT AUDITED: the registry here answers no question about known vulnerabilities of {missing} of "
        f"{pins} packages.\nRun `make audit` where PyPI itself answers, not a mirror without its JSON API.\n{rule}",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())
