"""`tocsin dev`: everything on this machine."""

import contextlib
import shutil
import signal
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from tocsin.cli._contracts import directory_of
from tocsin.cli._exit import CommandError
from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.dev.acting import with_analyst
from tocsin.dev.errors import DevError
from tocsin.dev.jars import cache_directory, kafka_version
from tocsin.dev.kafka import HOST, Installation, LocalKafka, first_free_port, install
from tocsin.dev.notifying import prepared
from tocsin.dev.session import Session, SessionPlace
from tocsin.settings import Settings

_PORT = 9092
_SPEED = 60.0
_NOTES = Console(stderr=True)


@click.command("dev")
@settings_options("tenants_file", "contracts_dir", "default_contract", "web_port")
@click.option(
    "--port", type=click.IntRange(1, 65_535), help=f"Port of the local Kafka.  [default: {_PORT}, or the next]"
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 600),
    default=_SPEED,
    show_default=True,
    help="Speed of the shift's time: 60 is an hour in a minute.",
)
@click.option("--alertmanager", metavar="URL", help="An Alertmanager on this machine that is told of every alert, too.")
def command(settings: Settings, port: int | None, speed: float, alertmanager: str | None) -> None:
    """Run everything on this machine: a real Kafka, a worker, a gateway, notify, and a simulated shift of two hours.

    Whoever carries a role is paged by mail; the mail is shown, and its links answer.

    The first time, Kafka is fetched (45 MB). Then tickets, their clocks and the alerts are shown live,
    until Ctrl-C, which stops everything and leaves nothing behind. After the shift it goes on in real time, and
    messages that you publish from a second terminal are treated like all others.

    With --bootstrap HOST:PORT a running Kafka is used, and no other one is started; with --topic-prefix the topics
    get other names there.

    \b
    Examples:
      tocsin dev
      tocsin dev --speed 300
      tocsin dev --bootstrap 127.0.0.1:9092 --topic-prefix trial.
      tocsin dev --alertmanager http://127.0.0.1:9093
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in a background job of a script it is ignored at first
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        with contextlib.suppress(KeyboardInterrupt), _directory() as directory:
            _start(_for_dev(settings), port, speed, directory, alertmanager)
    except DevError as error:
        raise CommandError(str(error)) from None
    _NOTES.print("Stopped.")


def _start(settings: Settings, port: int | None, speed: float, directory: Path, alertmanager: str | None) -> None:
    own_topics = directory_of(settings).own_topics.names
    settings = with_analyst(settings, directory)
    if _is_chosen(settings, "bootstrap"):
        notifying = prepared(settings, directory, alertmanager)
        run(Session(SessionPlace(settings, directory, notifying, own_topics), speed, Console()).run())
        return
    kafka = LocalKafka(_install(), directory / "kafka", port or first_free_port(_PORT))
    try:
        with _NOTES.status(f"Starting Apache Kafka {kafka.version} ..."):
            kafka.start()
        settings = settings.model_copy(update={"bootstrap": kafka.bootstrap, "security_protocol": "PLAINTEXT"})
        notifying = prepared(settings, directory, alertmanager)
        run(Session(SessionPlace(settings, directory, notifying, own_topics, kafka), speed, Console()).run())
    finally:
        kafka.stop()


def _is_chosen(settings: Settings, name: str) -> bool:
    """True if the command line names it. The environment or the file may name a cluster for real work."""
    return any(setting.name == name and setting.source == "command line" for setting in settings.describe())


def _for_dev(settings: Settings) -> Settings:
    """The settings with the example tenants, unless others are given, and ports that are free."""
    example = Path(str(files("tocsin.tenants").joinpath("tenants.example.toml")))
    web = first_free_port(settings.web_port)
    gateway = first_free_port(max(settings.gateway_http_port, web + 1))
    return settings.model_copy(
        update={
            "tenants_file": settings.tenants_file or example,
            "web_host": HOST,
            "web_port": web,
            "gateway_host": HOST,
            "gateway_http_port": gateway,
            "gateway_mail_port": first_free_port(settings.gateway_mail_port),
            "board_host": HOST,
            "board_port": first_free_port(max(settings.board_port, gateway + 1)),
        }
    )


def _install() -> Installation:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    _NOTES.print(f"Apache Kafka {kafka_version()} is fetched once (45 MB) and kept in {cache_directory()}.")
    with Progress(*columns, console=_NOTES, transient=True, disable=not _NOTES.is_terminal) as progress:
        task = progress.add_task("Fetching Apache Kafka", total=None)
        return install(lambda done, total: progress.update(task, completed=done, total=total))


@contextlib.contextmanager
def _directory() -> Iterator[Path]:
    """A folder for data and logs, removed at the end; the logs are kept after an error."""
    directory = Path(tempfile.mkdtemp(prefix="tocsin-"))
    keep = False
    try:
        yield directory
    except DevError:
        shutil.rmtree(directory / "kafka" / "logs", ignore_errors=True)  # Kafka's data
        keep = any(directory.rglob("*.log"))
        raise
    finally:
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)
