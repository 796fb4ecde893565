"""The settings of notify."""

from pydantic import Field
from pydantic_settings import BaseSettings

from tocsin.settings.ranges import File


class NotifySettings(BaseSettings):
    """The part of the settings that `tocsin notify` alone reads."""

    notify_file: File | None = Field(None, description="TOML or YAML file of the sinks and routes of `tocsin notify`")
    roster_file: File | None = Field(None, description="TOML or YAML file of the roster, for pages to people")
    notify_port: int = Field(
        8644, ge=0, le=65_535, description="Port of the metrics of `tocsin notify`, at `web_host`; 0 takes a free one"
    )
    notify_heartbeat: float = Field(
        30.0, ge=0.5, le=3_600, description="Seconds between the heartbeats of a lane in the log; four may be missed"
    )
