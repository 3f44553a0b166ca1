"""Whether a resident who lives alone has left by the door: what moves of a door say when nothing else does.

A move of a door does not say in which direction. But in a home that was left nobody is seen inside, so passages alternate: the
first after a sign from inside is a leaving; the next, with nothing seen inside between them, is a return.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import I64

U64 = NDArray[np.uint64]

_ONE: Final = np.uint64(1)
_TOP: Final = np.uint64(63)


def count_passages(lived: U64, by_door: U64) -> I64:
    """Count how often a door was passed since the last sign of life inside. Moves in adjacent slots are one passage.

    Args:
        lived: uint64[words, n], a sign of life fell into the slot; bit k of word w is the slot 64 * w + k before the newest.
        by_door: uint64[words, n], the same bits where it was a door only.

    Returns:
        int64[n]; odd where the resident is probably out.
    """
    passages = np.zeros(lived.shape[1], np.int64)
    seen, younger = np.zeros(lived.shape[1], np.bool_), np.zeros(lived.shape[1], np.uint64)
    for life, door in zip(lived, by_door, strict=True):
        inside = life & ~door
        # all slots younger than the youngest sign from inside; all 64 where there is none, since 0 - 1 sets every bit
        since = np.where(seen, np.uint64(0), (inside & (~inside + _ONE)) - _ONE)
        moved = door & since
        passages += np.bitwise_count(moved & ~(moved << _ONE | younger))
        younger = moved >> _TOP
        seen |= inside != 0
    return passages
