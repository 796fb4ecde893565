"""`tocsin publish`: sends the messages of a file to an input topic, with their exact bytes."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import click
import msgspec

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.cli._types import INPUT_TOPIC
from tocsin.client import documents
from tocsin.client.publishing import NewRecord, deliver
from tocsin.messages.record import Headers, Topic
from tocsin.settings import Settings

_PROGRESS_SECONDS = 2.0


class _TenantMember(msgspec.Struct):
    tenant: str = ""


_decode_tenant = msgspec.json.Decoder(_TenantMember).decode


@click.command("publish")
@click.argument("topic", type=INPUT_TOPIC)
@click.argument("file", type=click.File("rb"))
@click.option("--tenant", help="Tenant of every message, sent as the Kafka header `tenant`.")
@settings_options()
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(topic: Topic, file: BinaryIO, tenant: str | None, settings: Settings, *, as_json: bool) -> None:
    """Send the messages in FILE (- for standard input) to an input topic: soc.calls, or just calls.

    FILE holds one message a line, or one JSON document of any layout, or, for soc.emails, one mail (RFC 5322).
    The bytes are sent unchanged, even if they are no JSON: intake judges them. A file may be sent twice within 24 hours
    and the last 250,000 inputs of a partition: that far back a repeat is recognised.

    \b
    Examples:
      tocsin publish calls calls.jsonl --tenant acme
      tail -F eve.json | tocsin publish security-events -
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    with _immediate_interrupt():
        tally = run(_publish(settings, topic, file, tenant))
    if as_json:
        click.echo(json.dumps({"topic": topic.value, **tally}))
    else:
        click.echo(f"Sent {tally['sent']} messages to {settings.topic(topic)}.")
    if tally["refused"]:
        raise CommandError(f"{tally['refused']} messages are larger than the broker takes; they were not sent.")


@contextmanager
def _immediate_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the process at once: a thread that reads standard input cannot be cancelled."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _publish(settings: Settings, topic: Topic, file: BinaryIO, tenant: str | None) -> dict[str, int]:
    tally = {"sent": 0, "refused": 0}
    said_at = monotonic()
    async for position in deliver(settings, topic, _messages(file, topic, tenant)):
        tally["sent" if position else "refused"] += 1
        if monotonic() - said_at > _PROGRESS_SECONDS:
            said_at = monotonic()
            click.echo(f"{tally['sent']} sent so far", err=True)
    return tally


async def _messages(file: BinaryIO, topic: Topic, tenant: str | None) -> AsyncIterator[NewRecord]:
    """The messages of the file. Those of one tenant go to one partition, so that they keep the file's order."""
    headers: Headers = (("tenant", tenant.encode()),) if tenant else ()
    fallback = Path(str(getattr(file, "name", "-"))).name
    batches = documents.messages(file, topic)
    try:
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            for value in batch:
                yield NewRecord(value, (tenant or _tenant_in(value) or fallback).encode(), headers)
    except documents.LineTooLong as error:
        raise CommandError(f"{fallback}: {error}.", Exit.USAGE) from None


def _tenant_in(value: bytes) -> str:
    try:
        return _decode_tenant(value).tenant
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return ""
