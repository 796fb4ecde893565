"""`tocsin run`: a worker against a Kafka cluster."""

import asyncio

import click

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._settings import settings_options
from tocsin.contracts.errors import ContractError
from tocsin.dev.scaled_clock import ScaledClock
from tocsin.logs import configure
from tocsin.settings import Settings, SettingsError
from tocsin.streams.core.pipeline import pipeline
from tocsin.streams.faust.worker import work
from tocsin.streams.kafka.preflight import NoBrokerError, WrongTopicsError
from tocsin.streams.kafka.refusals import RefusedError
from tocsin.web.access import required_token
from tocsin.web.server import PortError, serve


@click.command("run")
@settings_options(
    "app_id",
    "tenants_file",
    "contracts_dir",
    "default_contract",
    "group_instance_id",
    "web_host",
    "web_port",
    "log_format",
)
def command(settings: Settings) -> None:
    """Run a worker in the foreground until SIGTERM or Ctrl-C.

    Start as many as the inbox has partitions, on as many machines: they share the work, and each takes over what
    another one drops. The topics must exist (`tocsin topics create`). `tocsin settings` lists every setting.

    /metrics, /healthz and /readyz are served at --web-host and --web-port.

    Exit status: 0 when it was asked to stop; 2 when a file or a setting is wrong; 69 when no broker answers; 70 when
    it met something unexpected and should be started again; 77 when the broker is not trusted or does not know or
    permit us; 78 when the topics are missing or unusable or have got more partitions, the brokers refuse a setting, or
    another process uses the same group_instance_id.
    """
    configure(settings.log_format)
    try:
        required_token(settings)
        asyncio.run(work(settings, pipeline(settings), serve, ScaledClock.from_environment()))
    except (ContractError, SettingsError) as error:
        raise CommandError(str(error), Exit.USAGE) from None
    except NoBrokerError as error:
        raise CommandError(str(error), Exit.UNAVAILABLE) from None
    except RefusedError as error:
        raise CommandError(str(error), Exit.REFUSED) from None
    except WrongTopicsError as error:
        raise CommandError(str(error), Exit.CONFIGURATION) from None
    except PortError as error:
        raise CommandError(f"{error}. --web-port names another port, 0 takes a free one.", Exit.USAGE) from None
