"""Write Grafana's dashboards to deploy/grafana/dashboards: `python -m tools.dashboards`.

What they show is listed in `tools/panels.py`; here it becomes Grafana's JSON, by Grafana's own library.
"""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard as Builder
from grafana_foundation_sdk.builders.dashboard import DatasourceVariable, ThresholdsConfig
from grafana_foundation_sdk.builders.dashboard import Row as RowBuilder
from grafana_foundation_sdk.builders.heatmap import Panel as Heatmap
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as Timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement, VisibilityMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    DataTransformerConfig,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from tools.panels import DASHBOARDS, Dashboard, Kind, Panel, Query

FOLDER = Path(__file__).parents[1] / "deploy" / "grafana" / "dashboards"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
WIDTH = 24
HEIGHTS = {Kind.STAT: 4, Kind.TABLE: 9, Kind.LINES: 8, Kind.HEATMAP: 8}

AnyPanel = Stat | Table | Timeseries | Heatmap


def written() -> Iterator[tuple[Path, str]]:
    """Each dashboard's file and its text."""
    for dashboard in DASHBOARDS:
        built = _dashboard(dashboard).build()
        text = json.dumps(built, cls=JSONEncoder, indent=2, sort_keys=True)
        yield FOLDER / f"{dashboard.name}.json", text + "\n"


def _dashboard(dashboard: Dashboard) -> Builder:
    builder = (
        Builder(dashboard.title)
        .uid(f"tocsin-{dashboard.name}")
        .description(dashboard.text)
        .tags(["tocsin"])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("10s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    numbers = count(1)
    for row in dashboard.rows:
        builder = builder.with_row(RowBuilder(row.title).id(next(numbers)))
        for panel in row.panels:
            builder = builder.with_panel(_panel(panel, next(numbers), WIDTH // row.across))
    return builder


def _panel(panel: Panel, number: int, width: int) -> AnyPanel:
    made = _MAKERS[panel.kind](panel)
    made = made.id(number).title(panel.title).description(panel.text).datasource(SOURCE)
    made = made.unit(panel.unit).span(width).height(HEIGHTS[panel.kind])
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        made = made.with_target(_query(panel, query).ref_id(letter))
    return made


def _query(panel: Panel, query: Query) -> Dataquery:
    made = Dataquery().expr(query.expr).legend_format(query.legend or "__auto")
    match panel.kind:
        case Kind.TABLE:
            return made.instant().format(PromQueryFormat.TABLE)
        case Kind.HEATMAP:
            return made.range().format(PromQueryFormat.HEATMAP)
        case Kind.LINES if panel.exemplars:
            return made.range().exemplar(exemplar=True)
        case Kind.LINES | Kind.STAT:
            return made.range()


def _stat(panel: Panel) -> AnyPanel:
    steps = [Threshold(value=None, color="green")]
    if panel.bad_from is not None:
        steps.append(Threshold(value=panel.bad_from, color="red"))
    return Stat().thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))


def _lines(panel: Panel) -> AnyPanel:
    legend = VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    return Timeseries().show_points(VisibilityMode.NEVER).legend(legend.show_legend(show_legend=True))


def _table(_panel: Panel) -> AnyPanel:
    hidden: dict[str, Any] = {"excludeByName": {"Time": True, "__name__": True, "instance": True, "job": True}}
    return Table().with_transformation(DataTransformerConfig(id_val="organize", options=hidden))


_MAKERS: dict[Kind, Callable[[Panel], AnyPanel]] = {
    Kind.STAT: _stat,
    Kind.LINES: _lines,
    Kind.TABLE: _table,
    Kind.HEATMAP: lambda _panel: Heatmap(),
}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, text in written():
        file.write_text(text, encoding="utf-8")
