"""Says on standard error how far long work is: on a terminal in one line that changes, elsewhere in a plain line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

#: How often a terminal is written to, and anything else, which keeps every line.
_SHOW_EVERY_S: Final = 0.5
_SAY_EVERY_S: Final = 10.0
_WIDTH: Final = 60
#: Steps of an import, as `Progress.begin` takes them.
READ: Final = msg("rows read")
CHECKED: Final = msg("homes checked")
WRITTEN: Final = msg("rows written")


class Progress:
    """Shows what is being done.

    Args:
        words: Of the reader.
        clock: Seconds, on a clock that never goes back.
    """

    def __init__(self, words: Wording | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._words = words or Wording()
        self._clock, self._shown_at = clock, clock()
        self._is_terminal = sys.stderr.isatty()
        self._is_shown = False
        self._noun, self._done, self._of = "", 0, 0

    def begin(self, noun: str, of: int = 0) -> None:
        """Begin a step: `of` is how many there are, 0 where nobody knows."""
        self._noun, self._done, self._of = noun, 0, of

    def add(self, count: int = 1) -> None:
        """Count what was done of the step."""
        self._done += count
        self(self._noun, self._done)

    def __call__(self, noun: str, rows: int) -> None:
        """Show a noun and how many rows of it are done, as often as there is a reader for it."""
        now = self._clock()
        if now - self._shown_at < (_SHOW_EVERY_S if self._is_terminal else _SAY_EVERY_S):
            return
        self._shown_at = now
        total = f" / {self._of:,}" if self._of and noun == self._noun else ""
        line = f"{self._words.text(noun)}: {rows:,}{total}"
        if self._is_terminal:
            sys.stderr.write(f"\r{line}".ljust(_WIDTH))
            sys.stderr.flush()
            self._is_shown = True
        else:
            print(line, file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take away what was shown on a terminal."""
        if self._is_shown:
            sys.stderr.write("\r" + " " * _WIDTH + "\r")
            self._is_shown = False
