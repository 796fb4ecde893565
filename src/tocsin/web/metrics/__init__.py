"""Every metric of a worker, in one list. They are read when somebody asks."""

from tocsin.web.metrics.definition import Definition, HistogramDefinition
from tocsin.web.metrics.promises import PROMISES
from tocsin.web.metrics.work import WORK

METRICS: tuple[Definition | HistogramDefinition, ...] = (*PROMISES, *WORK)
"""The declarations, as docs/metrics.md lists them."""
