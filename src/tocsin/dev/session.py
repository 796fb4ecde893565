"""The session of `tocsin dev`: a worker, the shift and the board, until it is stopped."""

import asyncio
import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
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
from tocsin.dev.acting import TOKEN, WHO
from tocsin.dev.board import Board
from tocsin.dev.drafts import ShiftRun
from tocsin.dev.errors import DevError
from tocsin.dev.kafka import LocalKafka
from tocsin.dev.notifying import Mail, Notifying, mail_server
from tocsin.dev.scaled_clock import ScaledClock
from tocsin.dev.service import Service, served
from tocsin.dev.shift import LENGTH, SHIFT
from tocsin.domain.instant import SECOND
from tocsin.messages.record import Topic
from tocsin.render.text import safe
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.clients import client_options
from tocsin.streams.kafka.topics import Status

_WORKER_START_SECONDS = 15
_START_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.1
_DRAWINGS_PER_SECOND = 4
_SHOWN = {Topic.TICKETS: BEGINNING, Topic.ALERTS: NOW, Topic.DEAD_LETTERS: NOW}


@dataclass(frozen=True, slots=True)
class SessionPlace:
    """The place of a session: settings for its worker, a folder for logs, and the broker if it has its own.

    `own_topics` are those of its tenants.
    """

    settings: Settings
    directory: Path
    notifying: Notifying
    own_topics: Sequence[str] = ()
    kafka: LocalKafka | None = None

    def log(self, name: str) -> Path:
        """The file with the log of that process."""
        return self.directory / f"{name}.log"

    @property
    def mails(self) -> Path:
        """The file with all mail that notify has sent."""
        return self.directory / "mails.txt"

    @property
    def notify(self) -> str:
        """Notify's address for metrics and health."""
        return f"http://{self.settings.web_host}:{self.notifying.settings.notify_port}"

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
            f"  tail -f {self.mails}   # what people are sent; the links in it answer",
            f"  {tocsin} publish security-events {samples}/suricata-wrccdc-2018.eve.jsonl --tenant acme{options}",
            *self._token(),
            "Ctrl-C stops everything.",
            f"The wallboard, for a browser: {self.board}",
        ]

    def _token(self) -> Iterator[str]:
        file = self.directory / TOKEN
        if file.exists():
            yield f"  cat {file}   # what the wallboard asks of {WHO}, who may act there"

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
            await stack.enter_async_context(mail_server(self._place.notifying.mail_port, self._mailed))
            stack.enter_context(self._wallboard())
            with self._worker() as worker, self._gateway() as gateway, self._notify() as notify, self._screen():
                await self._until_ready(worker, self._place.web)
                await self._until_ready(notify, self._place.notify)
                await self._everything((worker, gateway, notify), readers)

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

    def _worker(self) -> AbstractContextManager[Service]:
        env = self._place.settings.environment() | self._clock.environment()
        return served("worker", self._place.log("worker"), env, "run")

    def _gateway(self) -> AbstractContextManager[Service]:
        return served("gateway", self._place.log("gateway"), self._place.settings.environment(), "gateway")

    def _notify(self) -> AbstractContextManager[Service]:
        env = self._place.notifying.settings.environment() | self._clock.environment()
        return served("notify", self._place.log("notify"), env, "notify", "run")

    def _mailed(self, mail: Mail) -> None:
        with self._place.mails.open("a", encoding="utf-8") as file:
            file.write(f"To: {safe(mail.to)}\nSubject: {safe(mail.subject)}\n\n{mail.text}\n{'-' * 80}\n")
        self._say(self._board.mailed(mail.to, mail.subject, mail.link, self._clock.now()))

    def _wallboard(self) -> AbstractContextManager[Service]:
        """Nothing depends on it: if it ends, all else goes on."""
        env = self._place.settings.environment() | self._clock.environment()
        return served("wallboard", self._place.log("board"), env, "board")

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

    async def _until_ready(self, service: Service, address: str) -> None:
        give_up = time.monotonic() + _START_PATIENCE_SECONDS
        token = self._place.settings.secret("web_token")
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"} if token else None) as http:
            while not await _is_ready(http, f"{address}/readyz"):
                self._require([service])
                if time.monotonic() > give_up:
                    raise DevError(f"The {service.name} is not ready. Its log may say why:\n{service.said()}")
                await asyncio.sleep(_POLL_SECONDS)

    async def _everything(self, services: Sequence[Service], readers: list[Reader]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for reader in readers:
                    group.create_task(self._follow(reader))
                group.create_task(self._play())
                group.create_task(self._watch(services))
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

    async def _watch(self, services: Sequence[Service]) -> None:
        while True:
            self._require(services)
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

    def _require(self, services: Sequence[Service]) -> None:
        kafka = self._place.kafka
        if kafka and not kafka.running:
            raise DevError(f"Kafka has ended. Its log may say why: {kafka.log}")
        for service in services:
            service.require()


async def _is_ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as response:
            return response.ok
    except aiohttp.ClientConnectionError:
        return False
