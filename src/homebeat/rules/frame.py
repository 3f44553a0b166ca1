"""What a rule sees: read-only columns of a block of rows at one instant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.metric import Metric
from homebeat.stream.batch import F32, F64, I32, I64, Bool
from homebeat.stream.features.latest import FIRST_ALARM
from homebeat.stream.features.timeline import SLOT_MS, SLOTS, quiet_ms, slots_mask
from homebeat.stream.features.water import Water, litres_since
from homebeat.stream.state import State


class Axis(StrEnum):
    """What one row of a frame is."""

    DEVICE = "device"
    METER = "meter"
    RESIDENT = "resident"


@dataclass(frozen=True)
class Frame:
    """A block of rows `[start, stop)` of one axis; every array has length n = stop - start.

    Attributes:
        now: The engine's instant, epoch ms.
        listening_at: Since when homebeat has been listening without a break, epoch ms: silence before that is ours.
        standing_since: int64[n], `since` of this rule's standing condition for the row, NEVER where none stands.
        away_now: bool[residents], over all residents: known or declared to be away.
    """

    axis: Axis
    start: int
    stop: int
    now: int
    listening_at: int
    state: State
    standing_since: I64
    away_now: Bool

    @property
    def rows(self) -> slice:
        """The block's rows in the state's arrays of this axis."""
        return slice(self.start, self.stop)

    def __len__(self) -> int:
        return self.stop - self.start

    @cached_property
    def device(self) -> slice | I32:
        """Device rows of the block (axis device or meter)."""
        return self.state.roster.meter_device[self.rows] if self.axis is Axis.METER else self.rows

    @cached_property
    def active(self) -> Bool:
        """bool[n]: still enrolled."""
        roster = self.state.roster
        return fixed(roster.resident_active[self.rows] if self.axis is Axis.RESIDENT else roster.device_active[self.device])

    @cached_property
    def kind(self) -> I32:
        """int32[n]: device kind number."""
        return fixed(self.state.roster.device_kind[self.device])

    @cached_property
    def every(self) -> I64:
        """int64[n]: expected report interval, ms; of a resident: of the device that shows life most often."""
        roster = self.state.roster
        return fixed(roster.resident_every[self.rows] if self.axis is Axis.RESIDENT else roster.device_every[self.device])

    @cached_property
    def enrolled_at(self) -> I64:
        """int64[n]: since when the row is expected to report, epoch ms."""
        roster = self.state.roster
        return fixed(roster.resident_since[self.rows] if self.axis is Axis.RESIDENT else roster.device_since[self.device])

    @cached_property
    def heard_at(self) -> I64:
        """int64[n]: last arrival from the device, NEVER if none."""
        return fixed(self.state.heard.at[self.device])

    def latest(self, metric: Metric) -> tuple[I64, F32]:
        """(observed_at int64[n], value float32[n]) of a tracked metric of the device; NEVER, NaN where unknown."""
        line = self.state.latest.line[metric]
        return fixed(self.state.latest.at[line, self.device]), fixed(self.state.latest.value[line, self.device])

    def alarm(self, metric: Metric) -> tuple[I64, I64]:
        """(observed_at, arrived_at) int64[n] of the newest alarm of this kind; NEVER if none."""
        line = metric - FIRST_ALARM
        return fixed(self.state.alarms.at[line, self.device]), fixed(self.state.alarms.arrived_at[line, self.device])

    # ---- meters -------------------------------------------------------------------------------------------------

    @property
    def water(self) -> Water:
        """The meters' feature, over all meters: index it with `rows`."""
        return self.state.water

    @cached_property
    def total_at(self) -> I64:
        """int64[n]: time of the meter's newest believed total."""
        return fixed(self.state.water.total_at[self.rows])

    def litres(self, window_ms: int) -> F64:
        """float64[n]: litres in the window that ends with the newest total; a home's meters are summed in its first one."""
        out = litres_since(self.state.water, self.rows, window_ms)
        lead = self.state.roster.meter_lead
        for second in np.flatnonzero(lead != np.arange(len(lead))).tolist():
            if self.start <= lead[second] < self.stop:
                out[lead[second] - self.start] += litres_since(self.state.water, slice(second, second + 1), window_ms)[0]
        return out

    # ---- residents ----------------------------------------------------------------------------------------------

    @cached_property
    def life_at(self) -> I64:
        """int64[n]: newest sign of life of the resident, NEVER if none."""
        return fixed(self.state.timeline.life_at[self.rows])

    @cached_property
    def proven_at(self) -> I64:
        """int64[n]: end of the newest span in which a sign of life would have shown."""
        return fixed(self.state.timeline.proven_at[self.rows])

    @cached_property
    def quiet_ms(self) -> I64:
        """int64[n]: the quiet clock, ms of proven time at home since the last sign of life."""
        t = self.state.timeline
        return fixed(quiet_ms(t.covered[:, self.rows], t.away[:, self.rows], self.life_at, self.proven_at, t.head))

    @cached_property
    def away(self) -> Bool:
        """bool[n]: away now. For a device: the one resident it speaks of is away."""
        if self.axis is Axis.RESIDENT:
            return fixed(self.away_now[self.rows])
        person = self.state.roster.device_resident[self.device]
        return fixed((person >= 0) & self.away_now[np.maximum(person, 0)] if len(self.away_now) else person >= 0)

    def was_away(self, window_ms: int) -> Bool:
        """bool[n]: away at some time in the trailing window (of at most 32 h)."""
        t = self.state.timeline
        person = (
            np.arange(self.start, self.stop) if self.axis is Axis.RESIDENT else self.state.roster.device_resident[self.device]
        )
        known = person >= 0
        out = np.zeros(len(self), np.bool_)
        if known.any():
            mask = slots_mask(np.full(int(known.sum()), min(SLOTS, -(-window_ms // SLOT_MS))))
            out[known] = ((t.away[:, person[known]] & mask) != 0).any(axis=0)
        return out


def fixed(array: NDArray[Any]) -> NDArray[Any]:
    """A view that cannot be written through: rules look, they do not touch."""
    view = array[...]
    view.flags.writeable = False
    return view
