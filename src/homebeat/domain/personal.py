"""What is said in place of a personal field that cannot be read."""

from __future__ import annotations

from enum import StrEnum


class Illegible(StrEnum):
    """Stands where a name, an address, a number or a remark would be. It is a text, so that no page fails on it."""

    ERASED = "[erased]"  # the key was destroyed on purpose: nobody can read it any more, in no backup either
    DAMAGED = "[unreadable]"  # it was changed on disk, or moved there from another row
