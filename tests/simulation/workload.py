"""Random days of a SOC, as they reach the input topics: late, out of order, twice, and with rubbish among them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from tests.simulation.loop import MILLISECOND
from tests.simulation.stories import TOPIC_OF, Message, Storyteller

from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant, show
from tocsin.messages.record import INPUT_TOPICS, Topic

INPUTS: tuple[Topic, ...] = tuple(topic for topic in INPUT_TOPICS if topic is not Topic.SENT)
"""The input topics where `sent_topic` is not set."""

GATEWAYS: tuple[Topic, ...] = tuple(topic for topic in INPUTS if topic is not Topic.DELIVERIES)
"""Those of them that gateways write to, each by a clock of its own."""

_OFFICE_HOURS = range(8, 18)
_POISON = (
    b"",
    b"{",
    b"\xff\xfe not even text",
    b'{"specversion": "1.0", "type": "tocsin.call.missed"}',
    b'{"specversion": "1.0", "id": "a", "source": "b", "type": "tocsin.nonsense", "data": {}}',
    b"[" * 10_000,
    b'{"specversion": "1.0", "id": "big", "source": "b", "type": "tocsin.desk.note", "data": "' + b"x" * 70_000,
)


class Publication(NamedTuple):
    """What reaches an input topic, and when (true time in microseconds)."""

    at: int
    topic: Topic
    lot: float  # chooses the partition, however many there are
    value: bytes
    accepted: bool  # whether intake must take it

    def told(self) -> str:
        """For a person."""
        text = self.value[:400].decode(errors="backslashreplace")
        return f"{self.topic} <- {text}{'...' if len(self.value) > 400 else ''}"


@dataclass(frozen=True, slots=True)
class Habits:
    """How busy a SOC is, and how its gateways behave."""

    stories: float  # a day, on working days
    repeats: float  # share of messages that are published twice
    late: float  # share that is published hours later
    shuffle: Instant  # messages are published up to so much later than they happen
    skew: Instant  # the gateways' clocks are wrong by up to so much
    poison: float  # share of messages that are followed by rubbish
    undated: float  # share of messages without a time


def habits(random: Random, stories: float) -> Habits:
    """Those of one run."""
    return Habits(
        stories=stories,
        repeats=random.choice((0.0, 0.1, 0.3)),
        late=random.choice((0.0, 0.02, 0.1)),
        shuffle=random.choice((SECOND, MINUTE, 5 * MINUTE)),
        skew=random.choice((0, 0, SECOND, HOUR)),
        poison=random.choice((0.0, 0.02, 0.1)),
        undated=random.choice((0.0, 0.05)),
    )


def publications(random: Random, begins: Instant, days: int, how: Habits) -> list[Publication]:
    """Everything that is published from `begins` on, in the order of the times."""
    found: list[Publication] = []
    skews = {topic: random.randint(-how.skew, how.skew) for topic in GATEWAYS}
    for message in _messages(random, begins, days, how):
        found += _published(random, message, begins, skews, how)
    ends = days * DAY * MILLISECOND
    return sorted(publication for publication in found if publication.at < ends)


def _messages(random: Random, begins: Instant, days: int, how: Habits) -> Iterator[Message]:
    teller = Storyteller(random)
    for day in range(days):
        weekday = ((begins // DAY + day) + 3) % 7 < 5
        for _ in range(_poisson(random, how.stories if weekday else how.stories / 3)):
            hour = random.choice(_OFFICE_HOURS) if random.random() < 0.7 else random.randrange(24)
            yield from teller.story(begins + day * DAY + hour * HOUR + random.randrange(HOUR))


def _poisson(random: Random, mean: float) -> int:
    number, waited = 0, random.expovariate(1)
    while waited < mean:
        number, waited = number + 1, waited + random.expovariate(1)
    return number


def _published(
    random: Random, message: Message, begins: Instant, skews: dict[Topic, Instant], how: Habits
) -> Iterator[Publication]:
    topic = TOPIC_OF.get(message.kind, Topic.DESK)
    lag = 0 if message.prompt else random.randrange(how.shuffle)
    if random.random() < how.late:
        lag += random.randrange(12 * HOUR)
    at = (message.at - begins + lag) * MILLISECOND + random.randrange(MILLISECOND)
    value = _encoded(message, None if random.random() < how.undated else message.at + skews[topic])
    yield Publication(at, topic, random.random(), value, accepted=True)
    again, likely = at, how.repeats
    while random.random() < likely:
        again += random.choice((SECOND, MINUTE, HOUR)) * MILLISECOND
        yield Publication(again, topic, random.random(), value, accepted=True)
        likely = min(0.5, 3 * how.repeats)  # what is published twice is easily published once more
    if random.random() < how.poison:
        for _ in range(random.randrange(1, 4)):
            yield Publication(at, topic, random.random(), random.choice(_POISON), accepted=False)


def _encoded(message: Message, time: Instant | None) -> bytes:
    event = {
        "specversion": "1.0",
        "id": message.id,
        "source": message.source,
        "type": message.kind,
        "data": message.data,
    }
    if message.tenant is not None:
        event["tenant"] = message.tenant
    if time is not None:
        event["time"] = show(time)
    return json.dumps(event).encode()
