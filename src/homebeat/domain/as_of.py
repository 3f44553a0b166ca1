"""Up to when what is stored of residents and devices holds: what is older is unknown, and never shown as fine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

State = Literal["active", "quiet", "unknown"]

#: After so long without a word from the watch, nothing that it stored of a state counts any more. For as long, and no longer, the
#: engine takes its own silence for an ordinary pause.
STALE_AFTER: Final = timedelta(minutes=2)
STALE_MS: Final = STALE_AFTER // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The watch's last word, and the time at which somebody asks.

    Attributes:
        at: When the watch last said that it works, epoch ms; None when it never did, or at a time that has not come yet.
        now: Epoch ms, by the same clock.
    """

    at: int | None
    now: int

    @property
    def is_current(self) -> bool:
        """Whether states may still be shown as they were stored."""
        return self.at is not None and self.now - self.at <= STALE_MS

    def state(self, known: str | None) -> State:
        """A resident's state now; `known` is the stored one, None for who was never judged."""
        if not self.is_current:
            return "unknown"
        return "active" if known == "active" else "quiet" if known == "quiet" else "unknown"

    def since(self, known: int | None) -> int | None:
        """Since when that state holds, epoch ms: what is not known any more is unknown since the watch's last word."""
        return known if self.is_current else self.at

    def silent(self, known: bool | None) -> bool | None:  # noqa: FBT001 - the stored word, not a switch
        """Whether a device is silent; None when that is not known now."""
        return known if self.is_current else None

    def counts(self, known: Mapping[str, int]) -> dict[str, int]:
        """How many residents are in each state now, of the stored counts."""
        if self.is_current:
            return dict(known)
        return dict.fromkeys(known, 0) | {"unknown": sum(known.values())}
