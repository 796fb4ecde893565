"""Settings: command line before environment (`TOCSIN_...`) before TOML before these defaults."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tocsin.messages.record import Topic


class Settings(BaseSettings):
    """Everything that can be set; `tocsin settings` prints it with these descriptions."""

    model_config = SettingsConfigDict(env_prefix="TOCSIN_", toml_file="tocsin.toml", extra="forbid", frozen=True)

    bootstrap: str = Field("127.0.0.1:9092", description="Kafka brokers, HOST:PORT[,HOST:PORT...]")
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
    log_format: str = Field("console", pattern="^(console|json)$", description="Log lines for people or machines")

    def topic(self, topic: Topic) -> str:
        """The name of `topic` on the cluster."""
        return self.topic_prefix + topic.removeprefix("soc.")

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
