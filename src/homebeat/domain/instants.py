"""Times as texts for the outside, and which stored times can be believed.

A stored instant is compared with "now" of the same clock only: the database's. That clock may be corrected. What was stored
while it ran ahead then lies in the future, and must neither count as alive nor as not yet due.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

#: Clocks of two processes, and two looks at one clock, differ by less. A stored instant further ahead is from a wrong clock.
TOLERANCE_MS: Final = 5_000


def iso(at: int) -> str:
    """Epoch ms as `2026-03-01T08:00:00Z`; milliseconds only where there are any."""
    whole = datetime.fromtimestamp(at / 1000, UTC)
    text = whole.isoformat(timespec="milliseconds" if at % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def is_from_the_future(stored_at: int, now: int) -> bool:
    """Whether a stored instant was set while the clock ran ahead; both epoch ms of the database's clock."""
    return stored_at > now + TOLERANCE_MS
