"""Write the pages of reference that follow from the code: `python -m tools.reference`, part of `make reference`.

docs/reference/cli.md      the help of every command
docs/reference/settings.md every setting
docs/reference/topics.md   every topic, and who may write and read it
docs/reference/regulations.md the duties of the overlays that are shipped
"""

import os
from collections.abc import Iterator
from pathlib import Path

import click
from tools.regulations import regulations
from tools.resources import acls

from tocsin.cli import main_group
from tocsin.messages.record import INPUT_TOPICS
from tocsin.settings import SECRETS, Settings
from tocsin.streams.kafka.topics import STATE_TOPICS, TOGETHER, specifications

PAGES = Path(__file__).parents[1] / "docs" / "reference"
WIDTH = 100

_HEAD = "<!-- Written by `make reference`. -->\n"
_DAY = 24 * 3_600_000

_ABOUT_SETTINGS = """\
A setting is taken from the command line (`--web-port`), else from the environment (`TOCSIN_WEB_PORT`), else from
`tocsin.toml` (`web_port = ...`), else it has its default. Of a secret the command line takes only the file.
`tocsin settings` shows what is set, and by what.
"""

_ABOUT_TOPICS = """\
As `tocsin topics create` makes them, with the prefix `soc.` (`topic_prefix`); `tocsin topics check` compares. With
`sent_topic` there is `soc.sent`, too. The [schemas](../../schemas) say what stands on each, and
[`deploy/kafka-acls.txt`](../../deploy/kafka-acls.txt) is where the rights are from.
"""


def cli() -> str:
    """The page of the commands."""
    root = click.Context(main_group, info_name="tocsin", terminal_width=WIDTH, **main_group.context_settings)
    parts = [
        "# Commands\n",
        _HEAD,
        "`tocsin COMMAND --help` prints the same. All that can be set: [settings](settings.md).\n",
    ]
    for context in _contexts(root):
        depth = context.command_path.count(" ")
        parts.append(f"{'#' * (depth + 2)} {context.command_path}\n\n```text\n{context.get_help().rstrip()}\n```\n")
    return "\n".join(parts)


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """The command and all below it, each in its place."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            if (command := context.command.get_command(context, name)) is not None and not command.hidden:
                yield from _contexts(command.context_class(command, parent=context, info_name=name))


def settings() -> str:
    """The page of the settings."""
    parts = [
        "# Settings\n",
        _HEAD,
        _ABOUT_SETTINGS,
        "| setting | default | what it is |\n|---|---|---|",
    ]
    rows = []
    for name, field in sorted(Settings.model_fields.items()):
        default = "a secret" if name in SECRETS else _default(field.default)
        rows.append(f"| `{name}` | {default} | {_cell(field.description or '')} |")
    return "\n".join([*parts, *rows, ""])


def _default(value: object) -> str:
    """As TOML has it."""
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def topics() -> str:
    """The page of the topics."""
    defaults = Settings.model_construct()
    parts = [
        "# Topics\n",
        _HEAD,
        _ABOUT_TOPICS,
        "| topic | what it is | kept | stamped by | written by | read by |\n|---|---|---|---|---|---|",
    ]
    rows = []
    for spec in specifications(defaults):
        kind = "input" if spec.topic in INPUT_TOPICS else "state" if spec.topic in STATE_TOPICS else "output"
        kind = "the log" if spec.topic.endswith(".inbox") else kind
        together = ", as many partitions as the inbox" if spec.topic in TOGETHER and kind != "the log" else ""
        stamped = "the broker" if spec.config["message.timestamp.type"] == "LogAppendTime" else "its writer"
        who = [", ".join(f"`{role}`" for role in _roles(spec.name, may)) for may in ("Write", "Read")]
        rows.append(f"| `{spec.name}` | {kind}{together} | {_kept(spec.config)} | {stamped} | {' | '.join(who)} |")
    return "\n".join([*parts, *rows, ""])


def _kept(config: dict[str, str]) -> str:
    if config["cleanup.policy"] == "compact":
        return "the last of each key"
    return f"{int(config['retention.ms']) // _DAY} days"


def _roles(name: str, operation: str) -> list[str]:
    short = name.removeprefix("soc.")
    granted = (acl for acl in acls() if acl.resource == "topic" and operation in acl.operations)
    found = [acl.role for acl in granted if short in acl.names]
    return list(dict.fromkeys(found))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def written() -> Iterator[tuple[Path, str]]:
    """Each page with what should stand in it."""
    for name in ("USER", "COLUMNS"):  # defaults of options are read from them
        os.environ.pop(name, None)
    for name, page in (("cli", cli), ("settings", settings), ("topics", topics), ("regulations", regulations)):
        yield PAGES / f"{name}.md", page()


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for path, text in written():
        path.write_text(text, encoding="utf-8")
        print(path.name)
