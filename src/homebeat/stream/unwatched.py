"""What does not count any more once consent to it was withdrawn: values that still wait, and the newest ones that are kept.

Values that come later are left out as they are read. But the newest value of a device that nobody may watch would stand for ever:
somebody who was out would never be missed again, and the fall of a band that was not worn would never be believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from homebeat.domain.consent import find_withheld
from homebeat.domain.metric import Metric
from homebeat.stream.batch import I32, NEVER, U8, Batch, Bool
from homebeat.stream.registry import combine_bits, find_watched

if TYPE_CHECKING:
    from homebeat.stream.roster import Roster
    from homebeat.stream.state import State

#: The bits (`PURPOSE_BITS`) of the purpose without which each metric is neither stored nor judged, by its number; 0 for none.
_PURPOSE_OF: Final[U8] = np.zeros(256, np.uint8)
for _metric in Metric:
    _PURPOSE_OF[_metric] = combine_bits(filter(None, [find_withheld(_metric)]))


def find_unwatched(withdrawn: U8, device: I32, metric: U8) -> Bool:
    """bool[n]: values to which consent was withdrawn.

    Args:
        withdrawn: uint8[devices], the purposes withdrawn of each device, as `PURPOSE_BITS`.
        device: int32[n], the device of each value.
        metric: uint8[n], its metric.
    """
    unwatched: Bool = (_PURPOSE_OF[metric] & withdrawn[device]) != 0
    return unwatched


def drop_unwatched(roster: Roster, batch: Batch) -> Batch:
    """Leave out the values to which consent was withdrawn since they came."""
    if not roster.device_withdrawn.any():
        return batch
    unwatched = find_unwatched(roster.device_withdrawn, batch.device, batch.metric)
    return batch.take(~unwatched) if unwatched.any() else batch


def forget_unwatched(state: State) -> None:
    """Forget the newest values to which consent was withdrawn: whether a band is worn, and whether somebody is at home."""
    roster = state.roster
    if not roster.device_withdrawn.any():
        return
    for metric, line in state.latest.line.items():
        gone = (roster.device_withdrawn & _PURPOSE_OF[metric]) != 0
        state.latest.at[line][gone], state.latest.value[line][gone] = NEVER, np.nan
    watched = find_watched(roster.device_withdrawn, roster.device_kind)
    state.wear.at[~watched & state.worn_proves] = NEVER
    says = roster.device_active & (roster.device_meter < 0)
    gone_of, left_of = (state.find_residents(np.flatnonzero(says & some))[0] for some in (~watched, watched))
    nobody_says = np.setdiff1d(gone_of, left_of)
    state.timeline.home[nobody_says], state.timeline.home_at[nobody_says] = -1, NEVER
