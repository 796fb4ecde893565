"""The settings of the board."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from tocsin.settings.ranges import File, HostName, HttpUrl


class BoardSettings(BaseSettings):
    """The part of the settings that `tocsin board` alone reads."""

    board_host: HostName = Field("127.0.0.1", description="Address at which the wallboard is served")
    board_port: int = Field(8644, ge=0, le=65_535, description="Port of the wallboard; 0 takes a free one")
    board_rows: int = Field(
        40, ge=5, le=500, description="Promises on a page of the wallboard, the most urgent; the rest are counted"
    )
    board_access_file: File | None = Field(
        None, description="TOML or YAML file of who may look at the wallboard, and who may act there"
    )
    board_url: HttpUrl | None = Field(
        None, description="The address of the wallboard as browsers have it, https://HOST/; needed beyond loopback"
    )
    board_session_hours: float = Field(12.0, ge=0.01, le=720, description="Hours for which somebody is signed in")
    board_session_key: SecretStr | None = Field(
        None,
        min_length=1,
        description="What signs sessions, KEY[,KEY...]; without it they end with the board",
    )
    board_session_key_file: File | None = Field(None, description="File that holds `board_session_key`")
    board_tls_certificate_file: File | None = Field(
        None, description="The wallboard's certificate (PEM), where no proxy before it has one"
    )
    board_tls_key_file: File | None = Field(
        None, description="Private key (PEM, not encrypted) of that certificate, unless it is in the same file"
    )
