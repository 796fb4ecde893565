"""The kinds of text that settings are made of, each with its range: what Kafka or the system would refuse later."""

import re
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from tocsin.contracts.notation.spelling import TENANT_PATTERN
from tocsin.messages.ignored import event_types
from tocsin.messages.record import Topic

_NAME_LENGTH_MAX = 249
"""Of a topic and of a group instance id; Kafka makes folders of topics."""

_HOST_LENGTH_MAX = 253
_PORT_MAX = 65_535
_TOPIC_LENGTH_MAX = max(len(topic.removeprefix("soc.")) for topic in Topic)

TENANTS_MAX = 100
"""The most tenants that have series of their own."""

_T = TypeVar("_T")

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_TENANT = re.compile(TENANT_PATTERN)
_URL = re.compile(r"https?://[A-Za-z0-9._:%\[\]-]+/[!-~]*")
_BROKER = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\]):(\d{1,5})")


def _one_line(text: str) -> str:
    return _judged(
        text, text.isprintable() and text == text.strip(), "it must be one line of text, without spaces around"
    )


def _group(text: str) -> str:
    return _short(_one_line(text), _NAME_LENGTH_MAX)


def _instance(text: str) -> str:
    return _short(_judged(_name(text), text not in (".", ".."), "Kafka takes no . and no .. for it"), _NAME_LENGTH_MAX)


def _topic_prefix(text: str) -> str:
    return _short(_name(text), _NAME_LENGTH_MAX - _TOPIC_LENGTH_MAX)


def _name(text: str) -> str:
    return _judged(text, _NAME.fullmatch(text), "Kafka takes letters A-Z and a-z, digits, '.', '_' and '-' for it")


def _host(text: str) -> str:
    return _short(_judged(text, _HOST.fullmatch(text), "it must be a host name or an IP address"), _HOST_LENGTH_MAX)


def _brokers(text: str) -> str:
    found = [_BROKER.fullmatch(each) for each in text.split(",")]
    if not all(each is not None and 0 < int(each[2]) <= _PORT_MAX for each in found):
        raise _fault("it must be HOST:PORT[,HOST:PORT...], each port from 1 to 65535")
    return text


def _url(text: str) -> str:
    return _short(_judged(text, _URL.fullmatch(text), "it must be https://HOST[:PORT]/PATH, or http://..."), 1_000)


def _file(path: Path) -> Path:
    return _judged(path, "\0" not in str(path), "no file has such a name")


def _event_types(text: str) -> str:
    try:
        event_types(text)
    except ValueError as error:
        raise _fault(str(error)) from None
    return text


def _tenants(text: str) -> str:
    names = text.split(",")
    _judged(text, len(names) <= TENANTS_MAX, f"it must have at most {TENANTS_MAX} names")
    return _judged(text, all(map(_TENANT.fullmatch, names)), "it must be names of tenants, NAME[,NAME...]")


def _short(text: str, length: int) -> str:
    return _judged(text, 0 < len(text) <= length, f"it must have 1 to {length} characters")


def _judged(value: _T, good: object, otherwise: str) -> _T:
    if not good:
        raise _fault(otherwise)
    return value


def _fault(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("range", "{sentence}", {"sentence": sentence})


OneLine = Annotated[str, AfterValidator(lambda text: _short(_one_line(text), 1_000))]
GroupName = Annotated[str, AfterValidator(_group)]
InstanceName = Annotated[str, AfterValidator(_instance)]
TopicPrefix = Annotated[str, AfterValidator(_topic_prefix)]
HostName = Annotated[str, AfterValidator(_host)]
Brokers = Annotated[str, AfterValidator(_brokers)]
EventTypes = Annotated[str, AfterValidator(_event_types)]
TenantNames = Annotated[str, AfterValidator(_tenants)]
HttpUrl = Annotated[str, AfterValidator(_url)]
File = Annotated[Path, AfterValidator(_file)]
