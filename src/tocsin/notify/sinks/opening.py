"""Makes the sinks of the notify file."""

from collections.abc import Mapping
from typing import assert_never

from tocsin.notify.model import AlertmanagerSpec, AppriseSpec, PagerDutySpec, SmtpSpec, WebhookSpec
from tocsin.notify.model import Sink as AnySpec
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.alertmanager import AlertmanagerSink
from tocsin.notify.sinks.base import Sink
from tocsin.notify.sinks.pagerduty import PagerDutySink
from tocsin.notify.sinks.smtp import SmtpSink
from tocsin.notify.sinks.webhook import WebhookSink


def open_sinks(specs: Mapping[str, AnySpec], secrets: Secrets) -> dict[str, Sink]:
    """A sink for each, by its name. Needs a running loop. Raises `SettingsError`."""
    return {name: open_sink(name, spec, secrets) for name, spec in specs.items()}


def open_sink(name: str, spec: AnySpec, secrets: Secrets) -> Sink:
    """The sink of that name. Raises `SettingsError`."""
    match spec:
        case SmtpSpec():
            return SmtpSink(name, spec, secrets)
        case WebhookSpec():
            return WebhookSink(name, spec, secrets)
        case AlertmanagerSpec():
            return AlertmanagerSink(name, spec, secrets)
        case PagerDutySpec():
            return PagerDutySink(name, spec, secrets)
        case AppriseSpec():
            from tocsin.notify.sinks.by_apprise import AppriseSink  # noqa: PLC0415 - half a second, if it is not used

            return AppriseSink(name, spec, secrets)
        case forgotten:
            assert_never(forgotten)
