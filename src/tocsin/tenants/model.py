"""The model of the tenants file."""

import re
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from tocsin.contracts.compile import TenantOverrides
from tocsin.contracts.notation.calendar import CalendarSpec
from tocsin.contracts.notation.contract import Promise
from tocsin.contracts.notation.references import is_timezone
from tocsin.contracts.notation.rules import Figure, Spec, Text
from tocsin.contracts.notation.spelling import TENANT_PATTERN
from tocsin.contracts.notation.telephone import is_region, phone_number
from tocsin.messages.record import INPUT_TOPICS, OURS_ALONE
from tocsin.tenants.numbers import in_region

_KINDS = tuple(topic.removeprefix("soc.") for topic in INPUT_TOPICS if topic not in OURS_ALONE)
_OWN_TOPIC = re.compile(rf"({'|'.join(_KINDS)})\.[A-Za-z0-9._-]+\*?")
_TOPIC_NAME_MAX = 200
"""Kafka allows 249 characters, some of which the prefix needs."""

TenantName = Annotated[str, Field(pattern=TENANT_PATTERN)]


def _phone(text: str) -> str:
    number = phone_number(text)
    if not number.startswith("+"):
        raise ValueError(
            f"{text!r} is no telephone number; write it with its country, like `+1 416 555 0100`, or name the `region`"
        )
    return number


def _region(name: str) -> str:
    if not is_region(name):
        raise ValueError(f"there is no country {name!r}; write its two capital letters (ISO 3166), like `CA`")
    return name


def _mail_address(text: str) -> str:
    if text.count("@") != 1 or text.startswith("@") or text.endswith("@"):
        raise ValueError(f"{text!r} is no mail address")
    return text.lower()


def _mail_domain(text: str) -> str:
    if "@" in text or not text.strip("."):
        raise ValueError(f"{text!r} is no mail domain; write what stands behind the @")
    return text.lower().strip(".")


def _server_id(text: str) -> str:
    if not re.fullmatch(r"[\w.:+-]+", text, re.ASCII):
        raise ValueError(f"{text!r} is no name of a mail server; write what its Authentication-Results begin with")
    return text.lower()


def _timezone(text: str) -> str:
    if not is_timezone(text):
        raise ValueError(f"there is no time zone {text!r}; write an IANA name, like `America/Toronto`")
    return text


def _own_topic(text: str) -> str:
    name = text.removeprefix("soc.")
    if _OWN_TOPIC.fullmatch(name) is None or len(name) > _TOPIC_NAME_MAX:
        raise ValueError(
            f"{text!r} is no name of a tenant's own topic; write the topic that it is one of and a name, like "
            f"`{_KINDS[0]}.acme`, or `{_KINDS[0]}.acme.*` for all that begin so; there is {', '.join(_KINDS)}"
        )
    return name


Phone = Annotated[str, AfterValidator(_phone)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
MailDomain = Annotated[str, AfterValidator(_mail_domain)]
ServerId = Annotated[str, AfterValidator(_server_id)]
Timezone = Annotated[str, AfterValidator(_timezone)]
OwnTopicName = Annotated[str, AfterValidator(_own_topic)]
Region = Annotated[str, AfterValidator(_region)]


class SensorSpec(Spec):
    """A sensor, and the time zone of stamps that it writes without one."""

    name: Text
    timezone: Timezone | None = None


def _short_sensor(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


Sensor = Annotated[SensorSpec, BeforeValidator(_short_sensor, json_schema_input_type=str | SensorSpec)]


class SourcesSpec(Spec):
    """The keys by which a message finds its tenant. None may belong to two tenants."""

    sensors: tuple[Sensor, ...] = ()
    mailboxes: tuple[MailAddress, ...] = Field((), description="Mailboxes of ours that only this client writes to")
    phones: tuple[Phone, ...] = Field((), description="Numbers of the client's, or of ours that only this client dials")
    mail_domains: tuple[MailDomain, ...] = Field(
        (), description="The client's; their subdomains count too. An answer to any address there is one to the client"
    )
    topics: tuple[OwnTopicName, ...] = Field(
        (),
        description="Input topics that only this client writes to, without the prefix: `calls.acme`, or `calls.acme.*`",
    )


class ContactSpec(Spec):
    """A person of the client's or of its partner."""

    name: Text
    phones: tuple[Phone, ...] = ()
    emails: tuple[MailAddress, ...] = ()
    authorised: bool = True
    partner: bool = False
    location: str = ""


class ServerSpec(Spec):
    """A server of the client with its own plan, from its installation on."""

    name: Text
    plan: str
    installed: date
    term: Figure = Field(None, description="`90 days` or `3 years`; by default the plan's shortest")


class TenantSpec(Spec):
    """One tenant."""

    contract: str | None = Field(None, description="Default: the `default_contract` of the settings")
    plan: str | None = Field(None, description="Default: the contract's default plan")
    since: date | None = Field(None, description="The first day of the contract; on it each of its years begins")
    overlays: tuple[str, ...] = Field((), description="What holds beside the contract, such as a law")
    timezone: Timezone = "UTC"
    region: Region | None = Field(None, description="Country (ISO 3166) of numbers that are written without one")
    home_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    sources: SourcesSpec = SourcesSpec()
    authenticated: bool = Field(default=False, description="Whether mail from this client's addresses must prove it")
    contacts: tuple[ContactSpec, ...] = ()
    lines: dict[str, Phone] = Field({}, description="Numbers of ours that this client was given; others may share them")
    calendars: dict[str, CalendarSpec] = Field(
        {}, description="In place of the contract's of that name, or such of which these are made"
    )
    targets: dict[str, dict[str, Promise]] = Field({}, description="As agreed: objective, then priority (or `all`)")
    roles: dict[str, Text] = Field({}, description="The name under which a role of the escalation matrix is told")
    servers: tuple[ServerSpec, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _numbers_of_the_region(cls, written: object) -> object:
        return in_region(written) if isinstance(written, dict) else written

    @property
    def overrides(self) -> TenantOverrides:
        """The parts that replace those of the contract."""
        return TenantOverrides(self.timezone, self.calendars, self.targets, self.roles, self.overlays)


class SocSpec(Spec):
    """The SOC itself: mail from here claims to be sent by us."""

    mailboxes: tuple[MailAddress, ...] = ()
    mail_domains: tuple[MailDomain, ...] = ()
    authserv_ids: tuple[ServerId, ...] = Field(
        (), description="Mail servers whose Authentication-Results prove who wrote a mail; they remove those of others"
    )


class TenantsSpec(Spec):
    """The whole file."""

    soc: SocSpec = SocSpec()
    tenants: dict[TenantName, TenantSpec] = Field({})
