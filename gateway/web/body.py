"""Raw bodies within bounds, before anybody looks into them."""

import asyncio

import aiohttp
from aiohttp import web

READ_WITHIN_S = 10.0


async def read_body(request: web.Request, most: int, within_s: float = READ_WITHIN_S) -> bytes:
    """Read a body of at most `most` bytes; what is larger is not read to its end.

    Compressed bodies are refused: a few bytes of them are megabytes, and signatures are over what
    was sent.

    Raises:
        web.HTTPException: 400 cut off, 408 too slow, 413 too large, 415 compressed.
    """
    if any(each != "identity" for each in request.headers.getall("Content-Encoding", [])):
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(most, request.content_length or 0)
    raw = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.content.iter_any():
                raw += chunk
                if len(raw) > most:
                    raise web.HTTPRequestEntityTooLarge(most, len(raw))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (aiohttp.ClientError, aiohttp.http.HttpProcessingError, OSError):
        raise web.HTTPBadRequest from None
    return bytes(raw)
