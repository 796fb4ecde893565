"""`tocsin notify`: alerts to those whom they are for."""

import asyncio
import signal
import time
from pathlib import Path

import click
import msgspec
import structlog
from rich.table import Table

from tocsin.cli import _notify_ledger as ledger
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run as run_on_kafka
from tocsin.cli._notify_people import checked
from tocsin.cli._settings import settings_options
from tocsin.contracts.errors import ContractError
from tocsin.dev.scaled_clock import ScaledClock
from tocsin.domain.instant import SECOND, show
from tocsin.domain.vocabulary import AlertKind
from tocsin.logs import configure
from tocsin.notify.alert import Alert, AlertContent, Place, Received
from tocsin.notify.delivery import send_once
from tocsin.notify.file import example_text, read_notify
from tocsin.notify.message import message_of
from tocsin.notify.model import ROSTER, NotifySpec
from tocsin.notify.pages.clock import WallClock
from tocsin.notify.paging import require_settings
from tocsin.notify.routes import FOLLOWING_KINDS, Routes
from tocsin.notify.run import load, run, secrets_of
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.base import SinkError
from tocsin.notify.sinks.opening import open_sink, open_sinks
from tocsin.render.table import cell, print_table
from tocsin.settings import Settings, SettingsError
from tocsin.web.access import required_token
from tocsin.web.server import PortError

_log = structlog.get_logger()


@click.group("notify")
def command() -> None:
    """Bring alerts to those whom they are for: mail, webhooks, Alertmanager, PagerDuty, and all that Apprise speaks.

    The notify file (--notify-file, or the setting `notify_file`) has the sinks and the routes to them; `tocsin notify
    example` shows its shape, docs/notify.md says what it means.
    """


@command.command("run")
@settings_options(
    "notify_file",
    "roster_file",
    "roster_kept_file",
    "notify_port",
    "notify_heartbeat",
    "answer_url",
    "answer_host",
    "answer_port",
    "answer_key_file",
    "answer_tls_certificate_file",
    "answer_tls_key_file",
    "log_format",
)
def run_command(settings: Settings) -> None:
    """Send each alert to the sinks of its routes, until it is asked to stop.

    What became of each stands on `soc.deliveries`: a start reads it, so that nothing is lost by a crash, and nothing is
    sent twice that is known to have arrived. A sink that is down holds up no other one.

    Exit status: 0 when it was asked to stop; 2 when a setting or the notify file is wrong; 69 when no broker answers;
    77 when the broker does not trust or permit us; 1 when a topic is missing; 70 after the unexpected.
    """
    configure(settings.log_format)
    try:
        required_token(settings)
        require_settings(settings, load(settings)[0])
        run_on_kafka(_run(settings))
    except (ContractError, SettingsError) as error:
        raise CommandError(str(error), Exit.USAGE) from None
    except PortError as error:
        raise CommandError(f"{error}. Another port can be set (notify_port), 0 takes a free one.", Exit.USAGE) from None
    except CommandError:
        raise
    except Exception:  # noqa: BLE001 - a supervisor starts it again, and nothing is guessed
        _log.exception("notify_failed")
        raise SystemExit(Exit.UNEXPECTED) from None


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(settings, stop, ScaledClock.from_environment() or WallClock())


@command.command("example")
def example() -> None:
    """Print a notify file with an example of everything, to start from."""
    click.echo(example_text(), nl=False)


@command.command("check")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", default="acme", show_default=True, help="Show where alerts of this client go.")
@click.option("--priority", default="P1", show_default=True, help="... of this priority.")
@settings_options("notify_file", "roster_file", "tenants_file", "answer_url", "answer_key_file", "allow_plaintext")
def check(settings: Settings, file: Path | None, tenant: str, priority: str) -> None:
    """Check the notify file and that its secrets can be read; show where alerts of each kind go.

    With a roster file: whether everybody in it is reached by a sink that there is, and, with a tenants file, whether
    each role that their contracts tell is carried by somebody.

    Exit status: 0, or 2 where something is wrong.
    """
    path = file or settings.notify_file
    if path is None:
        raise click.UsageError("Name a FILE, or set notify_file.")
    try:
        spec = read_notify(path)
        asyncio.run(_open(spec, settings, path))
        found = checked(settings, spec)
    except (ContractError, SettingsError) as error:
        raise CommandError(str(error), Exit.USAGE) from None
    for sentence in found:
        click.echo(sentence, err=True)
    print_table(_destinations(spec, tenant, priority))


async def _open(spec: NotifySpec, settings: Settings, path: Path) -> None:
    secrets = secrets_of(settings, path)
    for sink in open_sinks(spec.sinks, secrets).values():
        await sink.close()
    if spec.deadman:
        secrets.url(spec.deadman.url, "deadman.url")


def _destinations(spec: NotifySpec, tenant: str, priority: str) -> Table:
    table, routes = Table("kind", "goes to", title=f"{tenant}, {priority}"), Routes(spec.routes)
    for kind in AlertKind:
        if kind not in FOLLOWING_KINDS:
            found = routes.destination(AlertContent(kind, "trigger", "", tenant, priority=priority))
            names = [*sorted(found.sinks), *([ROSTER] if found.paged else [])]
            table.add_row(cell(kind), cell(", ".join(names) or "nowhere"))
    table.add_row(cell(", ".join(FOLLOWING_KINDS)), cell("where their incident was told"))
    return table


@command.command("test")
@click.argument("sink")
@click.option("--to", help="The address of a person, for sinks that have none of their own.")
@settings_options("notify_file", "allow_plaintext")
def test(settings: Settings, sink: str, to: str | None) -> None:
    """Send a test message by SINK, once, and say what became of it. A paging service is told that it is over, too.

    Exit status: 0 when the sink took it, else 1.
    """
    try:
        spec, secrets = load(settings)
        if sink not in spec.sinks:
            raise CommandError(f"There is no sink {sink!r}; there is {', '.join(spec.sinks)}.", Exit.USAGE)
        asyncio.run(_send_test(sink, to, spec, secrets))
    except (ContractError, SettingsError) as error:
        raise CommandError(str(error), Exit.USAGE) from None
    except SinkError as error:
        raise CommandError(f"{sink} has not taken it: {error}.") from None
    click.echo(f"{sink} has taken it.")


async def _send_test(name: str, to: str | None, spec: NotifySpec, secrets: Secrets) -> None:
    now = int(time.time() * SECOND)
    sink = open_sink(name, spec.sinks[name], secrets)
    try:
        for action in ("trigger", "resolve"):
            content = AlertContent("detection", action, f"tocsin/test/{now}", "tocsin", title="A test of this sink")
            alert = Alert(f"test-{now}-{action}", show(now), content)
            received = Received(alert, Place(0, 0), now, msgspec.json.encode(alert))
            await send_once(sink, spec.sinks[name], message_of([received], to))
    finally:
        await sink.close()


for each in (ledger.status, ledger.failed, ledger.redrive, ledger.retire):
    command.add_command(each)
