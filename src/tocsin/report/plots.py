"""The plots of a report: how long something took, week by week."""

from html import escape

from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND
from tocsin.report.model_of_work import Measure
from tocsin.report.sections import Plot
from tocsin.whatif.picture import Box, Frame, Pair, Picture, Words, columns

_WIDTH, _MARGIN, _LABEL = 720, 8, 48
_UNITS = (("days", 2 * DAY, DAY), ("hours", 2 * HOUR, HOUR), ("minutes", 2 * MINUTE, MINUTE), ("seconds", 0, SECOND))


def weeks_plot(measure: Measure) -> Plot:
    """Median and 90th percentile of each week, in the largest unit that fits."""
    most = max(week.p90 for week in measure.weeks)
    unit, scale = next((name, size / SECOND) for name, least, size in _UNITS if most * SECOND >= least)
    picture = Picture(_WIDTH)
    pairs = [Pair(week.monday, round(week.median / scale, 1), round(week.p90 / scale, 1)) for week in measure.weeks]
    title = f"Time to {measure.name}, {unit}, by the week of its start"
    bottom = columns(picture, Frame(_MARGIN, 18, _WIDTH - 2 * _MARGIN, _LABEL), title, pairs)
    picture.boxes += [Box(_WIDTH - 150, 8, 10, 10, "before"), Box(_WIDTH - 80, 8, 10, 10, "after")]
    picture.words += [Words(_WIDTH - 136, 17, "median", size=11), Words(_WIDTH - 66, 17, "p90", size=11)]
    picture.height = bottom + 8
    said = "; ".join(f"week of {it.label}: median {it.before}, p90 {it.after}" for it in pairs)
    return Plot(_svg(picture, f"{title}. {said}"), title)


def _svg(picture: Picture, words: str) -> str:
    """The picture as an SVG whose colours are named by classes."""
    boxes = "".join(
        f'<rect class="{it.tone}" x="{it.x:g}" y="{it.y:g}" width="{it.width:g}" height="{it.height:g}"/>'
        for it in picture.boxes
    )
    texts = "".join(
        f'<text class="{it.tone}" x="{it.x:g}" y="{it.y:g}" text-anchor="{it.anchor}" font-size="{it.size}"'
        f' font-weight="{600 if it.bold else 400}">{escape(it.text)}</text>'
        for it in picture.words
    )
    size = f'viewBox="0 0 {picture.width} {picture.height}" width="{picture.width}" height="{picture.height}"'
    label = escape(words)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">{boxes}{texts}</svg>'
