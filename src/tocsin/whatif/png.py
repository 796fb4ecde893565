"""A comparison as a PNG, by Pillow and the font that it brings. Pillow is the extra `plots`."""

from io import BytesIO
from types import ModuleType
from typing import Any

from tocsin.whatif.picture import Picture

_SCALE = 2
_PAPER = "#ffffff"
_COLOURS = {
    "ink": "#1c2430",
    "muted": "#5b6675",
    "grid": "#dde2e8",
    "before": "#8795a8",
    "after": "#d9480f",
    "promise": "#1864ab",
}
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


class NoPillow(Exception):  # noqa: N818 - says what is missing
    """Pillow is not installed; the message says how it can be had."""


def png(picture: Picture) -> bytes:
    """The picture as the bytes of a file: the same by the same release of Pillow. Raises `NoPillow`."""
    image, draw, fonts = pillow()
    drawn = image.new("RGB", (picture.width * _SCALE, picture.height * _SCALE), _PAPER)
    pen = draw.Draw(drawn)
    for box in picture.boxes:
        x, y, width, height = (round(length * _SCALE) for length in box[:4])
        if width and height:
            pen.rectangle((x, y, x + width - 1, y + height - 1), fill=_COLOURS[box.tone])
    loaded: dict[int, Any] = {}
    for words in picture.words:
        font = loaded.setdefault(words.size, fonts.load_default(words.size * _SCALE))
        place = (round(words.x * _SCALE), round(words.y * _SCALE))
        heavy = 1 if words.bold else 0
        colour = _COLOURS[words.tone]
        pen.text(place, words.text, colour, font, _ANCHORS[words.anchor], stroke_width=heavy, stroke_fill=colour)
    file = BytesIO()
    drawn.save(file, "PNG", optimize=True)
    return file.getvalue()


def pillow() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Its modules for images, drawing and fonts. Raises `NoPillow`."""
    try:
        from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - only who wants a PNG needs it
    except ImportError:
        raise NoPillow(
            "a PNG is drawn by Pillow, which is not installed: pip install 'tocsin[plots]'; --html needs nothing more"
        ) from None
    return Image, ImageDraw, ImageFont
