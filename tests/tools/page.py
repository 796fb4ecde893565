"""The commands of a page of the documents, read off it and run as a reader would type them."""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from subprocess import PIPE, STDOUT

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, section: str = "") -> list[str]:
    """The blocks of shell commands of a page; with `section`, of the part under that heading of the second level."""
    text = (DOCS / page).read_text(encoding="utf-8")
    if section:
        [text] = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def typed(
    script: str, folder: Path, environment: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str]:
    """What came of `script`, with its output and errors in one; what it leaves behind is ended."""
    with subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            said, _ = shell.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"not over after {seconds} s; until then:\n{(late.stdout or b'').decode()}") from late
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(script, shell.returncode, said)
