"""Runs the coroutine of a command; a failure or refusal of Kafka ends the command with one sentence."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from aiokafka.errors import KafkaError

from tocsin.cli._exit import CommandError, Exit
from tocsin.client.errors import ClientError, UnavailableError
from tocsin.recording.manifest import RecordingError
from tocsin.render.text import safe
from tocsin.settings import SettingsError
from tocsin.streams.kafka.refusals import RefusedError, RefusedSettingError, lacking_rights

_Result = TypeVar("_Result")


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run the coroutine of a command to its result. Raises `CommandError`."""
    with in_a_sentence():
        return asyncio.run(main)


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """Turn what goes wrong with Kafka, or with a recording, into a `CommandError`."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # its many lines tell no more than the sentence
    try:
        yield
    except RecordingError as error:
        raise CommandError(safe(str(error)), Exit.USAGE) from error
    except UnavailableError as error:
        raise CommandError(str(error), Exit.UNAVAILABLE) from error
    except ClientError as error:
        raise CommandError(str(error)) from error
    except SettingsError as error:
        raise CommandError(str(error), Exit.USAGE) from None
    except RefusedError as error:
        raise CommandError(str(error), Exit.REFUSED) from None
    except RefusedSettingError as error:
        raise CommandError(str(error), Exit.CONFIGURATION) from None
    except KafkaError as error:
        if (lacking := lacking_rights(error)) is not None:
            raise CommandError(lacking, Exit.REFUSED) from error
        raise CommandError(f"Kafka failed: {error}", Exit.UNAVAILABLE) from error
