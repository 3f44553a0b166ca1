"""The retry schedule: often at first, because somebody may need help, and for a day, because receivers come back."""

from __future__ import annotations

import random
from typing import Final

#: Seconds between one attempt and the next; the first is made at once. 14 attempts over 24 h (23 h 54 min).
GAPS_S: Final = (5, 15, 30, 60, 120, 300, 900, 1800, 3600, 7200, 14400, 28800, 28800)
ATTEMPTS: Final = len(GAPS_S) + 1
#: Gaps are spread, so that a receiver that comes back does not get all messages at once.
JITTER: Final = 0.1
#: A receiver may ask us to wait, but no longer than this: somebody may need help.
LONGEST_PATIENCE_S: Final = 900.0


def compute_next_gap_s(attempts: int, chance: random.Random, retry_after_s: float | None = None) -> float | None:
    """Compute the seconds to wait after `attempts`; None when it is time to give up.

    Args:
        attempts: Attempts made, at least 1.
        chance: A seeded generator.
        retry_after_s: How long the receiver asks us to wait. It lengthens the gap up to `LONGEST_PATIENCE_S`, never shortens it.
    """
    if attempts >= ATTEMPTS:
        return None
    gap = GAPS_S[max(1, attempts) - 1] * chance.uniform(1 - JITTER, 1 + JITTER)
    return max(gap, min(retry_after_s or 0.0, LONGEST_PATIENCE_S))
