"""What `make bench` has measured, kept from run to run, and the page that tells of it."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

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


class Kept:
    """A file with a round in each line."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def clear(self) -> None:
        """Forget them."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_bytes(b"")

    def add(self, measured: Round) -> None:
        """Keep one more."""
        with self._file.open("ab") as lines:
            lines.write(msgspec.json.encode(measured) + b"\n")

    def all(self) -> list[Round]:
        """All of them, in their order."""
        return msgspec.json.decode(b"[" + b",".join(self._file.read_bytes().splitlines()) + b"]", type=list[Round])


def page(rounds: Sequence[Round], about: Mapping[str, str]) -> str:
    """The whole page; `about` is what the head tells of the run."""
    loads = [each.load for each in rounds]
    head = HEAD.read_text(encoding="utf-8").format(**about, load=f"{min(loads):.1f} to {max(loads):.1f}")
    streams = dict.fromkeys(each.stream for each in rounds)
    tables = (f"## {stream}\n\n{table([each for each in rounds if each.stream == stream])}" for stream in streams)
    return f"{head}\n" + "\n".join(tables)


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
