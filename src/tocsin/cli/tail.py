"""`tocsin tail`: follows the committed records of a topic."""

import click

from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.cli._types import ANY_TOPIC, START
from tocsin.client.reading import in_order, opened
from tocsin.domain.instant import Instant
from tocsin.messages.record import Record, Topic
from tocsin.render.text import safe_json
from tocsin.render.timeline import readable
from tocsin.replay import line
from tocsin.settings import Settings


@click.command("tail")
@click.argument("topic", type=ANY_TOPIC)
@click.option("--from", "start", type=START, default="now", show_default=True, help="Start of reading.")
@click.option("--until-end", is_flag=True, help="Stop at the present end, instead of following.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, as `tocsin replay` reads them.")
@settings_options()
def command(topic: Topic, start: Instant, settings: Settings, *, until_end: bool, as_json: bool) -> None:
    """Follow a topic (soc.alerts, or just alerts) until Ctrl-C.

    Only committed records are shown, and no committed offset changes. Control characters and marks that could deceive
    a reader are shown escaped.

    \b
    Examples:
      tocsin tail alerts
      tocsin tail dead-letters --from beginning --until-end
      tocsin tail ticket-events --from 2026-03-01T09:00:00Z --json | jq .value.type
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    try:
        run(_tail(settings, topic, start, until_end=until_end, as_json=as_json))
    except KeyboardInterrupt:
        return


async def _tail(settings: Settings, topic: Topic, start: Instant, *, until_end: bool, as_json: bool) -> None:
    if until_end:
        async for record in in_order(settings, topic, start):
            _print(record, as_json=as_json)
        return
    async with opened(settings, topic, start) as reader:
        async for record in reader.follow():
            _print(record, as_json=as_json)


def _print(record: Record, *, as_json: bool) -> None:
    if as_json:
        click.echo(safe_json(line.write(record).decode()))
    else:
        click.echo(readable(record))
