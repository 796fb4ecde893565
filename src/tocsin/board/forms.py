"""Forms that a browser sends: nothing is read that is too large, and nothing that is no form."""

import asyncio
from urllib.parse import parse_qsl

from aiohttp import web

FORM_BYTES_MAX = 128 * 1024
"""More than the longest note has, each of its characters written as nine."""

_FIELDS_MAX = 30
_SECONDS = 10.0


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a form. Raises an `HTTPException` for anything else."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="Only forms can be sent here.")
    if (request.content_length or 0) > FORM_BYTES_MAX:
        raise web.HTTPRequestEntityTooLarge(FORM_BYTES_MAX, request.content_length or 0, text="That is too long.")
    try:
        async with asyncio.timeout(_SECONDS):
            body = await request.read()  # the application's limit ends it
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="It has not arrived.") from None
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX)
    except ValueError:
        raise web.HTTPBadRequest(text="That is no form.") from None
    return dict(fields)
