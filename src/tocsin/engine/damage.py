"""Records of the state that are none. One that was written anew since does no harm: Kafka will compact it."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from tocsin.messages.record import Topic

_REMEDY = (
    "Stop all workers: `tocsin replay verify` says what else differs, and `tocsin replay rebuild` writes the state "
    "anew from the inbox."
)


class Damage:
    """What could not be read so far and was not replaced."""

    def __init__(self) -> None:
        self._left: dict[tuple[Topic, bytes], str] = {}

    @contextmanager
    def seen(self, topic: Topic, key: bytes, place: str) -> Iterator[None]:
        """A record is read inside. Where that fails it is kept in mind; else what stood there before is forgotten."""
        try:
            yield
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            self._left[topic, key] = f"{topic}/{place} ({key.decode(errors='backslashreplace')!r}): {error}"
        else:
            if self._left:
                self._left.pop((topic, key), None)

    @property
    def sentence(self) -> str | None:
        """What is damaged, and what to do; None where nothing is."""
        first = next(iter(self._left.values()), None)
        return first and f"The state of the tickets is damaged, or of another version of Tocsin. {first}. {_REMEDY}"
