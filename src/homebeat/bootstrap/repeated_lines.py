"""Limits the log: many lines of one kind become a few lines and a count, so that no fault and no client can fill the disk."""

from __future__ import annotations

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

#: Lines of one kind that are written out within a window; the rest are counted.
FIRST: Final = 10
WINDOW_S: Final = 60.0
#: Kinds that are remembered; of more, the one not seen for longest is forgotten.
_MOST_KINDS: Final = 500
_NUMBERS: Final = re.compile(r"0x[0-9a-fA-F]+|\d+")

_Kind = tuple[str, int, str]


@dataclass(slots=True)
class _Window:
    began_s: float
    lines: int = 0


class RepeatedLines:
    """Decides what is written: the first lines of each kind in a minute, and afterwards how many there were.

    A kind is logger, level and text without its numbers. Critical lines are always written.

    Args:
        clock: Seconds, monotone.
    """

    def __init__(self, clock: Callable[[], float], first: int = FIRST, window_s: float = WINDOW_S) -> None:
        self._clock, self._first, self._window_s = clock, first, window_s
        self._windows: OrderedDict[_Kind, _Window] = OrderedDict()

    def list_lines(self, record: logging.LogRecord) -> Iterator[logging.LogRecord]:
        """List what to write after this line: counts whose minute has ended, then the line itself or nothing."""
        now = self._clock()
        # windows stand in the order in which they began
        while self._windows:
            kind, oldest = next(iter(self._windows.items()))
            if now - oldest.began_s < self._window_s and len(self._windows) < _MOST_KINDS:
                break
            del self._windows[kind]
            if oldest.lines > self._first:
                yield _count(kind, oldest.lines - self._first, now - oldest.began_s)
        if record.levelno >= logging.CRITICAL:
            yield record
            return
        window = self._windows.setdefault(_find_kind(record), _Window(now))
        window.lines += 1
        if window.lines <= self._first:
            yield record


class LimitedHandler(logging.StreamHandler[Any]):
    """Writes to a stream what `RepeatedLines` lets through."""

    def __init__(self, stream: Any, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._repeated = RepeatedLines(clock)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, or count it. Called with the handler's lock held."""
        for line in self._repeated.list_lines(record):
            super().emit(line)


def _find_kind(record: logging.LogRecord) -> _Kind:
    # the template where there is one: its values differ from line to line
    text = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    return record.name, record.levelno, _NUMBERS.sub("#", text[:200])


def _count(kind: _Kind, more: int, within_s: float) -> logging.LogRecord:
    name, level, text = kind
    text = text.splitlines()[0] if text else ""
    said = f"{more} more lines of this kind within {within_s:.0f} s: {text}"
    return logging.LogRecord(name, level, __file__, 0, said, None, None)
