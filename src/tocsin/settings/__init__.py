"""Settings: command line before environment (`TOCSIN_...`) before TOML before these defaults.

Each setting has a range, which is checked before anything starts. An empty value means: this source does not set it.
A name that is no setting is refused.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, get_args

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tocsin.messages.record import INPUT_TOPICS, OURS_ALONE, RAW_MAIL, VALUE_BYTES, Topic, name_of
from tocsin.settings.board import BoardSettings
from tocsin.settings.gateway import VALUE_BYTES_MAX, GatewaySettings
from tocsin.settings.metrics import MetricsSettings
from tocsin.settings.names import PREFIX, unknown_variables, without_such_setting
from tocsin.settings.notify import NotifySettings
from tocsin.settings.ranges import Brokers, EventTypes, File, GroupName, HostName, InstanceName, OneLine, TopicPrefix
from tocsin.settings.retention import RetentionSettings
from tocsin.settings.secrets import SettingsError as SettingsError
from tocsin.settings.secrets import read_secret

TOML_FILE = Path("tocsin.toml")
"""File of the settings in the working directory, if no other file is named."""

Secret = Literal[
    "sasl_password", "web_token", "gateway_token", "gateway_twilio_token", "answer_key", "board_session_key"
]

_OF_ONE_PROCESS = ("board_", "gateway_", "notify_")

SECRETS: tuple[Secret, ...] = get_args(Secret)
"""Settings that no command line takes, where other users of the machine could read them."""

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]


class Setting(NamedTuple):
    """One setting as it stands. `source` is `command line`, `environment`, `TOML` or `default`."""

    name: str
    value: Any
    source: str
    description: str


class Settings(BoardSettings, MetricsSettings, GatewaySettings, NotifySettings, RetentionSettings):
    """Everything that can be set; `tocsin settings` prints it with these descriptions."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        toml_file=TOML_FILE,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    bootstrap: Brokers = Field("127.0.0.1:9092", description="Kafka brokers, HOST:PORT[,HOST:PORT...]")
    security_protocol: SecurityProtocol = Field(
        "PLAINTEXT", description="How brokers are spoken to: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    allow_plaintext: bool = Field(
        default=False, description="Whether messages and passwords may leave this machine without TLS"
    )
    tls_ca_file: File | None = Field(
        None, description="Certificates (PEM) of the authority that brokers are known by; without it the system's"
    )
    tls_certificate_file: File | None = Field(None, description="Our own certificate (PEM), for brokers that ask")
    tls_key_file: File | None = Field(
        None, description="Private key (PEM, not encrypted) of our certificate, unless it is in the same file"
    )
    sasl_mechanism: SaslMechanism | None = Field(
        None, description="How brokers get to know us: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
    )
    sasl_username: OneLine | None = Field(None, description="Our name, for PLAIN and SCRAM")
    sasl_password: SecretStr | None = Field(None, min_length=1, description="Our password, for PLAIN and SCRAM")
    sasl_password_file: File | None = Field(None, description="File that holds `sasl_password`")
    sasl_token_file: File | None = Field(
        None, description="File that holds the token for OAUTHBEARER; read anew for each connection"
    )
    app_id: GroupName = Field("tocsin", description="Consumer group, and prefix of every transactional id")
    topic_prefix: TopicPrefix = Field("soc.", description="What every topic's name starts with")
    tenants_file: File | None = Field(None, description="TOML file of the tenants (contract, sources, contacts)")
    contracts_dir: File | None = Field(None, description="Folder of further contract files (YAML)")
    default_contract: OneLine = Field(
        "esentire", description="Contract of a tenant that the tenants file does not name"
    )
    sent_topic: bool = Field(
        default=False, description="Whether what we sent has a topic of its own, `soc.sent`, and counts there alone"
    )
    web_host: HostName = Field("127.0.0.1", description="Address of /metrics, /healthz and /readyz")
    web_port: int = Field(
        8642, ge=0, le=65_535, description="Port of /metrics, /healthz and /readyz; 0 takes a free one"
    )
    web_token: SecretStr | None = Field(
        None,
        min_length=1,
        description="What requests must show (Authorization: Bearer ...); needed where `web_host` is not loopback",
    )
    web_token_file: File | None = Field(None, description="File that holds `web_token`")
    group_instance_id: InstanceName | None = Field(
        None, description="Static membership, a name of each worker's own: for a supervisor that restarts it at once"
    )
    session_timeout: float = Field(
        6.0, ge=2, le=1_800, description="Seconds after which a silent worker loses its partitions"
    )
    heartbeat_tick: float = Field(30.0, ge=0.1, le=300, description="Seconds between ticks on an idle partition")
    value_bytes_max: int = Field(
        VALUE_BYTES, ge=1_024, le=VALUE_BYTES_MAX, description="Largest accepted input value, in bytes"
    )
    mail_bytes_max: int = Field(
        VALUE_BYTES_MAX, ge=1_024, le=VALUE_BYTES_MAX, description="The most that is read of a mail, in bytes"
    )
    deduplication_window: int = Field(
        250_000, ge=1, le=10_000_000, description="Inputs of a partition that a repeat is looked for in"
    )
    dead_letter_flood: int = Field(
        1_000, ge=1, le=1_000_000, description="Dead letters in a row after which intake of that partition halts"
    )
    ignored_event_types: EventTypes | None = Field(
        None, description="Event types that need no answer, as their source names them, NAME[,NAME...]"
    )
    partitions: int = Field(3, ge=1, le=1_000, description="`topics create`: partitions of every topic")
    replication_factor: int = Field(1, ge=1, le=100, description="`topics create`: copies of every partition")
    log_format: Literal["console", "json"] = Field("console", description="Log lines for people or machines")

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process, which does not know the class that `load` makes."""
        return partial(Settings.model_construct, **{name: getattr(self, name) for name in Settings.model_fields}), ()

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_truth_for_a_number(cls, value: Any, field: ValidationInfo) -> Any:
        """TOML's `true` would pass for 1."""
        if isinstance(value, bool) and cls.model_fields[str(field.field_name)].annotation is not bool:
            raise PydanticCustomError("truth", "true and false are no values of it")
        return value

    def topic(self, topic: Topic, own: str = "") -> str:
        """The name of `topic` on the cluster; with `own`, of a topic that belongs to a tenant (see `name_of`)."""
        return self.name_here(name_of(topic, own))

    def name_here(self, name: str) -> str:
        """The name on the cluster of the topic with the default name `name`."""
        return self.topic_prefix + name.removeprefix("soc.")

    def default_name(self, name: str) -> str:
        """The default name of the topic `name` of the cluster, which begins with our prefix."""
        return "soc." + name.removeprefix(self.topic_prefix)

    def bytes_max(self, topic: Topic) -> int:
        """The most bytes that are read of a message on `topic`."""
        return self.mail_bytes_max if topic in RAW_MAIL else self.value_bytes_max

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics that there are."""
        return tuple(topic for topic in Topic if self.sent_topic or topic is not Topic.SENT)

    @property
    def input_topics(self) -> tuple[Topic, ...]:
        """Those of them that intake reads."""
        return tuple(topic for topic in self.topics if topic in INPUT_TOPICS)

    @property
    def gateway_accepts(self) -> tuple[Topic, ...]:
        """The topics that the gateway takes messages for; none where whoever it lets in could speak in our name."""
        shut = OURS_ALONE if self.gateway_desk else (*OURS_ALONE, Topic.DESK)
        return tuple(topic for topic in self.input_topics if topic not in shut)

    @property
    def gateway_topics(self) -> tuple[Topic, ...]:
        """The topics that the gateway writes to."""
        tells_of_us = self.gateway_sent_port is not None or self.gateway_twilio_url is not None
        return (*self.gateway_accepts, *((Topic.SENT,) if self.sent_topic and tells_of_us else ()))

    @property
    def gateway_bytes_max(self) -> int:
        """The largest body that the gateway reads."""
        return max(map(self.bytes_max, self.gateway_accepts))

    def secret(self, name: Secret) -> str | None:
        """The secret `name` in clear: the setting itself, or what stands in its file now; None where neither is set.

        Raises `SettingsError`.
        """
        given: SecretStr | None = getattr(self, name)
        file: Path | None = getattr(self, f"{name}_file")
        if given is not None and file is not None:
            raise SettingsError(f"Both {name} and {name}_file are set: leave one out.")
        if file is not None:
            return read_secret(f"{name}_file", file)
        return None if given is None else given.get_secret_value()

    def environment(self) -> dict[str, str]:
        """Environment variables that give another process these settings. Secrets are in clear."""
        values = {name: getattr(self, name) for name in Settings.model_fields}
        return {
            f"{PREFIX}{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in values.items()
            if value is not None
        }

    @classmethod
    def load(cls, command_line: Mapping[str, str], config: Path | None = None) -> Self:
        """The settings with `command_line` first and the TOML file `config` (default: `tocsin.toml`) last.

        Raises `SettingsError` with one sentence for each setting that is wrong.
        """

        class Configured(cls):  # type: ignore[valid-type,misc]  # only the TOML file's name differs
            model_config = SettingsConfigDict(toml_file=config or TOML_FILE)

        given = {name: value for name, value in command_line.items() if value != ""}
        unknown = [
            without_such_setting(name, "environment", cls.model_fields) for name in unknown_variables(cls.model_fields)
        ]
        try:
            origins = _origins(cls, given, config or TOML_FILE)
            loaded: Self = Configured(**given)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{config or TOML_FILE} is not TOML: {error}") from None
        except OSError as error:
            raise SettingsError(f"{config or TOML_FILE} cannot be read: {error.strerror}") from None
        except ValidationError as error:
            raise SettingsError("\n".join([*unknown, *_sentences(error, origins)])) from None
        if unknown:
            raise SettingsError("\n".join(unknown))
        loaded._origins = origins
        return loaded

    def describe(self) -> list[Setting]:
        """Every setting as it stands, a secret's value masked. Only for settings that were made by `load`."""
        values = self.model_dump(mode="json")
        return [
            Setting(name, values[name], self._origins.get(name, "default"), field.description or "")
            for name, field in sorted(Settings.model_fields.items(), key=lambda it: it[0].startswith(_OF_ONE_PROCESS))
        ]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line (init), then environment, then the TOML file."""
        return init_settings, env_settings, _TomlSource(settings_cls)


class _TomlSource(TomlConfigSettingsSource):
    """The TOML file without what it leaves empty."""

    def __call__(self) -> dict[str, Any]:
        known = self.settings_cls.model_fields
        return {name: value for name, value in super().__call__().items() if value != "" or name not in known}


def _origins(model: type[Settings], command_line: Mapping[str, str], config: Path) -> dict[str, str]:
    """The source that decides each setting that has one."""
    return {
        **dict.fromkeys(_TomlSource(model, toml_file=config)(), "TOML"),
        **dict.fromkeys(EnvSettingsSource(model)(), "environment"),
        **dict.fromkeys(command_line, "command line"),
    }


def _sentences(error: ValidationError, origins: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each error. It does not repeat the value, which may be a secret."""
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(fault["loc"][0])
        if fault["type"] == "extra_forbidden":
            yield without_such_setting(name, origins.get(name, "TOML"), Settings.model_fields)
        else:
            meaning = Settings.model_fields[name].description
            yield f"The setting {name} ({origins.get(name, 'default')}) is wrong: {fault['msg']}. It is: {meaning}."
