"""The files that pages are made of beside their markup."""

from importlib.resources import files

from aiohttp import web

_FILES = {"board.css": "text/css", "board.js": "text/javascript", "board.svg": "image/svg+xml"}


async def static(request: web.Request) -> web.Response:
    """The file of that name. Browsers keep it, and ask each time whether it is still so."""
    name = request.match_info["name"]
    if name not in _FILES:
        raise web.HTTPNotFound
    text = files("tocsin.board").joinpath("static", name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type=_FILES[name], headers={"Cache-Control": "no-cache"})
