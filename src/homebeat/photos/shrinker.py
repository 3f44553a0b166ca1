"""Has photos made small, each in a process of its own, two at a time."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from typing import Final

from homebeat.photos.fault import PhotoFault

#: Of what is sent. A telephone with the page's script sends some hundred kB; without it, what its camera made.
MOST_BYTES: Final = 12 << 20
_AT_ONCE: Final = 2
#: Seconds: how long one waits for its turn, and then for the process, which ends earlier by itself.
_WAIT_S: Final = 20.0
_LONGEST_S: Final = 40.0
_COMMAND: Final = (sys.executable, "-I", "-m", "homebeat.photos.shrink")
_log = logging.getLogger(__name__)


class PhotoShrinker:
    """Makes photos small. Safe to share between threads."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def shrink(self, content: bytes) -> bytes | PhotoFault:
        """Make a JPEG of at most 1,600 pixels a side of what somebody sent; takes about half a second."""
        if len(content) > MOST_BYTES:
            return PhotoFault.TOO_LARGE
        if not self._free.acquire(timeout=_WAIT_S):
            return PhotoFault.BUSY
        try:
            ended = subprocess.run(  # noqa: S603 -- a constant command; the photo goes through its input
                _COMMAND,
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_LONGEST_S,
                env={"LANG": "C.UTF-8"},  # nothing of our own: it may hold secrets
                cwd="/",
                check=False,
            )
        except subprocess.TimeoutExpired:
            return PhotoFault.UNREADABLE
        except OSError as error:
            _log.error("no process could be started to make a photo small: %s", error)
            return PhotoFault.BUSY
        finally:
            self._free.release()
        if ended.returncode == 0 and ended.stdout:
            return ended.stdout
        return PhotoFault.TOO_LARGE if ended.returncode == PhotoFault.TOO_LARGE else PhotoFault.UNREADABLE
