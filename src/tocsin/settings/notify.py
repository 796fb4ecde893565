"""The settings of notify."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from tocsin.settings.ranges import File, HostName, HttpUrl


class NotifySettings(BaseSettings):
    """The part of the settings that `tocsin notify` alone reads."""

    notify_file: File | None = Field(None, description="TOML or YAML file of the sinks and routes of `tocsin notify`")
    roster_file: File | None = Field(None, description="TOML or YAML file of the roster, for pages to people")
    roster_kept_file: File | None = Field(
        None, description="File in which notify keeps the last valid roster, for a start while none can be had"
    )
    notify_port: int = Field(
        8646, ge=0, le=65_535, description="Port of the metrics of `tocsin notify`, at `web_host`; 0 takes a free one"
    )
    notify_heartbeat: float = Field(
        30.0, ge=0.5, le=3_600, description="Seconds between the heartbeats of a lane in the log; four may be missed"
    )
    answer_url: HttpUrl | None = Field(
        None, description="The address of answer links as people have it, https://HOST/; without it there are none"
    )
    answer_host: HostName = Field("127.0.0.1", description="Address at which notify serves answer links")
    answer_port: int = Field(8645, ge=0, le=65_535, description="Port for answer links; 0 takes a free one")
    answer_key: SecretStr | None = Field(
        None, min_length=1, description="What answer links are signed with, KEY[,KEY...]: the first signs, all hold"
    )
    answer_key_file: File | None = Field(None, description="File that holds `answer_key`")
    answer_tls_certificate_file: File | None = Field(
        None, description="Certificate (PEM) for answer links, where no proxy before notify has one"
    )
    answer_tls_key_file: File | None = Field(
        None, description="Private key (PEM, not encrypted) of that certificate, unless it is in the same file"
    )
