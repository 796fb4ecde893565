"""Keep the links from documents to lines of the source right.

    python tools/links.py          # set the line number of every such link
    python tools/links.py --check  # exit status 1 where one is wrong, and say which

A link reads `[`name`](path#L12)`. In Python its text is the name of what line 12 defines; elsewhere its text stands
in that line.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/*.md", "docs/reference/*.md", "docs/decisions/*.md")
LINK = re.compile(r"\[`(?P<text>[^`]+)`\]\((?P<path>[^)#]+)#L(?P<line>\d+)\)")


class BrokenLinkError(Exception):
    """Nothing in the file fits the text of a link."""


class Relinked(NamedTuple):
    """A document, and its text with the right line numbers."""

    document: Path
    before: str
    after: str


def relinked(root: Path = ROOT) -> Iterator[Relinked]:
    """Every document under `root` with its links set. Raises `BrokenLinkError`."""
    for pattern in DOCUMENTS:
        for document in sorted(root.glob(pattern)):
            text = document.read_text(encoding="utf-8")
            yield Relinked(document, text, LINK.sub(partial(_set, document=document), text))


def _set(link: re.Match[str], document: Path) -> str:
    target = document.parent / link["path"]
    places = _places(target, link["text"]) if target.is_file() else []
    if not places:
        raise BrokenLinkError(f"{document.name}: nothing in {link['path']} is called {link['text']}")
    nearest = min(places, key=lambda line: abs(line - int(link["line"])))
    return f"[`{link['text']}`]({link['path']}#L{nearest})"


def _places(target: Path, text: str) -> list[int]:
    """The lines of `target` that the link may mean."""
    name = re.escape(text.removesuffix("()").rpartition(".")[2])
    defines = re.compile(rf"\s*(?:(?:async )?def|class) {name}\b|{name}\b.* = |{name} = ")
    lines = target.read_text(encoding="utf-8").splitlines()
    is_python = target.suffix == ".py"
    return [n for n, line in enumerate(lines, 1) if (defines.match(line) if is_python else text in line)]


def main() -> int:
    """Set or check the links; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args().check
    wrong = [it for it in relinked() if it.before != it.after]
    for it in wrong:
        sys.stdout.write(f"{it.document.relative_to(ROOT)}: line numbers {'are wrong' if check else 'set'}\n")
        if not check:
            it.document.write_text(it.after, encoding="utf-8")
    return 1 if check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
