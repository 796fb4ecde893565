"""The session of `tocsin dev`: a worker, the shift and the board, until it is stopped."""

import asyncio
import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from rich.console import Console, RenderableType
from rich.live import Live

from tocsin.client.errors import ClientError, UnavailableError
from tocsin.client.reading import Reader, opened
from tocsin.client.start import BEGINNING, NOW
from tocsin.dev.board import Board
from tocsin.dev.drafts import ShiftRun
from tocsin.dev.errors import DevError
from tocsin.dev.kafka import LocalKafka
from tocsin.dev.processes import Child, tocsin_command
from tocsin.dev.scaled_clock import ScaledClock
from tocsin.dev.shift import LENGTH, SHIFT
from tocsin.domain.instant import SECOND
from tocsin.messages.record import Topic
from tocsin.render.text import safe
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.clients import client_options
from tocsin.streams.kafka.topics import Status

_WORKER_START_SECONDS = 15
_WORKER_PATIENCE_SECONDS = 60
_WORKER_STOP_SECONDS = 5
_POLL_SECONDS = 0.1
_DRAWINGS_PER_SECOND = 4
_LOG_LINES_SHOWN = 8
_SHOWN = {Topic.TICKETS: BEGINNING, Topic.ALERTS: NOW, Topic.DEAD_LETTERS: NOW}


@dataclass(frozen=True, slots=True)
class SessionPlace:
    """The place of a session: settings for its worker, a folder for logs, and the broker if it has its own.

    `own_topics` are those of its tenants.
    """

    settings: Settings
    directory: Path
    own_topics: Sequence[str] = ()
    kafka: LocalKafka | None = None

    @property
    def worker_log(self) -> Path:
        """The file with the worker's log."""
        return self.directory / "worker.log"

    @property
    def gateway_log(self) -> Path:
        """The file with the gateway's log."""
        return self.directory / "gateway.log"

    @property
    def board_log(self) -> Path:
        """The file with the wallboard's log."""
        return self.directory / "board.log"

    @property
    def board(self) -> str:
        """The address of the wallboard."""
        return f"http://{self.settings.board_host}:{self.settings.board_port}/"

    @property
    def gateway(self) -> str:
        """The address at which the gateway takes messages."""
        return f"http://{self.settings.gateway_host}:{self.settings.gateway_http_port}"

    @property
    def web(self) -> str:
        """The worker's address for metrics and health."""
        return f"http://{self.settings.web_host}:{self.settings.web_port}"

    def notes(self) -> list[str]:
        """Addresses and commands to look further."""
        tocsin = shlex.quote(sys.argv[0])
        options = "".join(self._options())
        samples = os.path.relpath(Path(__file__).with_name("samples"))
        kafka = f"Apache Kafka {self.kafka.version}" if self.kafka else "Kafka"
        return [
            f"{kafka}: {self.settings.bootstrap}   metrics: {self.web}/metrics   logs: {self.directory}",
            "In a second terminal:",
            f"  {tocsin} tail alerts{options}",
            f"  {tocsin} ticket list{options}",
            f"  curl -sS '{self.gateway}/security-events?tenant=acme' -d @{samples}/five-fields.json",
            f"  mail: smtp://{self.settings.gateway_host}:{self.settings.gateway_mail_port}, to acme@soc.example",
            f"  {tocsin} publish security-events {samples}/suricata-wrccdc-2018.eve.jsonl --tenant acme{options}",
            "Ctrl-C stops everything.",
            f"The wallboard, for a browser: {self.board}",
        ]

    def _options(self) -> Iterator[str]:
        for name in ("bootstrap", "topic_prefix"):
            value = getattr(self.settings, name)
            if value != Settings.model_fields[name].default:
                yield f" --{name.replace('_', '-')} {shlex.quote(value)}"


class Session:
    """A run of `tocsin dev` against a broker that is running."""

    def __init__(self, place: SessionPlace, speed: float, console: Console) -> None:
        # the shift, and the start of the worker, end before the clock has caught up with the wall clock
        passes = LENGTH + _WORKER_START_SECONDS * SECOND * speed
        self._clock = ScaledClock.starting_now(ago=int(passes * (speed - 1) / speed), speed=speed)
        self._place = place
        self._console = console
        self._board = Board()
        self._live: Live | None = None

    async def run(self) -> None:
        """Run until cancelled. Raises `DevError` if the topics are unusable, or the worker ends by itself."""
        await self._provision()
        async with AsyncExitStack() as stack:
            readers = [
                await stack.enter_async_context(opened(self._place.settings, topic, start))
                for topic, start in _SHOWN.items()
            ]
            with self._worker() as worker, self._gateway() as gateway, self._wallboard(), self._screen():
                await self._until_ready(worker)
                await self._everything((worker, gateway), readers)

    async def _provision(self) -> None:
        try:
            reports = await topics.create(self._place.settings, self._place.own_topics, dev=True)
        except KafkaError as error:
            bootstrap = self._place.settings.bootstrap
            raise UnavailableError(f"No working Kafka broker at {bootstrap}: {error}") from error
        unusable = [f"{r.name}: {', '.join(r.differences)}" for r in reports if r.status is Status.DIFFERS]
        if unusable:
            raise DevError(
                "The topics are there, and not as a simulated shift needs them. Give it topics of its own, with"
                " --topic-prefix trial. (with the dot). " + "; ".join(unusable)
            )

    @contextmanager
    def _worker(self) -> Iterator[Child]:
        env = self._place.settings.environment()
        worker = Child(tocsin_command("run"), self._place.worker_log, env | self._clock.environment())
        try:
            yield worker
        finally:
            worker.stop(_WORKER_STOP_SECONDS)

    @contextmanager
    def _gateway(self) -> Iterator[Child]:
        gateway = Child(tocsin_command("gateway"), self._place.gateway_log, self._place.settings.environment())
        try:
            yield gateway
        finally:
            gateway.stop(_WORKER_STOP_SECONDS)

    @contextmanager
    def _wallboard(self) -> Iterator[None]:
        """The wallboard. Nothing depends on it: if it ends, all else goes on."""
        env = self._place.settings.environment() | self._clock.environment()
        board = Child(tocsin_command("board"), self._place.board_log, env)
        try:
            yield
        finally:
            board.stop(_WORKER_STOP_SECONDS)

    @contextmanager
    def _screen(self) -> Iterator[None]:
        """A board that is drawn again and again on a terminal; anywhere else, lines."""
        for note in self._place.notes():
            self._say(note)
        if not self._console.is_terminal:
            yield
            return
        try:
            with Live(console=self._console, auto_refresh=False, vertical_overflow="crop", screen=True) as self._live:
                yield
        finally:  # the terminal is restored; the last drawing stays
            self._console.print(self._drawing())

    async def _until_ready(self, worker: Child) -> None:
        give_up = time.monotonic() + _WORKER_PATIENCE_SECONDS
        token = self._place.settings.secret("web_token")
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"} if token else None) as http:
            while not await _is_ready(http, f"{self._place.web}/readyz"):
                self._require(worker)
                if time.monotonic() > give_up:
                    raise DevError(f"The worker is not ready. Its log may say why:\n{self._end_of_log()}")
                await asyncio.sleep(_POLL_SECONDS)

    async def _everything(self, children: tuple[Child, Child], readers: list[Reader]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for reader in readers:
                    group.create_task(self._follow(reader))
                group.create_task(self._play())
                group.create_task(self._watch(*children))
                if self._live:
                    group.create_task(self._redraw(self._live))
        except* (DevError, ClientError, KafkaError) as errors:
            raise errors.exceptions[0] from None

    async def _follow(self, reader: Reader) -> None:
        async for record in reader.follow():
            self._say(self._board.take(record))

    async def _play(self) -> None:
        run = ShiftRun(self._clock.now())
        async with AIOKafkaProducer(**client_options(self._place.settings), acks="all") as producer:
            for happening in SHIFT:
                await asyncio.sleep(self._clock.seconds_until(run.at(happening.minute)))
                value, headers = happening.message(run)
                now = self._clock.now()
                topic = self._place.settings.topic(happening.topic)
                await producer.send_and_wait(topic, value, headers=list(headers), timestamp_ms=now)
                self._say(self._board.happened(happening.says, now))
        await asyncio.sleep(self._clock.seconds_until(self._clock.meets_wall))
        self._say(self._board.happened("the shift is over; from here on time is yours", self._clock.now()))

    async def _watch(self, worker: Child, gateway: Child) -> None:
        while True:
            self._require(worker)
            if gateway.returncode is not None:
                raise DevError(f"The gateway ended with exit status {gateway.returncode}: {self._place.gateway_log}")
            await asyncio.sleep(_POLL_SECONDS)

    async def _redraw(self, live: Live) -> None:
        while True:
            live.update(self._drawing(), refresh=True)
            await asyncio.sleep(1 / _DRAWINGS_PER_SECOND)

    def _drawing(self) -> RenderableType:
        left = self._clock.seconds_until(self._clock.meets_wall)
        pace = "in real time" if left <= 0 else f"{self._clock.speed:g} times as fast as yours for {left:.0f} s more"
        return self._board.draw(self._clock.now(), pace, self._place.notes(), self._console.height)

    def _say(self, line: str | None) -> None:
        if line and not self._live:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _require(self, worker: Child) -> None:
        kafka = self._place.kafka
        if kafka and not kafka.running:
            raise DevError(f"Kafka has ended. Its log may say why: {kafka.log}")
        if worker.returncode is not None:
            raise DevError(f"The worker ended with exit status {worker.returncode}. Its log:\n{self._end_of_log()}")

    def _end_of_log(self) -> str:
        lines = self._place.worker_log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]
        return "\n".join([f"  ... {self._place.worker_log}", *(f"  {safe(line)}" for line in lines)])


async def _is_ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as response:
            return response.ok
    except aiohttp.ClientConnectionError:
        return False
