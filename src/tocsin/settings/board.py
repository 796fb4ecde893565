"""The settings of the board."""

from pydantic import Field
from pydantic_settings import BaseSettings

from tocsin.settings.ranges import HostName


class BoardSettings(BaseSettings):
    """The part of the settings that `tocsin board` alone reads."""

    board_host: HostName = Field("127.0.0.1", description="Address at which the wallboard is served")
    board_port: int = Field(8644, ge=0, le=65_535, description="Port of the wallboard; 0 takes a free one")
    board_rows: int = Field(
        40, ge=5, le=500, description="Promises on a page of the wallboard, the most urgent; the rest are counted"
    )
