"""Reads a photo that somebody sends, into memory alone, and few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from homebeat.photos.fault import PhotoFault
from homebeat.photos.shrinker import MOST_BYTES

#: So many are read and made small at a time, one of each link; each is held in memory.
_AT_ONCE: Final = 4
#: The form around the photo.
_FORM_BYTES: Final = 4 * 1024
#: So long a photo may take to come, s: 12 MB as a camera makes it at 1 Mbit/s, 300 kB at 25 kbit/s.
_LONGEST_S: Final = 100.0


class PhotoUploads:
    """Reads photos. For one event loop."""

    def __init__(self) -> None:
        self._links: set[str] = set()

    @asynccontextmanager
    async def read(self, request: Request, token: str) -> AsyncIterator[bytes | PhotoFault]:
        """Read the file `photo` of a form; another photo may come in its place once the block ends. `token`: of the link."""
        if len(self._links) >= _AT_ONCE or token in self._links:
            yield PhotoFault.BUSY
            return
        self._links.add(token)
        try:
            yield await _read(request)
        finally:
            self._links.discard(token)


class _Parser(MultiPartParser):
    spool_max_size = MOST_BYTES + 1  # nothing of a photo is written to the disk unsealed


async def _read(request: Request) -> bytes | PhotoFault:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return PhotoFault.UNREADABLE
    body = bytearray()
    try:
        async with asyncio.timeout(_LONGEST_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES + _FORM_BYTES:
                    return PhotoFault.TOO_LARGE
    except (ClientDisconnect, TimeoutError):
        return PhotoFault.BUSY  # the page tries again
    # a hostile form takes seconds to read: meanwhile the loop goes on
    return await run_in_threadpool(lambda: asyncio.run(_parse(request.headers, bytes(body))))


async def _parse(headers: Headers, body: bytes) -> bytes | PhotoFault:
    try:
        form = await _Parser(headers, _give(body), max_files=1, max_fields=1, max_part_size=_FORM_BYTES).parse()
    except (MultiPartException, LookupError, ValueError):
        return PhotoFault.UNREADABLE
    sent = form.get("photo")
    content = await sent.read() if isinstance(sent, UploadFile) else PhotoFault.UNREADABLE
    await form.close()
    return content


async def _give(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
