"""A picture as plain shapes, which HTML and PNG draw alike. Lengths are pixels, from the upper left corner."""

from dataclasses import dataclass, field
from typing import NamedTuple

Tone = str
"""The meaning of a colour: `before`, `after`, `promise`, `ink`, `muted` or `grid`."""


class Box(NamedTuple):
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    tone: Tone


class Words(NamedTuple):
    """A line of text; `anchor` is the part of it that lies at `x`: start, middle or end. `y` is its baseline."""

    x: float
    y: float
    text: str
    tone: Tone = "ink"
    anchor: str = "start"
    size: int = 13
    bold: bool = False


@dataclass(slots=True)
class Picture:
    """Shapes, the first at the bottom."""

    width: int
    height: int = 0
    boxes: list[Box] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)


class Pair(NamedTuple):
    """A quantity on both sides; None: there is none on that side. `promise` is what was promised for it."""

    label: str
    before: float | None
    after: float | None
    promise: float | None = None


class Frame(NamedTuple):
    """The place of a chart."""

    x: int
    y: int
    width: int
    label: int
    """The width of what stands before the bars."""


_BAR, _GAP, _ROW = 9, 2, 30
_NUMBER = 62
"""The width of what stands behind the bars."""


def bars(picture: Picture, frame: Frame, title: str, pairs: list[Pair], form: str) -> int:
    """Draw two bars for each pair; `form` shows a number, and percents reach to the whole. Returns the bottom."""
    most = 1 if form.endswith("%}") else None
    picture.words.append(Words(frame.x, frame.y, title, bold=True, size=15))
    longest = most or max((value for it in pairs for value in it[1:3] if value is not None), default=0) or 1
    left, room = frame.x + frame.label, frame.width - frame.label - _NUMBER
    y = frame.y + 16
    for pair in pairs:
        picture.words.append(Words(left - 10, y + 15, pair.label, anchor="end"))
        for place, (tone, value) in enumerate((("before", pair.before), ("after", pair.after))):
            top = y + place * (_BAR + _GAP)
            if value:
                picture.boxes.append(Box(left, top, round(room * value / longest, 1), _BAR, tone))
            shown = "-" if value is None else form.format(value)
            at = left + room + 8 if most else left + 6 + round(room * (value or 0) / longest, 1)
            picture.words.append(Words(at, top + _BAR - 0.5, shown, tone="muted", size=11))
        if pair.promise is not None:
            picture.boxes.append(Box(left + round(room * pair.promise / longest, 1) - 1, y - 3, 2, 26, "promise"))
        y += _ROW
    return y


_HEIGHT = 120


def columns(picture: Picture, frame: Frame, title: str, pairs: list[Pair]) -> int:
    """Draw two columns for each pair, and the labels that there is room for. Returns the bottom."""
    picture.words.append(Words(frame.x, frame.y, title, bold=True, size=15))
    most = max((value or 0 for it in pairs for value in it[1:3]), default=0) or 1
    top, left, room = frame.y + 20, frame.x + frame.label, frame.width - frame.label
    for share in (0, 0.5, 1):
        y = top + _HEIGHT * (1 - share)
        picture.boxes.append(Box(left, y, room, 1, "grid"))
        picture.words.append(Words(left - 10, y + 4, f"{most * share:g}", tone="muted", anchor="end", size=11))
    step = room / max(len(pairs), 1)
    every = max(round(110 / step), 1)
    for place, pair in enumerate(pairs):
        x, width = left + place * step, min(step * 0.42, 14)
        for at, tone, value in ((x, "before", pair.before), (x + width, "after", pair.after)):
            height = round(_HEIGHT * (value or 0) / most, 1)
            picture.boxes.append(Box(round(at, 1), top + _HEIGHT - height, round(width, 1), height, tone))
        if place % every == 0:
            picture.words.append(Words(round(x, 1), top + _HEIGHT + 18, pair.label, tone="muted", size=11))
    return top + _HEIGHT + 24
