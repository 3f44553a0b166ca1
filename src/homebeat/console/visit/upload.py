"""Reads a photo that somebody sends, into memory alone, and few at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from homebeat.photos.fault import PhotoFault
from homebeat.photos.shrinker import MOST_BYTES

#: So many are read and made small at a time; each is held in memory.
_AT_ONCE: Final = 4
#: The form around the photo.
_FORM_BYTES: Final = 4 * 1024
#: So much more is read of one that is too large, and kept nowhere: a browser shows no answer that comes before it has sent all.
_DRAINED: Final = 5


class _TooLong(Exception):
    """More was sent than is read."""


class PhotoUploads:
    """Reads photos. For one event loop."""

    def __init__(self) -> None:
        self._now = 0

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes | PhotoFault]:
        """Read the file `photo` of a form; another photo may come in its place once the block ends."""
        if self._now >= _AT_ONCE:
            yield PhotoFault.BUSY
            return
        self._now += 1
        try:
            yield await _read(request)
        finally:
            self._now -= 1


class _Parser(MultiPartParser):
    spool_max_size = MOST_BYTES + 1  # nothing of a photo is written to the disk unsealed


async def _read(request: Request) -> bytes | PhotoFault:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return PhotoFault.UNREADABLE
    stream = request.stream()
    try:
        form = await _Parser(request.headers, _limit_length(stream), max_files=1, max_fields=1, max_part_size=_FORM_BYTES).parse()
    except _TooLong:
        await _drain(stream)
        return PhotoFault.TOO_LARGE
    except (MultiPartException, KeyError, ValueError):
        return PhotoFault.UNREADABLE
    sent = form.get("photo")
    content = await sent.read() if isinstance(sent, UploadFile) else PhotoFault.UNREADABLE
    await form.close()
    return content


async def _limit_length(stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    received = 0
    try:
        async for chunk in stream:
            received += len(chunk)
            if received > MOST_BYTES + _FORM_BYTES:
                raise _TooLong("more than a photo may have")
            yield chunk
    except ClientDisconnect:
        raise MultiPartException("nobody waits for an answer any more") from None


async def _drain(stream: AsyncGenerator[bytes, None]) -> None:
    left = _DRAINED * MOST_BYTES
    async for chunk in stream:
        left -= len(chunk)
        if left < 0:
            return
