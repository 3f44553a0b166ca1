"""Retracts what a device showed and took back: for the quiet clock, and for what is learned from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from homebeat.stream.features.steps import Misread
from homebeat.stream.features.water import RetractedUse

if TYPE_CHECKING:
    from homebeat.stream.state import State


def retract_use(state: State, back: RetractedUse) -> None:
    """Retract a rise of a meter: it was no use."""
    if not back.is_small:
        state.hours.forget(back.meter, back.since)
    state.drips.retract(back.meter, back.rose_at)
    state.timers.retract(back.meter)
    device = int(state.roster.meter_device[back.meter])
    if state.signs.at[device] > back.rose_at:
        _retract_life(state, device, back.rose_at)


def retract_steps(state: State, misread: Misread) -> None:
    """Retract steps that nobody walked."""
    if state.signs.at[misread.device] == misread.at:
        _retract_life(state, misread.device, misread.shown_at)
    resident = int(state.roster.device_resident[misread.device])
    if resident >= 0:
        row, at, since = np.array([resident]), np.array([misread.at]), np.array([misread.since])
        state.days.add_steps(row, at, since, np.array([-misread.steps]))


def retract_beats(state: State) -> None:
    """Retract the last beats of a device that was found to beat by itself, if nothing else came from it since."""
    for beating in state.beats.found:
        if max(beating.own_at, 0) < state.signs.at[beating.device] <= beating.beat_at:
            _retract_life(state, beating.device, beating.own_at)


def _retract_life(state: State, device: int, life_at: int) -> None:
    """Retract the newest sign of life of a device; `life_at` is the one before it (epoch ms), NEVER if there was none."""
    state.signs.at[device] = life_at
    residents, _ = state.find_residents(np.array([device]))
    for row in residents.tolist():
        speaks = np.searchsorted(state.roster.who_start, np.flatnonzero(state.roster.who == row), side="right") - 1
        state.timeline.remove_life(row, int(state.signs.at[speaks].max()))
    state.look_up_limits(residents)
