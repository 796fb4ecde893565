"""Log lines, for people or for machines. Nothing that a stranger wrote can forge one or steer a terminal.

Faust, mode, aiokafka and aiohttp log through the same lines.
"""

import logging
import sys
import time
from typing import IO, Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from tocsin.harmless import harmless

_TALKATIVE = ("aiokafka", "faust", "mode", "aiohttp.access", "asyncio")
_REPEAT_SECONDS = 1.0


def configure(log_format: str, stream: IO[str] | None = None) -> None:
    """Send every log line to `stream` (standard error), as `console` or `json`."""
    stream = sys.stderr if stream is None else stream
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                escape,
                _renderer(log_format, stream),
            ],
        )
    )
    handler.addFilter(_OncePerSecond())
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # warns of each refusal of a next transaction while the last one's markers are written, which is daily business
    logging.getLogger("aiokafka.producer.sender").setLevel(logging.ERROR)


def _renderer(log_format: str, stream: IO[str]) -> Any:
    if log_format == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())


def escape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Make each text of `event` one harmless line. A traceback keeps its lines, none of which can pass for an entry."""
    escaped = {_harmless(key): _harmless(value) for key, value in event.items() if key != "exception"}
    if "exception" in event:
        lines = str(event["exception"]).split("\n")
        escaped["exception"] = "\n".join(f"    | {_harmless(line)}" for line in lines)
    return escaped


def _harmless(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value


class _OncePerSecond(logging.Filter):
    """A client whose broker is gone says the same many times a second: each place of the code is heard once."""

    def __init__(self) -> None:
        super().__init__()
        self._heard: dict[tuple[str, int, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Returns whether `record` may pass. Our own lines always do."""
        if not record.name.startswith(_TALKATIVE):
            return True
        place = (record.pathname, record.lineno, record.name)
        now = time.monotonic()
        if now - self._heard.get(place, -_REPEAT_SECONDS) < _REPEAT_SECONDS:
            return False
        self._heard[place] = now
        return True
