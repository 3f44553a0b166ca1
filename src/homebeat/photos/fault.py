"""Why a photo could not be made small."""

from __future__ import annotations

from enum import IntEnum


class PhotoFault(IntEnum):
    """Why; the exit code of the process that was to do it."""

    BUSY = 1  # too many others are being made small, or no process could be started
    UNREADABLE = 3  # no picture, a broken one, or one of another kind
    TOO_LARGE = 4  # more pixels, or more bytes, than are read
