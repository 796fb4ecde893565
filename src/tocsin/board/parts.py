"""The parts that a board is made of."""

from typing import NamedTuple

from tocsin.board.access import Access
from tocsin.board.acting.desk import BoardDesk
from tocsin.board.archive import Lookup
from tocsin.board.model import Model
from tocsin.board.pulse import Pulse
from tocsin.settings import Settings


class Parts(NamedTuple):
    """The parts of a board."""

    settings: Settings
    model: Model
    pulse: Pulse
    archive: Lookup
    access: Access
    desk: BoardDesk | None = None  # where somebody may act
    notice: str = ""  # stands on every page
