"""What somebody says who goes to the homes of an alert about many homes, of one of them."""

from __future__ import annotations

from enum import StrEnum


class HomeMark(StrEnum):
    """How it was there."""

    SEEN = "seen"
    NOT_OPENED = "not_opened"
