"""The model of the notify file: sinks, routes, the dead man's switch."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tocsin.contracts.notation.rules import Duration, Spec, Text
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND
from tocsin.domain.tlp import Tlp
from tocsin.domain.vocabulary import AlertKind
from tocsin.tenants.model import TenantName

ROSTER = "roster"
"""What a route names to mean: whoever carries the role."""

PAGES = "pages"
"""The lane of people's pages."""

SinkName = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,40}$")]
Url = Annotated[str, Field(pattern="^https?://[^@\\s]+$", max_length=1000)]


class SecretSpec(Spec):
    """Where a secret stands; never the secret itself."""

    file: Text | None = Field(None, description="A file with one line; beside the notify file unless absolute")
    env: Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.file is None) == (self.env is None):
            raise ValueError("a secret has a `file` or an `env`, the name of an environment variable")
        return self


class SinkSpec(Spec):
    """What every sink has."""

    timeout: Duration = Field(10 * SECOND, description="How long an answer is waited for")
    retry_first: Duration = Field(SECOND, description="The wait after the first failure; it doubles, with a jitter")
    retry_longest: Duration = Field(MINUTE, description="The longest wait between attempts")
    give_up_after: Duration = Field(HOUR, description="How old an alert may get before it is given up")
    waiting: int = Field(500, ge=1, le=10_000, description="The most alerts that are held at a time")
    at_once: int = Field(4, ge=1, le=100, description="The most requests at a time")
    pages: bool = Field(default=False, description="A person is reached by it, or a paging service")
    tlp_max: Tlp | None = Field(
        None,
        description="The strictest TLP marking whose content goes here; of a stricter alert only that there is one",
    )
    page_within: Duration = Field(
        5 * MINUTE, description="With `pages`: how long a page is tried before it has reached nobody and may climb"
    )


class PacedSpec(SinkSpec):
    """A sink that takes several alerts in one message."""

    per_minute: int = Field(30, ge=1, le=60_000, description="More than that in a minute become a digest")


class SmtpSpec(PacedSpec):
    """Mail."""

    kind: Literal["smtp"]
    host: Text
    port: int = Field(25, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Text = Field(alias="from")
    to: tuple[Text, ...] = Field((), description="Who gets what a route sends here; the roster names others")
    username: Text | None = None
    password: SecretSpec | None = None
    ca_file: Text | None = Field(None, description="Certificates (PEM) of the authority; without it the system's")


class WebhookSpec(PacedSpec):
    """An HTTP endpoint that gets JSON, signed as the Standard Webhooks specification says."""

    kind: Literal["webhook"]
    url: Url | SecretSpec
    secret: SecretSpec = Field(description="What requests are signed with")
    per_minute: int = Field(600, ge=1, le=60_000, description="More than that in a minute become one request")


class AlertmanagerSpec(SinkSpec):
    """Prometheus' Alertmanager, API v2."""

    kind: Literal["alertmanager"]
    url: Url
    token: SecretSpec | None = Field(None, description="A bearer token")
    resend: Duration = Field(MINUTE, description="How often what is open is sent again")
    keep: Duration = Field(HOUR, description="How long Alertmanager keeps an alert that is not sent again")

    @model_validator(mode="after")
    def _it_does_not_expire_while_it_is_open(self) -> Self:
        if self.keep < 2 * self.resend:
            raise ValueError("`keep` is at least twice `resend`, or open alerts would expire")
        return self


class PagerDutySpec(SinkSpec):
    """PagerDuty, Events API v2."""

    kind: Literal["pagerduty"]
    url: Url = "https://events.pagerduty.com/v2/enqueue"
    key: SecretSpec = Field(description="The integration's routing key")
    webhook_secret: SecretSpec | None = Field(None, description="That of its webhook (V3) to /pagerduty, for answers")
    pages: bool = True


class AppriseSpec(PacedSpec):
    """Whatever Apprise speaks: chats, SMS, voice gateways."""

    kind: Literal["apprise"]
    url: SecretSpec = Field(description="Apprise's URL, which holds secrets; `{to}` in it is the person's address")
    timeout: Duration = Field(30 * SECOND, description="How long an answer is waited for")


Sink = Annotated[SmtpSpec | WebhookSpec | AlertmanagerSpec | PagerDutySpec | AppriseSpec, Field(discriminator="kind")]


class RouteSpec(Spec):
    """Alerts that meet every condition go to the sinks in `to`. A condition that is not given is met."""

    to: tuple[Text, ...] = Field(min_length=1, description="Names of sinks, or `roster`")
    tenants: tuple[TenantName, ...] = ()
    kinds: tuple[AlertKind, ...] = ()
    tiers: tuple[int, ...] = ()
    roles: tuple[Text, ...] = ()
    priorities: tuple[Text, ...] = ()
    tlp: tuple[Text, ...] = Field((), description="Markings of the Traffic Light Protocol; `none` for no marking")
    role: Text | None = Field(None, description="With `roster`: who is paged where the alert names no role")


class DeadmanSpec(Spec):
    """A service outside that tells when it is no longer asked."""

    url: Url | SecretSpec
    every: Duration = MINUTE


class PagesSpec(Spec):
    """Pages to people: routes `to = ["roster"]`."""

    give_up_after: Duration = Field(MINUTE, description="How long a way is tried; then the next role is told")
    link_valid: Duration = Field(24 * HOUR, description="How long a page can be answered by its link")
    urgent: tuple[Text, ...] = Field((), description="Priorities without quiet hours, beside each contract's first")
    reread: Duration = Field(MINUTE, description="How often the roster and its calendars are read again")
    waiting: int = Field(10_000, ge=1, le=50_000, description="The most pages that are in hand; 12 KB each")

    @model_validator(mode="after")
    def _a_link_is_remembered_for_as_long_as_it_holds(self) -> Self:
        if self.link_valid > 7 * DAY:
            raise ValueError("`link_valid` is at most 7 days: that a link was used is remembered by receipts")
        return self


class NotifySpec(Spec):
    """The whole file."""

    sinks: dict[SinkName, Sink] = Field({})
    routes: tuple[RouteSpec, ...] = Field(min_length=1)
    deadman: DeadmanSpec | None = None
    pages: PagesSpec = PagesSpec()

    @model_validator(mode="after")
    def _the_lanes_have_names_of_their_own(self) -> Self:
        for name in (ROSTER, PAGES):
            if name in self.sinks:
                raise ValueError(f"no sink may be named `{name}`")
        return self
