"""Finds the states of residents and devices that pages show and that changed enough to be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.engine.judge import count_rows
from homebeat.rules.coverage import HomeState, find_home_state
from homebeat.rules.frame import Axis, Frame
from homebeat.store import DeviceState, ResidentState
from homebeat.stream.batch import F32, I32, I64, NEVER, Bool
from homebeat.stream.roster import ALL_WITHDRAWN

#: A time that moved by less is not written.
_WORTH_MS: Final = 300_000
#: A battery that moved by less, per cent, is not written for that alone.
_WORTH_PCT: Final = 1.0
#: How many rows are written at a time: after a start all of them differ, and an SOS must not wait for them.
_AT_A_TIME: Final = 5_000


class StateChanges:
    """Compares states with those last written."""

    def __init__(self) -> None:
        self._state: NDArray[np.int8] = np.empty(0, np.int8)
        self._since: I64 = np.empty(0, np.int64)
        self._away: Bool = np.empty(0, np.bool_)
        self._life: I64 = np.empty(0, np.int64)
        self._proven: I64 = np.empty(0, np.int64)
        self._heard: I64 = np.empty(0, np.int64)
        self._silent: Bool = np.empty(0, np.bool_)
        self._beats: I32 = np.empty(0, np.int32)
        self._battery: F32 = np.empty(0, np.float32)
        #: Whether the last look left rows for the next one.
        self.has_more = False
        self._last_resident = self._last_device = -1

    def find_changes(
        self, engine: Engine, now: int, senders: Sequence[I32] | None = None
    ) -> tuple[list[ResidentState], list[DeviceState]]:
        """Find the rows to write at `now` (epoch ms), at most a few thousand; they count as written.

        Args:
            engine: Whose states they are.
            now: Epoch ms.
            senders: Where it is not yet time to look at everything: the rows of devices of which something has just come. Those
                that were never heard before are found alone, or a page would say of them that they never were.
        """
        if senders is not None and not self.has_more:
            return [], self._find_first_heard(engine, now, np.concatenate(senders))
        self.has_more = False
        return self._find_residents(engine, now), self._find_devices(engine, now)

    def _choose_rows(self, changed: Bool, last: int) -> NDArray[np.intp]:
        """Choose the first changed rows after the last one written, then from the beginning, so that each row has its turn."""
        rows = np.flatnonzero(changed)
        if len(rows) <= _AT_A_TIME:
            return rows
        self.has_more = True
        return np.roll(rows, -int(np.searchsorted(rows, last, side="right")))[:_AT_A_TIME]

    def _find_residents(self, engine: Engine, now: int) -> list[ResidentState]:
        n = count_rows(engine.roster, Axis.RESIDENT)
        away = engine.find_away(now)
        frame = Frame(Axis.RESIDENT, 0, n, now, engine.listening_at, engine.state, np.full(n, NEVER), away)
        state, life, proven = find_home_state(frame), frame.life_at, frame.proven_at
        # what was seen before may be recent; nobody watches them now
        state[engine.roster.resident_withdrawn == ALL_WITHDRAWN] = HomeState.UNKNOWN
        self._grow_residents(n)
        turned = state != self._state
        self._since = np.where(turned & (self._state >= 0), now, self._since)
        changed = turned | (away != self._away) | has_moved(life, self._life) | has_moved(proven, self._proven)
        changed &= engine.roster.resident_active
        rows = self._choose_rows(changed, self._last_resident)
        self._last_resident = int(rows[-1]) if len(rows) else -1
        before = self._life[rows].tolist()
        self._state[rows], self._away[rows] = state[rows], away[rows]
        self._life[rows], self._proven[rows] = life[rows], proven[rows]
        return [
            ResidentState(
                engine.roster.resident_ids[i],
                HomeState(int(state[i])).name.lower(),
                read_time(self._since[i]),
                read_time(life[i]),
                read_time(proven[i]),
                bool(away[i]),
                now,
                engine.state.timeline.read_signs(i, known),
            )
            for i, known in zip(rows.tolist(), before, strict=True)
        ]

    def _find_first_heard(self, engine: Engine, now: int, senders: I32) -> list[DeviceState]:
        self._grow_devices(count_rows(engine.roster, Axis.DEVICE))
        heard, battery = engine.state.heard.at, engine.state.latest.value[engine.state.latest.line[Metric.BATTERY_PCT]]
        new = (self._heard[senders] == NEVER) & (heard[senders] > NEVER) & engine.roster.device_active[senders]
        if not new.any():
            return []  # nearly always
        rows = np.unique(senders[new])[:_AT_A_TIME]
        self._heard[rows], self._silent[rows], self._battery[rows] = heard[rows], False, battery[rows]
        # what it does by itself takes a look at every device, and is found by the next one
        return [
            DeviceState(engine.roster.device_ids[i], int(heard[i]), read_level(battery[i]), silent=False, updated_at=now)
            for i in rows.tolist()
        ]

    def _find_devices(self, engine: Engine, now: int) -> list[DeviceState]:
        n = count_rows(engine.roster, Axis.DEVICE)
        self._grow_devices(n)
        heard, battery = engine.state.heard.at, engine.state.latest.value[engine.state.latest.line[Metric.BATTERY_PCT]]
        edges = engine.judge.edges.get("device_silent")
        silent = np.zeros(n, np.bool_) if edges is None else edges.list_standing_since(slice(0, n)) > NEVER
        beats, litres = _read_rhythms(engine, n)
        changed = (silent != self._silent) | (beats != self._beats) | has_moved(heard, self._heard)
        # a device counts as heard at once; what it said of its battery is folded a step of the grid later
        changed |= ~np.isnan(battery) & ~(np.abs(battery - self._battery) < _WORTH_PCT)
        rows = self._choose_rows(changed & engine.roster.device_active, self._last_device)
        self._last_device = int(rows[-1]) if len(rows) else -1
        self._silent[rows] = silent[rows]
        self._heard[rows], self._beats[rows], self._battery[rows] = heard[rows], beats[rows], battery[rows]
        return [
            DeviceState(
                engine.roster.device_ids[i],
                read_time(heard[i]),
                read_level(battery[i]),
                bool(silent[i]),
                now,
                int(beats[i]) or None,
                int(litres[i]) or None,
            )
            for i in rows.tolist()
        ]

    def _grow_devices(self, n: int) -> None:
        self._heard, self._silent = grow(self._heard, n, NEVER), grow(self._silent, n, fill=False)
        self._beats, self._battery = grow(self._beats, n, 0), grow(self._battery, n, np.nan)

    def _grow_residents(self, n: int) -> None:
        self._state, self._away = grow(self._state, n, -1), grow(self._away, n, fill=False)
        self._since, self._life, self._proven = (grow(a, n, NEVER) for a in (self._since, self._life, self._proven))


def _read_rhythms(engine: Engine, devices: int) -> tuple[I32, I32]:
    """(seconds between what each device does by itself, litres that a meter draws then), int32[devices]; 0 for none."""
    every_s, litres = engine.state.beats.list_intervals_s(devices), np.zeros(devices, np.int32)
    meter = engine.roster.meter_device
    every_s[meter], litres[meter] = engine.state.timers.list_timers(len(meter))
    return every_s, litres


def grow(array: NDArray[Any], rows: int, fill: float) -> NDArray[Any]:
    """Return the array with `rows` rows; new ones hold `fill`."""
    return np.concatenate([array, np.full(rows - len(array), fill, array.dtype)])


def has_moved(now: I64, before: I64) -> Bool:
    """bool[n]: where a time moved on by enough to be written."""
    new: Bool = (now > before) & ((before == NEVER) | (now - np.maximum(before, 0) >= _WORTH_MS))
    return new


def read_time(at: np.int64) -> int | None:
    """Read a time; None for never."""
    return None if at == NEVER else int(at)


def read_level(level: np.float32) -> float | None:
    """Read the level of a battery, per cent; None for not known."""
    return None if np.isnan(level) else float(level)
