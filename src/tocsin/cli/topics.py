"""`tocsin topics`: create the topics, or say how they differ from what they must be."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.table import Table

from tocsin.cli._contracts import directory_of
from tocsin.cli._exit import Exit
from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.render.table import cell, print_table
from tocsin.settings import Settings
from tocsin.settings.retention import RetentionSettings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.topics import Status, TopicReport

_OPTIONS = (
    settings_options("partitions", "replication_factor", *RetentionSettings.model_fields, "tenants_file"),
    click.option("--dev", is_flag=True, help="As `tocsin dev` makes them: the inbox stamped by its writers, all kept."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON array for machines."),
)


def _with_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group("topics")
def command() -> None:
    """Create the topics, or check that they are as Tocsin needs them.

    With them go the topics that the tenants file gives to a tenant by their full names.

    Exit status: 0 when every topic is as it should be, 1 when one is missing or differs, 69 when the broker
    cannot be reached, 77 when it is not trusted, or does not know or permit us, 78 when it refuses a setting.
    """


@command.command("create")
@_with_options
def create(settings: Settings, *, dev: bool, as_json: bool) -> None:
    """Create the topics that are missing. Doing it again is harmless.

    A topic that exists is never changed; what differs is printed, as by `check`.
    """
    _finish(run(topics.create(settings, _own(settings), dev=dev)), as_json=as_json)


@command.command("check")
@_with_options
def check(settings: Settings, *, dev: bool, as_json: bool) -> None:
    """Compare the topics with what they must be. Changes nothing."""
    _finish(run(topics.check(settings, _own(settings), dev=dev)), as_json=as_json)


def _own(settings: Settings) -> Sequence[str]:
    return directory_of(settings).own_topics.names


def _finish(reports: list[TopicReport], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([report._asdict() for report in reports], indent=2))
    else:
        table = Table("topic", "status", "differences")
        for report in reports:
            table.add_row(cell(report.name), cell(report.status), cell("; ".join(report.differences)))
        print_table(table)
    if single := [report.name for report in reports if report.single]:
        click.echo(
            f"Warning: {len(single)} topics ({single[0]}, ...) have one copy, which is lost with its broker. Make new "
            "ones with TOCSIN_REPLICATION_FACTOR=3; kafka-reassign-partitions.sh gives copies to those that are there.",
            err=True,
        )
    if any(report.status in (Status.DIFFERS, Status.MISSING) for report in reports):
        raise SystemExit(Exit.FAILED)
