"""What Grafana's dashboards show: every panel with its queries. `tools/dashboards.py` makes the JSON of it."""

from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """How a panel shows its queries."""

    STAT = auto()
    LINES = auto()
    TABLE = auto()
    HEATMAP = auto()


class Query(NamedTuple):
    """A query, and what a line of it is called. `idle`: it may be empty though a worker runs and breaks a promise."""

    expr: str
    legend: str = ""
    idle: bool = False


class Panel(NamedTuple):
    """One picture. `unit` is one of Grafana's; from `bad_from` on a number is red."""

    kind: Kind
    title: str
    text: str
    unit: str
    queries: tuple[Query, ...]
    bad_from: float | None = None
    exemplars: bool = False


class Row(NamedTuple):
    """Panels beside each other, so many `across`."""

    title: str
    across: int
    panels: tuple[Panel, ...]


class Dashboard(NamedTuple):
    """One page."""

    name: str
    title: str
    text: str
    rows: tuple[Row, ...]


def _stat(title: str, text: str, expr: str, unit: str = "none", bad_from: float | None = None) -> Panel:
    return Panel(Kind.STAT, title, text, unit, (Query(expr),), bad_from)


def _lines(title: str, text: str, unit: str, *queries: Query, exemplars: bool = False) -> Panel:
    return Panel(Kind.LINES, title, text, unit, queries, exemplars=exemplars)


def _table(title: str, text: str, expr: str, unit: str = "none", *, idle: bool = False) -> Panel:
    return Panel(Kind.TABLE, title, text, unit, (Query(expr, idle=idle),))


def _quantiles(metric: str, by: str = "", legend: str = "", *, idle: bool = False) -> tuple[Query, ...]:
    labels = f"le, {by}" if by else "le"
    rate = f"sum by ({labels}) (rate({metric}_bucket[$__rate_interval]))"
    return tuple(
        Query(f"histogram_quantile({share}, {rate})", f"{name} {legend}".strip(), idle)
        for share, name in ((0.5, "half"), (0.99, "99 %"))
    )


_TAKEN = 'tocsin_notify_deliveries_total{outcome=~"accepted|digest"}'
_GIVEN_UP = 'tocsin_notify_deliveries_total{outcome!~"accepted|digest"}'
_OF_PRIORITY = "{{objective}} {{priority}}"
_OF_MONTH = "{{tenant}} {{objective}} {{priority}}"

PROMISES = Dashboard(
    "promises",
    "Tocsin: promises",
    "What is owed to clients now, what is late, and where each month stands.",
    (
        Row(
            "Now",
            6,
            (
                _stat(
                    "Late",
                    "Promises that are late and still owed.",
                    "sum(objective_priority:tocsin_promises_late:sum)",
                    bad_from=1,
                ),
                _stat(
                    "Due within 15 minutes",
                    "Promises that must be kept next.",
                    "sum(objective_priority:tocsin_promises_due_15m:sum)",
                ),
                _stat("Callbacks waiting", "Missed calls that nobody has returned.", "sum(tocsin_callbacks_waiting)"),
                _stat(
                    "Longest wait",
                    "Since the missed call that waits longest.",
                    "max(tocsin_oldest_callback_waiting_seconds)",
                    "s",
                    900,
                ),
                _stat("Open tickets", "Tickets that are not closed.", "sum(tocsin_open_tickets)"),
                _stat(
                    "Held or without a figure",
                    "Promises without a deadline now.",
                    "sum(tocsin_undated_promises) or vector(0)",
                ),
            ),
        ),
        Row(
            "Deadlines",
            2,
            (
                _table(
                    "Due next",
                    "The promises that can still be kept, the nearest deadline first.",
                    "sort(tocsin_urgent_promise_seconds)",
                    "s",
                ),
                Panel(
                    Kind.HEATMAP,
                    "Time to the deadlines",
                    "How many promises have how long to their deadline; below 0 they are late.",
                    "s",
                    (Query("sum by (le) (tocsin_promise_remaining_seconds_bucket)", "{{le}}"),),
                ),
                _lines(
                    "Late, by objective and priority",
                    "Still owed.",
                    "none",
                    Query("objective_priority:tocsin_promises_late:sum", _OF_PRIORITY),
                ),
                _lines(
                    "Next deadline of each objective",
                    "The line is at 0 when it has come.",
                    "s",
                    Query("min by (objective) (tocsin_seconds_to_next_deadline)", "{{objective}}"),
                ),
                _lines(
                    "Alerts",
                    "Published, by kind, per minute.",
                    "none",
                    Query("60 * sum by (kind) (rate(tocsin_alerts_total[$__rate_interval]))", "{{kind}}"),
                ),
                _lines(
                    "Open tickets",
                    "By priority.",
                    "none",
                    Query("sum by (priority) (tocsin_open_tickets)", "{{priority}}"),
                ),
            ),
        ),
        Row(
            "Months",
            2,
            (
                _table("Share that was met", "This month and the last one.", "tocsin_attainment_ratio", "percentunit"),
                _table(
                    "Misses that can be afforded", "Below 0: so many too many.", "tocsin_attainment_affordable_breaches"
                ),
                _lines(
                    "How fast the month is used up",
                    "Misses of the last six hours against what the share allows; above 1 it is lost in the end.",
                    "none",
                    Query(
                        "month:tocsin_attainment_missed:increase6h / month:tocsin_attainment_judged:increase6h"
                        " / (1 - month:tocsin_attainment_promised:max)",
                        _OF_MONTH,
                    ),
                ),
                _lines(
                    "Misses in the last hour",
                    "As they were judged.",
                    "none",
                    Query("month:tocsin_attainment_missed:increase1h", _OF_MONTH),
                ),
                _table(
                    "Times that were taken",
                    "Mean, median or 90th percentile, where one is promised.",
                    "tocsin_attainment_seconds",
                    "s",
                    idle=True,
                ),
                _table(
                    "Times that are promised",
                    "The greatest of these.",
                    "tocsin_attainment_promised_seconds",
                    "s",
                    idle=True,
                ),
            ),
        ),
    ),
)

OPERATIONS = Dashboard(
    "operations",
    "Tocsin: operations",
    "Whether the workers do their work, and how long it takes.",
    (
        Row(
            "Now",
            6,
            (
                _stat("Workers ready", "That do their work, as /readyz answers.", "sum(tocsin_ready)"),
                _stat(
                    "Clocks that nobody watches",
                    "Partitions of the inbox without a worker.",
                    "sum(max by (topic) (tocsin_inbox_partitions) - sum by (topic) (tocsin_owned_partitions))",
                    bad_from=1,
                ),
                _stat(
                    "Deadlines not fired",
                    "Since the oldest one has come.",
                    "max(tocsin_oldest_overdue_deadline_seconds)",
                    "s",
                    30,
                ),
                _stat("Late alerts", "In the last hour.", "sum(increase(tocsin_late_alerts_total[1h]))", bad_from=1),
                _stat("Dead letters", "In the last hour.", "sum(increase(tocsin_dead_letters_total[1h]))", bad_from=1),
                _stat(
                    "Halted partitions",
                    "They wait for somebody to look.",
                    "sum(tocsin_halted_partitions) or vector(0)",
                    bad_from=1,
                ),
            ),
        ),
        Row(
            "Work",
            2,
            (
                _lines(
                    "Records",
                    "Per second, by what became of them.",
                    "ops",
                    Query("sum by (outcome) (rate(tocsin_records_total[$__rate_interval]))", "{{outcome}}"),
                ),
                _lines(
                    "Not applied yet",
                    "Offsets, by topic.",
                    "none",
                    Query("sum by (topic) (tocsin_consumer_lag)", "{{topic}}"),
                ),
                _lines(
                    "Delay of alerts",
                    "From their time until they were published.",
                    "s",
                    *_quantiles("tocsin_alert_delay_seconds"),
                    exemplars=True,
                ),
                _lines(
                    "Transactions",
                    "Until outputs and offset were committed.",
                    "s",
                    *_quantiles("tocsin_transaction_duration_seconds", "work", "{{work}}"),
                    exemplars=True,
                ),
                _lines(
                    "Folds",
                    "Until the outputs of a stretch of records were computed.",
                    "s",
                    *_quantiles("tocsin_fold_duration_seconds", "work", "{{work}}"),
                ),
                _lines(
                    "Takeovers",
                    "Of partitions of the inbox: how many in five minutes, and how long on average.",
                    "none",
                    Query("sum(increase(tocsin_restore_duration_seconds_count[5m]))", "takeovers"),
                    Query(
                        "sum(tocsin_restore_duration_seconds_sum) / sum(tocsin_restore_duration_seconds_count)",
                        "seconds each",
                    ),
                ),
                _lines(
                    "Refused",
                    "Dead letters per minute, by reason.",
                    "none",
                    Query(
                        "60 * sum by (reason) (rate(tocsin_dead_letters_total[$__rate_interval])) > 0",
                        "{{reason}}",
                        idle=True,
                    ),
                ),
                _lines(
                    "Ignored",
                    "Per minute: what needs no answer.",
                    "none",
                    Query(
                        "60 * sum by (kind) (rate(tocsin_ignored_total[$__rate_interval])) > 0", "{{kind}}", idle=True
                    ),
                ),
            ),
        ),
        Row(
            "Processes",
            3,
            (
                _lines(
                    "Memory",
                    "Of each worker.",
                    "bytes",
                    Query('process_resident_memory_bytes{job="tocsin"}', "{{instance}}"),
                ),
                _lines(
                    "Processor",
                    "Seconds of it per second.",
                    "none",
                    Query('rate(process_cpu_seconds_total{job="tocsin"}[$__rate_interval])', "{{instance}}"),
                ),
                _lines(
                    "Partitions",
                    "That each worker owns.",
                    "none",
                    Query("sum by (instance) (tocsin_owned_partitions)", "{{instance}}"),
                ),
                _table("Versions", "What runs.", "tocsin_build_info"),
                _table(
                    "Other contracts than the files'",
                    "Tenants that have adopted something else; `tocsin tenants plan` shows the difference.",
                    "tocsin_contracts_not_adopted",
                    idle=True,
                ),
                _lines(
                    "Clock jumps of brokers",
                    "In an hour.",
                    "none",
                    Query("sum(increase(tocsin_broker_clock_jumps_total[1h]))", "jumps"),
                ),
            ),
        ),
    ),
)

DELIVERY = Dashboard(
    "delivery",
    "Tocsin: delivery",
    "Whether alerts reach people and paging systems, and what comes in by the gateway.",
    (
        Row(
            "Out, by tocsin notify",
            2,
            (
                _lines(
                    "Taken",
                    "Alerts per minute that a sink has taken.",
                    "none",
                    Query(
                        f"60 * sum by (sink) (rate({_TAKEN}[$__rate_interval]))",
                        "{{sink}}",
                    ),
                ),
                _lines(
                    "Given up",
                    "In an hour, by why.",
                    "none",
                    Query(
                        f"sum by (sink, outcome) (increase({_GIVEN_UP}[1h])) > 0",
                        "{{sink}} {{outcome}}",
                        idle=True,
                    ),
                ),
                _lines(
                    "Oldest that was not taken",
                    "Its age.",
                    "s",
                    Query("max by (lane) (tocsin_notify_oldest_undelivered_seconds)", "{{lane}}"),
                ),
                _lines(
                    "Waiting",
                    "Alerts that are in the topic and not done.",
                    "none",
                    Query("sum by (lane) (tocsin_notify_lag)", "{{lane}}"),
                ),
                _lines(
                    "Time until taken",
                    "From the stamp of an alert.",
                    "s",
                    *_quantiles("tocsin_notify_delay_seconds", "sink", "{{sink}}"),
                ),
                _lines(
                    "Open incidents",
                    "At each sink.",
                    "none",
                    Query("sum by (lane) (tocsin_notify_open_incidents)", "{{lane}}"),
                ),
                _lines(
                    "Pages to people",
                    "Ways that have ended, per minute, by what became of them.",
                    "none",
                    Query(
                        "60 * sum by (sink, outcome) (rate(tocsin_notify_page_ways_total[$__rate_interval])) > 0",
                        "{{sink}} {{outcome}}",
                        idle=True,
                    ),
                ),
                _lines(
                    "In hand",
                    "Alerts that are being seen to.",
                    "none",
                    Query("sum by (lane) (tocsin_notify_in_hand)", "{{lane}}"),
                ),
                _lines(
                    "Roster",
                    "Seconds since the one in force was read.",
                    "s",
                    Query("max(tocsin_notify_roster_age_seconds)", "age", idle=True),
                ),
            ),
        ),
        Row(
            "In, by the gateway",
            2,
            (
                _lines(
                    "Messages",
                    "Per minute, by topic and what became of them.",
                    "none",
                    Query(
                        "60 * sum by (topic, outcome) (rate(tocsin_gateway_messages_total[$__rate_interval]))",
                        "{{topic}} {{outcome}}",
                        idle=True,
                    ),
                ),
                _lines(
                    "Not confirmed yet",
                    "Messages.",
                    "none",
                    Query("sum(tocsin_gateway_waiting)", "messages", idle=True),
                ),
                _lines(
                    "Until Kafka has confirmed",
                    "From when a message has come.",
                    "s",
                    *_quantiles("tocsin_gateway_confirmation_seconds", idle=True),
                ),
            ),
        ),
    ),
)

DASHBOARDS = (PROMISES, OPERATIONS, DELIVERY)
