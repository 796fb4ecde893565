"""`tocsin gateway`: mail and HTTP in, for systems that do not speak Kafka."""

import asyncio
import signal
from contextlib import AsyncExitStack

import click
import structlog

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.gateway import http, mail
from tocsin.gateway.counts import Counts
from tocsin.gateway.outlet import Outlet
from tocsin.gateway.trust import gateway_tls, require_trust
from tocsin.logs import configure
from tocsin.messages.record import Topic
from tocsin.settings import Settings, SettingsError
from tocsin.streams.kafka.clients import certificates
from tocsin.web.server import PortError

_log = structlog.get_logger()


@click.command("gateway")
@settings_options(
    "gateway_host",
    "gateway_http_port",
    "gateway_mail_port",
    "gateway_sent_port",
    "gateway_mail_protocol",
    "gateway_tls_certificate_file",
    "gateway_tls_key_file",
    "gateway_tls_client_ca_file",
    "gateway_desk",
    "sent_topic",
    "log_format",
)
def command(settings: Settings) -> None:
    """Take messages over HTTP and mail over SMTP or LMTP, and put them on the input topics unchanged.

    A message is taken (200, 250) when Kafka has confirmed it; until then whoever sends it should try again (429, 503,
    451): a repeat changes nothing. Nothing is decided here, and workers do not depend on it. On an address that a
    network reaches it needs a token or certificates, and TLS.

    \b
    POST /security-events   any format that intake reads, or a batch (docs/formats.md)
    POST /calls, /emails    CloudEvents; a raw mail as message/rfc822
    POST /twilio/voice      Twilio's status callbacks, by their signature
    GET  /metrics, /healthz

    \b
    Examples:
      tocsin gateway
      curl -sS 127.0.0.1:8643/security-events?tenant=acme -H 'content-type: application/json' -d @alert.json

    Exit status: 0 when it was asked to stop; 2 when a setting is wrong; 69 when no broker answers; 77 when the broker
    does not trust or permit us; 1 when a topic is missing.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    configure(settings.log_format)
    try:
        require_trust(settings)
        gateway_tls(settings)
        mail.listeners(settings)
        run(_serve(settings))
    except SettingsError as error:
        raise CommandError(str(error), Exit.USAGE) from None
    except PortError as error:
        raise CommandError(f"{error}. Another port can be set, 0 takes a free one.", Exit.USAGE) from None


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    counts = Counts(lambda: certificates(settings))
    async with AsyncExitStack() as stack:
        outlet = await stack.enter_async_context(Outlet.connected(settings, counts))
        counts.watch(lambda: outlet.waiting)
        web = await stack.enter_async_context(http.serve(settings, outlet, counts))
        received = {
            "sent" if listener.topic is Topic.SENT else "mail": await stack.enter_async_context(
                mail.receive(settings, outlet, listener)
            )
            for listener in mail.listeners(settings)
        }
        _log.info("gateway_started", bootstrap=settings.bootstrap, http=web, **received)
        await stop.wait()
        _log.info("gateway_stopping")
