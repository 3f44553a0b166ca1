"""What a device takes back is as if it had not been shown: the quiet clock, and what is learned from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from homebeat.stream.features.steps import Misread
from homebeat.stream.features.water import TakenBack

if TYPE_CHECKING:
    from homebeat.stream.state import State


def unsay_use(state: State, back: TakenBack) -> None:
    """A rise of a meter was no use."""
    if not back.is_small:
        state.hours.forget(back.meter, back.since)
    state.drips.unsay(back.meter, back.rose_at)
    state.timers.unsay(back.meter)
    device = int(state.roster.meter_device[back.meter])
    if state.signs.at[device] > back.rose_at:
        _unlive(state, device, back.rose_at)


def unsay_steps(state: State, misread: Misread) -> None:
    """Steps were shown that nobody walked."""
    if state.signs.at[misread.device] == misread.at:
        _unlive(state, misread.device, misread.shown_at)
    resident = int(state.roster.device_resident[misread.device])
    if resident >= 0:
        row, at, since = np.array([resident]), np.array([misread.at]), np.array([misread.since])
        state.days.walk(row, at, since, np.array([-misread.steps]))


def unsay_beats(state: State) -> None:
    """A device was found to beat by itself: its last beats, when nothing else came from it, were nobody's doing."""
    for beating in state.beats.found:
        if max(beating.own_at, 0) < state.signs.at[beating.device] <= beating.beat_at:
            _unlive(state, beating.device, beating.own_at)


def _unlive(state: State, device: int, life_at: int) -> None:
    """The newest sign of life of a device was none; `life_at` is the one before it, NEVER if there was none."""
    state.signs.at[device] = life_at
    residents, _ = state.residents_of(np.array([device]))
    for row in residents.tolist():
        speaks = np.searchsorted(state.roster.who_start, np.flatnonzero(state.roster.who == row), side="right") - 1
        state.timeline.unlive(row, int(state.signs.at[speaks].max()))
    state.look_up_limits(residents)
