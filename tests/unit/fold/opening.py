"""Many tickets: an inbox that opens them, and a shard that has taken their state over."""

from collections.abc import Iterable, Sequence

from driver import adoption, when
from logs import SPACING, Step, record

from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import Body
from tocsin.domain.vocabulary import Severity
from tocsin.engine.shard import Shard
from tocsin.messages.record import Output, Record, Topic

STATE = (Topic.TICKETS, Topic.TENANTS)


def opening(tickets: int) -> list[Record]:
    """An inbox in which so many tickets open, one each ten seconds: three of four by a detection, one by a call."""
    start = when("09:00")
    steps: list[tuple[Step, int]] = [(Step(0, "acme", adoption("esentire", "example")), start)]
    for number in range(tickets):
        body: Body = commands.Detection(signature=f"s{number}", severity=Severity.HIGH, asset=f"h{number}", title="t")
        if number % 4 == 0:
            body = commands.CallMissed(call=f"c{number}", caller=f"+1{number:09}", line="+1900")
        steps.append((Step(0, "acme", body), start + number * 10))
    return [record(step, place * SPACING, at, at) for place, (step, at) in enumerate(steps, start=1)]


def saved(shard: Shard, records: Sequence[Record]) -> list[Output]:
    """The state that `shard` leaves on its topics after these records."""
    outputs = (output for chunk in shard.fold(records) for output in chunk.outputs)
    last = {(output.topic, output.key): output for output in outputs if output.topic in STATE}
    return list(last.values())


def restored(state: Iterable[Output]) -> Shard:
    """A shard that has taken this state over."""
    shard = Shard(0)
    for output in state:
        shard.load(output.topic, output.key or b"", output.value)
    shard.finish_restore()
    return shard
