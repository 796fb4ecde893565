"""Settings: command line before environment (`TOCSIN_...`) before TOML before these defaults."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import Field, PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tocsin.messages.record import Topic

TOML_FILE = Path("tocsin.toml")
"""Where the settings are looked for in the working directory, if no other file is named."""


class SettingsError(ValueError):
    """A setting is wrong; the message names it and where it came from."""


class Setting(NamedTuple):
    """One setting as it stands. `source` is `command line`, `environment`, `TOML` or `default`."""

    name: str
    value: Any
    source: str
    description: str


class Settings(BaseSettings):
    """Everything that can be set; `tocsin settings` prints it with these descriptions."""

    model_config = SettingsConfigDict(env_prefix="TOCSIN_", toml_file=TOML_FILE, extra="forbid", frozen=True)

    bootstrap: str = Field(
        "127.0.0.1:9092",
        pattern=r"^[^\s,]+:\d{1,5}(,[^\s,]+:\d{1,5})*$",
        description="Kafka brokers, HOST:PORT[,HOST:PORT...]",
    )
    app_id: str = Field("tocsin", description="Consumer group, and prefix of every transactional id")
    topic_prefix: str = Field("soc.", description="What every topic's name starts with")
    tenants_file: Path | None = Field(None, description="TOML file of the tenants (contract, sources, contacts)")
    contracts_dir: Path | None = Field(None, description="Folder of further contract files (YAML)")
    default_contract: str = Field("esentire", description="Contract of a tenant that the tenants file does not name")
    web_host: str = Field("127.0.0.1", description="Address of /metrics, /healthz and /readyz")
    web_port: int = Field(8642, description="Port of /metrics, /healthz and /readyz; 0 takes a free one")
    group_instance_id: str | None = Field(
        None, description="Static membership: set it where a supervisor restarts the worker at once"
    )
    session_timeout: float = Field(6.0, gt=0, description="Seconds after which a silent worker loses its partitions")
    heartbeat_tick: float = Field(30.0, gt=0, description="Seconds between ticks on an idle partition")
    value_bytes_max: int = Field(65_536, gt=0, description="Largest accepted input value, in bytes")
    deduplication_window: int = Field(250_000, gt=0, description="Inputs of a partition that a repeat is looked for in")
    dead_letter_flood: int = Field(
        1_000, gt=0, description="Dead letters in a row after which intake of that partition halts"
    )
    partitions: int = Field(3, gt=0, description="`topics create`: partitions of every topic")
    replication_factor: int = Field(1, gt=0, description="`topics create`: copies of every partition")
    audit_days: int = Field(
        400,
        gt=0,
        description="`topics create`: days that the inbox and the journal are kept; a yearly audit and a month",
    )
    log_format: str = Field("console", pattern="^(console|json)$", description="Log lines for people or machines")

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    def topic(self, topic: Topic) -> str:
        """The name of `topic` on the cluster."""
        return self.topic_prefix + topic.removeprefix("soc.")

    @classmethod
    def load(cls, command_line: Mapping[str, str], config: Path | None = None) -> Self:
        """The settings with `command_line` first and the TOML file `config` (default: `tocsin.toml`) last.

        Raises `SettingsError` with one sentence for each setting that is wrong.
        """

        class Configured(cls):  # type: ignore[valid-type,misc]  # only the TOML file's name differs
            model_config = SettingsConfigDict(toml_file=config or TOML_FILE)

        try:
            origins = _origins(cls, command_line, config or TOML_FILE)
            loaded: Self = Configured(**command_line)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{config or TOML_FILE} is not TOML: {error}") from None
        except OSError as error:
            raise SettingsError(f"{config or TOML_FILE} cannot be read: {error.strerror}") from None
        except ValidationError as error:
            raise SettingsError("\n".join(_sentences(error, origins))) from None
        loaded._origins = origins
        return loaded

    def describe(self) -> list[Setting]:
        """Every setting as it stands, a secret's value masked. Only for settings that were made by `load`."""
        values = self.model_dump(mode="json")
        return [
            Setting(name, values[name], self._origins.get(name, "default"), field.description or "")
            for name, field in Settings.model_fields.items()
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
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def _origins(model: type[Settings], command_line: Mapping[str, str], config: Path) -> dict[str, str]:
    """The source that decides each setting that has one."""
    return {
        **dict.fromkeys(TomlConfigSettingsSource(model, toml_file=config)(), "TOML"),
        **dict.fromkeys(EnvSettingsSource(model)(), "environment"),
        **dict.fromkeys(command_line, "command line"),
    }


def _sentences(error: ValidationError, origins: Mapping[str, str]) -> Iterator[str]:
    """What is wrong, without repeating the value: it may be a secret."""
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        name = str(fault["loc"][0])
        if fault["type"] == "extra_forbidden":
            yield f"There is no setting {name!r} ({origins.get(name, 'TOML')}); `tocsin settings` lists them."
        else:
            meaning = Settings.model_fields[name].description
            yield f"The setting {name} ({origins.get(name, 'default')}) is wrong: {fault['msg']}. It is: {meaning}."
