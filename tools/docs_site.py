"""Hooks of the site of the documents (mkdocs.yml): what its pages link to beside them is part of it, too.

A document may lead to a line of the source. On the site that is a page with the source, so that it works without a
network and without the repository. The decisions come into the navigation by themselves.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from posixpath import relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCE = "source"
"""The folder of the pages with source."""

_SHIM, _SHIM_HERE = "https://unpkg.com/iframe-worker/shim", "assets/iframe-worker-shim.js"
_LINK = re.compile(r"\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<path>(?!\w+:)[^)#\s]+)(?:#(?P<anchor>[^)]*))?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put each decision into the navigation."""
    pages = sorted(path.relative_to(DOCS).as_posix() for path in (DOCS / "decisions").glob("*.md"))
    for section in config.nav or []:
        for name, entries in section.items():
            if isinstance(entries, list):
                section[name] = [
                    {"Decisions": pages} if entry == {"Decisions": "decisions"} else entry for entry in entries
                ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each file of the repository that a document leads to."""
    pages = [file for file in files if file.is_documentation_page()]
    beside = {path for page in pages for _, path in _beside(page.content_string, page.src_uri) if path.is_file()}
    for path in sorted(beside):
        name = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, f"{SOURCE}/{name}.md", content=_source(path, name)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Lead to those pages, at the same line; a link to a folder becomes its text."""
    if page.file.src_uri.startswith(f"{SOURCE}/"):
        return markdown
    folder = Path(page.file.src_uri).parent.as_posix()
    for link, path in list(_beside(markdown, page.file.src_uri)):
        there = link["text"]
        if path.is_file():
            target = relpath(f"{SOURCE}/{path.relative_to(ROOT).as_posix()}.md", folder)
            line = re.match(r"L\d+", link["anchor"] or "")
            there = f"[{link['text']}]({target}{f'#{line[0]}' if line else ''})"
        markdown = markdown.replace(link[0], there)
    return markdown


def on_post_page(output: str, page: Page, **_: Any) -> str:
    """Fetch nothing from elsewhere: what the theme's search needs in opened files lies beside the pages."""
    return output.replace(_SHIM, relpath(_SHIM_HERE, Path(page.file.dest_uri).parent.as_posix()))


def on_post_template(output_content: str, **_: Any) -> str:
    """As above, for the page that a server shows where there is none."""
    return output_content.replace(_SHIM, f"/{_SHIM_HERE}")


def _beside(markdown: str, page: str) -> Iterator[tuple[re.Match[str], Path]]:
    """The links of a page that lead out of the folder of the documents, with what they lead to."""
    for link in _LINK.finditer(markdown):
        path = (DOCS / page).parent.joinpath(link["path"]).resolve()
        if path.exists() and not path.is_relative_to(DOCS):
            yield link, path


def _source(path: Path, name: str) -> str:
    head = f"---\ntitle: {path.name}\nsearch: {{exclude: true}}\nhide: [navigation, toc]\n---\n# `{name}`\n\n"
    lines = path.read_text(encoding="utf-8").splitlines()
    # as HTML, since Markdown in it must stay what it is
    told = (f'<span id="L{number}">{escape(line).replace("`", "&#96;")}</span>' for number, line in enumerate(lines, 1))
    return f"{head}<pre><code>{chr(10).join(told)}</code></pre>\n"
