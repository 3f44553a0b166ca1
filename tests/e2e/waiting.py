"""Waiting for a condition, never for a time: with a deadline, and saying what was waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 30.0
_pause = threading.Event()
T = TypeVar("T")


def until(condition: Callable[[], T], what: str, within_s: float = PATIENCE_S) -> T:
    """Ask until the answer is true (returned), or fail with what was waited for and the last answer."""
    deadline = time.monotonic() + within_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {within_s:.0f} s in vain until {what}; last seen: {answer!r}"
        _pause.wait(0.02)
    return answer
