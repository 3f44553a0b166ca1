"""What is said in place of a personal field that is not shown."""

from __future__ import annotations

from enum import StrEnum


class Illegible(StrEnum):
    """Stands where a name, an address, a number or a remark would be. It is a text, so that no page fails on it."""

    HIDDEN = "[hidden]"  # it can be read, but not by whoever asks, or not now: see `domain.role`
    ERASED = "[erased]"  # the key was destroyed on purpose: nobody can read it any more, in no backup either
    DAMAGED = "[unreadable]"  # it was changed on disk, or moved there from another row
