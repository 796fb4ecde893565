"""What `make bench` has measured, kept from run to run, and the page that tells of it."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec

HEAD = Path(__file__).with_name("RESULTS.head.md")
OURS = "tocsin"


class Round(msgspec.Struct, kw_only=True, frozen=True):
    """One contender on one stream. `seconds` are of the clock on the wall, `processor` those of all its processes."""

    stream: str
    contender: str
    title: str
    events: int
    seconds: float
    processor: float
    load: float  # of the machine, over the minute before
    faults: list[str]

    @property
    def a_second(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def a_processor_second(self) -> float:
        """Events for each second of processor time."""
        return self.events / self.processor


class Part(msgspec.Struct, frozen=True):
    """One part of the work of a worker: microseconds of processor time an event, here and where librdkafka does it."""

    name: str
    here: float
    librdkafka: float | None = None


class Anatomy(msgspec.Struct, frozen=True):
    """The parts of Tocsin's work on a stream, each measured alone; and shares of a running worker's processor time."""

    parts: list[Part]
    shares: dict[str, float]


class Kept(msgspec.Struct):
    """What has been measured so far, from one run to the next."""

    rounds: list[Round] = []
    anatomies: dict[str, Anatomy] = {}  # by stream

    @classmethod
    def read(cls, file: Path) -> Self:
        """What is in the file."""
        return msgspec.json.decode(file.read_bytes(), type=cls)

    def write(self, file: Path) -> None:
        """Keep it for the next run."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(self)))


def page(kept: Kept, about: Mapping[str, str]) -> str:
    """The whole page; `about` is what the head tells of the run."""
    loads = [each.load for each in kept.rounds]
    head = HEAD.read_text(encoding="utf-8").format(**about, load=f"{min(loads):.1f} to {max(loads):.1f}")
    sections = []
    for stream in dict.fromkeys(each.stream for each in kept.rounds):
        rounds = [each for each in kept.rounds if each.stream == stream]
        sections.append(f"## {stream}\n\n{table(rounds)}")
        if stream in kept.anatomies:
            sections.append(dissected(kept.anatomies[stream], [each for each in rounds if each.contender == OURS]))
    return "\n".join([head, *sections])


def dissected(anatomy: Anatomy, ours: Sequence[Round]) -> str:
    """Where Tocsin's time goes on a stream, and what no client library could make faster."""
    lines = ["| one part alone, microseconds of processor time an event | Tocsin | by librdkafka |", "|---|---|---|"]
    lines += [f"| {it.name} | {it.here:.1f} | {_figure(it.librdkafka)} |" for it in anatomy.parts]
    here, pure = (sum(it.here for it in anatomy.parts if it.librdkafka is None or wire) for wire in (True, False))
    by_librdkafka = sum(it.librdkafka or 0 for it in anatomy.parts)
    lines.append(f"| all parts | {here:.1f} | {by_librdkafka:.1f} |")
    if ours:
        lines.append(f"| the whole worker, of the rounds above | {_microseconds(ours):.1f} | |")
    free, fast = _three_digits(1e6 / pure), _three_digits(1e6 / (pure + by_librdkafka))
    lines += ["", f"Intake, decoding and fold alone allow {free:,} events per second of processor, with librdkafka's"]
    lines += [f"reading and writing {fast:,}.", ""]
    lines += ["| of a running worker | share of its processor time |", "|---|---|"]
    lines += [f"| {part} | {share:.0%} |" for part, share in anatomy.shares.items()]
    return "\n".join(lines) + "\n"


def _microseconds(rounds: Sequence[Round]) -> float:
    return 1e6 / statistics.median(each.a_processor_second for each in rounds)


def _figure(microseconds: float | None) -> str:
    return "" if microseconds is None else f"{microseconds:.1f}"


def table(rounds: Sequence[Round]) -> str:
    """A row a contender, of the rounds of one stream. Who has said something wrong is told by it, and not compared."""
    by_contender: defaultdict[str, list[Round]] = defaultdict(list)
    for each in rounds:
        by_contender[each.contender].append(each)
    ours = by_contender.get(OURS, [])
    head = "| | rounds | events | events/s, wall | per second of processor | Tocsin against it (wall, processor) |\n"
    return head + "|---|---|---|---|---|---|\n" + "".join(_row(mine, ours) for mine in by_contender.values())


def _row(mine: Sequence[Round], ours: Sequence[Round]) -> str:
    last = mine[-1]
    cells = [last.title, str(len(mine)), f"{last.events:,}"]
    if wrong := next((each.faults for each in mine if each.faults), None):
        return f"| {' | '.join(cells)} | wrong: {'; '.join(wrong)} | | |\n"
    wall, processor = _rates(mine)
    against = "" if mine is ours or not ours else _against(ours, wall, processor)
    return f"| {' | '.join([*cells, _spread(wall), _spread(processor), against])} |\n"


def _rates(rounds: Sequence[Round]) -> tuple[list[float], list[float]]:
    return [each.a_second for each in rounds], [each.a_processor_second for each in rounds]


def _against(ours: Sequence[Round], wall: Iterable[float], processor: Iterable[float]) -> str:
    """The medians of ours by the medians of theirs."""
    our_wall, our_processor = _rates(ours)
    ratios = _ratio(our_wall, wall), _ratio(our_processor, processor)
    return ", ".join(f"{ratio:.2f}" if ratio < 1 else f"{ratio:.1f}" for ratio in ratios)


def _ratio(ours: Iterable[float], theirs: Iterable[float]) -> float:
    return statistics.median(ours) / statistics.median(theirs)


def _spread(rates: Sequence[float]) -> str:
    """The median, and the least and most where there are several."""
    middle = f"{_three_digits(statistics.median(rates)):,}"
    if len(rates) == 1:
        return middle
    return f"{middle} ({_three_digits(min(rates)):,} to {_three_digits(max(rates)):,})"


def _three_digits(rate: float) -> int:
    return int(float(f"{rate:.3g}"))
