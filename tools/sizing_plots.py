"""The plots of docs/sizing.md, a picture an axis, dark or light as its reader prefers. What costs the same is flat."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

Point = dict[str, float]
"""The coordinates of a point, and its figures."""

_WIDTH, _HEIGHT, _GAP, _IN_A_ROW = 300, 190, 24, 3
_LEFT, _RIGHT, _TOP, _BOTTOM = 18, 26, 58, 28
_STYLE = """
svg { --ground: #ffffff; --ink: #17191c; --soft: #575c63; --line: #dcd9d1; --mark: #2a5db0; background: var(--ground);
  font: 13px "Inter", "Helvetica Neue", "Segoe UI", system-ui, sans-serif; font-variant-numeric: tabular-nums; }
@media (prefers-color-scheme: dark) { svg { --ground: #131517; --ink: #f1efe9; --soft: #a9aeb5; --line: #31363b;
  --mark: #8ab0f0; } }
text { fill: var(--ink); } .b { font-weight: 650; } .soft { fill: var(--soft); font-size: 11px; }
.mid { text-anchor: middle; } .grid { stroke: var(--line); } .line { fill: none; stroke: var(--mark); stroke-width: 2; }
.dot { fill: var(--mark); } .ground { fill: var(--ground); }
"""


class Panel(NamedTuple):
    """A figure along the axis, in a unit of which some fit on a hand."""

    title: str
    unit: str
    value: Callable[[Point], float]


def _of(title: str, unit: str, figure: str, scale: float = 1, per: str = "") -> Panel:
    return Panel(title, unit, lambda point: point[figure] * scale / (point[per] if per else 1))


_REPEAT = _of("An event that repeats", "us", "repeat_us")
_TICK = _of("A tick that fires nothing", "us", "tick_us")
_SCRAPE = _of("A scrape", "ms", "scrape_us", 1e-3)

PLOTS: dict[str, tuple[str, list[Panel]]] = {
    "tickets": (
        "open tickets of a partition",
        [
            _of("Memory of a ticket", "kB", "memory", 1e-3, "tickets"),
            _of("Restoring a ticket", "us", "restore_us"),
            _of("An event that opens one more", "us", "opening_us"),
            _REPEAT,
            _TICK,
            _SCRAPE,
        ],
    ),
    "tenants": (
        "tenants of a partition, 20,000 open tickets in all",
        [
            _of("Memory of all", "MB", "memory", 1e-6),
            _of("An event that opens a ticket", "us", "opening_us"),
            _REPEAT,
            _of("A tombstone in a restore", "us", "tombstone_us"),
            _TICK,
            _SCRAPE,
        ],
    ),
    "promises": (
        "promises that the contract makes on each ticket, 2,000 open tickets",
        [
            _of("Opening, of each promise", "us", "opening_us", 1, "promises"),
            Panel("Memory, of each promise", "kB", lambda it: it["memory"] / it["tickets"] / it["promises"] / 1e3),
            _REPEAT,
        ],
    ),
    "window": (
        "inputs that the deduplication window holds",
        [
            _of("Memory of an input", "B", "memory", 1, "window"),
            _of("Remembering one in a restore", "us", "remember_us"),
            _REPEAT,
        ],
    ),
    "partitions": (
        "partitions of each topic, one worker",
        [
            _of("Memory of the worker", "MB", "worker_bytes", 1e-6),
            _of("Connections of the worker", "", "connections"),
            _of("The worker idle, of a core", "%", "idle_worker_share", 100),
            _of("An input alone, worker", "ms", "apart_worker_us", 1e-3),
            _of("An input alone, broker", "ms", "apart_broker_us", 1e-3),
            _of("An input that lay ready, worker", "ms", "ready_worker_us", 1e-3),
        ],
    ),
    "workers": (
        "workers on two cores, 16 partitions",
        [
            _of("An input alone, all workers", "ms", "apart_worker_us", 1e-3),
            _of("An input that lay ready, all workers", "ms", "ready_worker_us", 1e-3),
            _of("Memory of a worker", "MB", "worker_bytes", 1e-6),
        ],
    ),
    "members": (
        "members of the group, 100 partitions of each topic",
        [
            _of("All join at once", "s", "join_s"),
            _of("One more joins", "s", "one_more_s"),
            _of("One more, processor of the broker", "s", "one_more_broker_s"),
        ],
    ),
}
"""By axis: what the axis is, and the panels."""


def picture(name: str, points: list[dict[str, Any]]) -> str:
    """The picture of an axis as the text of an SVG file. The same points give the same bytes."""
    said, panels = PLOTS[name]
    flat = [it["point"] | it["figures"] for it in points]
    at = [next(iter(it["point"].values())) for it in points]
    width = _IN_A_ROW * _WIDTH + (_IN_A_ROW - 1) * _GAP
    height = 34 + -(-len(panels) // _IN_A_ROW) * (_HEIGHT + _GAP)
    parts, told = [], []
    for place, panel in enumerate(panels):
        values = [panel.value(it) for it in flat]
        row, column = divmod(place, _IN_A_ROW)
        x, y = column * (_WIDTH + _GAP), 34 + row * (_HEIGHT + _GAP)
        parts += [f'<g transform="translate({x} {y})">', *_panel(panel, at, values), "</g>"]
        pairs = (f"{figure:,}: {_shown(value)}" for figure, value in zip(at, values, strict=True))
        told.append(f"{panel.title}, {panel.unit or 'number'}: {'; '.join(pairs)}.")
    label = escape(f"By {said}. {' '.join(told)}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        f'<style>{_STYLE}</style><rect class="ground" width="{width}" height="{height}"/>'
        f'<text class="soft" x="{_LEFT}" y="18">By the number of {escape(said)}</text>{"".join(parts)}</svg>\n'
    )


def _panel(panel: Panel, at: list[int], values: list[float]) -> Iterator[str]:
    """A line from the first point to the last, over a ground that is zero."""
    room, depth = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    most = max(values) or 1
    xs = [_LEFT + 16 + place * (room - 32) / max(len(at) - 1, 1) for place in range(len(at))]
    ys = [_TOP + depth * (1 - value / most) for value in values]
    yield f'<text class="b" x="{_LEFT}" y="16">{escape(panel.title)}</text>'
    yield f'<text class="soft" x="{_LEFT}" y="32">{panel.unit}</text>'
    yield f'<path class="grid" d="M{_LEFT} {_TOP + depth}h{room}"/>'
    yield f'<path class="line" d="M{" L".join(f"{x:.0f} {y:.1f}" for x, y in zip(xs, ys, strict=True))}"/>'
    for x, y, figure, value in zip(xs, ys, at, values, strict=True):
        yield f'<circle class="dot" cx="{x:.0f}" cy="{y:.1f}" r="3.5"/>'
        yield f'<text class="mid" x="{x:.0f}" y="{y - 9:.1f}" font-size="11">{_shown(value)}</text>'
        yield f'<text class="soft mid" x="{x:.0f}" y="{_TOP + depth + 17}">{figure:,}</text>'


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004 - three digits are enough
