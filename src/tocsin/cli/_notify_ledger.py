"""The commands of `tocsin notify` that look at receipts, and write some."""

import json
import time
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import click
from rich.table import Table

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run as run_on_kafka
from tocsin.cli._settings import settings_options
from tocsin.client.errors import ClientError
from tocsin.contracts.errors import ContractError
from tocsin.domain.instant import SECOND, show
from tocsin.messages.record import Topic
from tocsin.notify.lane import group_of
from tocsin.notify.ledger import Beat, Failure, Ledger, chosen, read_ledger
from tocsin.notify.receipts import Publisher
from tocsin.notify.redrive import Outcome
from tocsin.notify.redrive import redrive as send_again
from tocsin.notify.standing import Standing, standings
from tocsin.render.table import cell, print_table
from tocsin.render.text import safe_json
from tocsin.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
_SINK = click.option("--sink", help="Only what was to go to this sink.")
_LATE = "late"


@click.command("status")
@settings_options()
@_JSON
def status(settings: Settings, *, as_json: bool) -> None:
    """Show each lane: how many alerts wait, when it was last heard of, what it has given up.

    Exit status: 0, or 1 where a lane is silent for longer than it said.
    """
    ledger, lanes = run_on_kafka(_status(settings))
    rows = [_standing(each, ledger) for each in lanes]
    _print(rows, as_json=as_json)
    if any(row["heard"] == _LATE for row in rows):
        raise CommandError("A lane is silent. One that is gone for good: `tocsin notify retire NAME`.", Exit.FAILED)


async def _status(settings: Settings) -> tuple[Ledger, list[Standing]]:
    ledger = await read_ledger(settings)
    return ledger, await standings(settings, sorted(ledger.beats))


def _standing(lane: Standing, ledger: Ledger) -> dict[str, Any]:
    beat = ledger.beats[lane.group]
    failed = sum(group_of_lane == lane.lane for group_of_lane, _ in ledger.failures)
    return {
        "lane": lane.lane,
        "group": lane.group,
        "waiting": lane.waiting,
        "heard": _heard(beat),
        "last": show(beat.at),
        "open": ledger.memory.open_count(lane.lane),
        "given up": failed,
    }


def _heard(beat: Beat) -> str:
    if beat.within is None:
        return "retired"
    return _LATE if time.time() * SECOND > beat.at + beat.within * SECOND else "in time"


@click.command("failed")
@settings_options()
@_SINK
@_JSON
def failed(settings: Settings, sink: str | None, *, as_json: bool) -> None:
    """List the alerts that were given up, with their places on the topic."""
    ledger = run_on_kafka(read_ledger(settings))
    _print([_failure(each, settings) for each in chosen(ledger.failures.values(), sink, ())], as_json=as_json)


def _failure(each: Failure, settings: Settings) -> dict[str, Any]:
    data = each.data
    return {
        "alert": data.alert,
        "lane": data.lane,
        "way": data.way,
        "incident": data.dedup_key,
        "place": f"{settings.topic(Topic.ALERTS)}/{data.partition}@{data.offset}",
        "at": show(each.at),
        "attempts": data.attempt,
        "reason": data.reason,
        "detail": data.detail,
    }


@click.command("redrive")
@click.argument("alerts", nargs=-1)
@settings_options("notify_file")
@_SINK
@click.option("--all", "everything", is_flag=True, help="All that was given up.")
def redrive(settings: Settings, alerts: tuple[str, ...], sink: str | None, *, everything: bool) -> None:
    """Send again the ALERTS (their ids) that were given up, each once.

    What has come about the same incident since goes along, in its order: a trigger is sent with the resolve that
    followed. Pages to people are not sent again: whoever was meant may have gone home.

    Exit status: 0 when all have gone, else 1.
    """
    if not (alerts or sink or everything):
        raise click.UsageError("Name ALERTS, a --sink, or --all.")
    try:
        outcome = run_on_kafka(_redrive(settings, alerts, sink))
    except ContractError as error:
        raise CommandError(str(error), Exit.USAGE) from None
    said = f"Sent: {outcome.sent}, not sent: {outcome.failed}, gone: {outcome.gone}."
    if outcome.failed or outcome.gone:
        raise CommandError(said)
    click.echo(said)


async def _redrive(settings: Settings, alerts: Iterable[str], sink: str | None) -> Outcome:
    ledger = await read_ledger(settings)
    failures = chosen(ledger.failures.values(), sink, alerts)
    if missing := set(alerts) - {each.data.alert for each in failures}:
        raise ClientError(f"These were not given up: {', '.join(sorted(missing))}.")
    return await send_again(settings, ledger, failures, click.echo)


@click.command("retire")
@click.argument("name")
@settings_options()
def retire(settings: Settings, name: str) -> None:
    """Say that the lane NAME (a sink that is gone, or its group) stops for good, so that nobody waits to hear of it."""
    prefix = group_of(settings, "")
    run_on_kafka(_retire(settings, name if name.startswith(prefix) else prefix + name))


async def _retire(settings: Settings, group: str) -> None:
    ledger = await read_ledger(settings)
    if group not in ledger.beats:
        raise ClientError(f"Nobody has heard of {group}; there is {', '.join(sorted(ledger.beats)) or 'none'}.")
    async with Publisher.connected(settings, f"tocsin-notify-retire/{uuid4()}") as publisher:
        await publisher.beat(group, None)


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            click.echo(safe_json(json.dumps(row)))
    elif rows:
        table = Table(*rows[0])
        for row in rows:
            table.add_row(*map(cell, row.values()))
        print_table(table)
