"""Times as text for the outside, and which stored times can be believed.

A stored instant is compared only with "now" of the same clock: the database's. That clock may be corrected. What was stored while
it was ahead then lies in the future, and must count neither as alive nor as not yet due.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

#: Clocks of two processes differ by less than this. A stored instant that is further ahead comes from a wrong clock.
TOLERANCE_MS: Final = 5_000


def format_instant(at: int) -> str:
    """Format epoch ms as `2026-03-01T08:00:00Z`; with milliseconds only if there are any."""
    whole = datetime.fromtimestamp(at / 1000, UTC)
    text = whole.isoformat(timespec="milliseconds" if at % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def is_from_the_future(stored_at: int, now: int) -> bool:
    """Whether a stored instant was set while the clock was ahead; both are epoch ms of the database's clock."""
    return stored_at > now + TOLERANCE_MS
