"""Up to when stored states of residents and devices hold: older ones are unknown, and never shown as fine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from homebeat.domain.durations import MS

State = Literal["active", "quiet", "unknown"]

#: So long after the watch's last heartbeat, its stored states do not count any more. For the same time, the engine takes its own
#: silence for an ordinary pause.
STALE_AFTER: Final = timedelta(minutes=2)
STALE_MS: Final = STALE_AFTER // MS


@dataclass(frozen=True, slots=True)
class AsOf:
    """The watch's last heartbeat, and the time of the question.

    Attributes:
        at: When the watch last said that it works, epoch ms; None for never, or for a time that is still ahead.
        now: Epoch ms, by the same clock.
    """

    at: int | None
    now: int

    @property
    def is_current(self) -> bool:
        """Whether stored states may still be shown."""
        return self.at is not None and self.now - self.at <= STALE_MS

    def find_state(self, known: str | None) -> State:
        """Find a resident's state now; `known`: the stored one, None for a resident who was never judged."""
        if not self.is_current:
            return "unknown"
        return "active" if known == "active" else "quiet" if known == "quiet" else "unknown"

    def find_since(self, known: int | None) -> int | None:
        """Find since when that state holds, epoch ms: a state that is out of date is unknown since the last heartbeat."""
        return known if self.is_current else self.at

    def is_silent(self, known: bool | None) -> bool | None:  # noqa: FBT001 - the stored word, not a switch
        """Whether a device is silent; None for not known."""
        return known if self.is_current else None

    def count_states(self, known: Mapping[str, int]) -> dict[str, int]:
        """Count the residents in each state now, from the stored counts."""
        if self.is_current:
            return dict(known)
        return dict.fromkeys(known, 0) | {"unknown": sum(known.values())}
