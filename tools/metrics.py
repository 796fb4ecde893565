"""Write docs/metrics.md from the metrics that the code declares: `python tools/metrics.py`."""

from collections.abc import Iterable
from pathlib import Path

from tocsin.gateway.counts import METRICS as GATEWAY
from tocsin.measures import Declared
from tocsin.notify.counts import METRICS as NOTIFY
from tocsin.web.metrics import METRICS as WORKER

PAGE = Path(__file__).parents[1] / "docs" / "metrics.md"

HEAD = """\
# Metrics

<!-- Written by `python tools/metrics.py` from what the code declares. -->

A worker serves them at `/metrics` (`web_host`, `web_port`), the gateway at its own, notify at `notify_port`. Who asks a
worker for OpenMetrics gets it, with exemplars: the `trace_id` of an alert that an event of the bucket has published.
Prometheus keeps them with `--enable-feature=exemplar-storage`. Every worker also has the `process_*` metrics of its
memory, CPU and files.

[deploy/prometheus](../deploy/prometheus) has alerts and recording rules on them, [runbooks.md](runbooks.md) says what
to do about each alert, [deploy/grafana](../deploy/grafana) has the dashboards. What stays as it is:
[stability.md](stability.md).

A worker tells of the partitions that it owns, so sum over workers. Deadlines are measured by the time of the inbox,
as the brokers stamp it, and not by the worker's own clock.

**How many series.** `objective`, `stage`, `kind`, `reason` and `outcome` are closed lists; `priority`, `plan` and
`contract` are what the contracts name. `tenant` is on what a contract promises each tenant, and on
`tocsin_open_tickets`. The histogram of deadlines has it for those tenants alone that `metrics_tenants` names, at most
100; all others are counted together, without the label. Single tickets are named by `tocsin_urgent_promise_seconds`
alone: `metrics_urgent` of them a worker, ten where it is not set, none where it is 0.

**Histograms of what is now.** `tocsin_promise_remaining_seconds` counts the promises that are owed at this moment, so
its buckets rise and fall: use them as they are, without `rate`. How many are late:
`tocsin_promise_remaining_seconds_bucket{le="0.0"}`; due within a quarter of an hour: that of `le="900.0"` less that.
"""

KINDS = {"gaugehistogram": "gauge histogram"}


def page() -> str:
    """The text of docs/metrics.md."""
    parts = (("a worker", WORKER), ("the gateway", GATEWAY), ("notify", NOTIFY))
    tables = ("\n".join([f"## Of {name}", "", *_table(metrics)]) for name, metrics in parts)
    return "\n\n".join([HEAD.rstrip(), *tables]) + "\n"


def _table(metrics: Iterable[Declared]) -> Iterable[str]:
    yield "| name | type | labels | what it says |"
    yield "|---|---|---|---|"
    for metric in metrics:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.name}` | {KINDS.get(metric.kind, metric.kind)} | {labels} | {metric.text} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
