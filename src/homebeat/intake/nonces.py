"""Remembers what clouds sign by once, so that nobody uses it for something else."""

from __future__ import annotations

from enum import Enum
from typing import Final

#: So many are remembered of a cloud; the oldest are forgotten first.
_MOST: Final = 100_000
#: And so long: no signature with a time is believed for longer.
_KEPT_S: Final = 900.0


class Seen(Enum):
    """What is known of a nonce."""

    NEW = "new"
    SAME = "same"  # used for the same message, which was taken
    OTHER = "other"


class Nonces:
    """The nonces of one cloud whose messages are safe. After a restart none is known: readings are stored once anyhow."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._used: dict[str, tuple[float, bytes]] = {}

    def look(self, nonce: str, digest: bytes, now_s: float) -> Seen:
        """Look whether a nonce was used, and whether for this message."""
        used = self._used.get(nonce)
        if used is None or now_s - used[0] > _KEPT_S:
            return Seen.NEW
        return Seen.SAME if used[1] == digest else Seen.OTHER

    def note(self, nonce: str, digest: bytes, now_s: float) -> None:
        """Note that a message with this nonce is safe."""
        self._used.pop(nonce, None)
        self._used[nonce] = (now_s, digest)
        while len(self._used) > self._most or now_s - next(iter(self._used.values()))[0] > _KEPT_S:
            del self._used[next(iter(self._used))]
