"""Signs that somebody is in the home, collected while readings are folded: a resident who is declared away may be back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from homebeat.stream.batch import I32, I64, Bool
from homebeat.stream.features.absences import LEFT_MS
from homebeat.stream.features.steps import Walk
from homebeat.stream.previous import Rows

if TYPE_CHECKING:
    from homebeat.stream.state import State


def note_at_home(state: State, device: Rows | I32, at: I64, sure: Bool | None = None) -> None:
    """Collect signs in homes (times epoch ms) until a fold is complete; `sure`: bool[n], only the resident can have made it."""
    if state.absences.rows and len(device):
        state.at_home.append((device, at, np.zeros(len(device), np.bool_) if sure is None else sure))


def note_walk(state: State, walk: Walk) -> None:
    """Collect steps of a band that is known to be at home, or that comes back into reach. Other steps do not say where."""
    if not state.absences.rows:
        return
    resident = state.roster.device_resident[walk.device]
    home, home_at = state.timeline.home[resident], state.timeline.home_at[resident]
    at_home = (home == 1) & (walk.at - np.maximum(home_at, 0) < LEFT_MS)
    own = (resident >= 0) & (at_home | (walk.at - np.maximum(walk.since, 0) >= LEFT_MS))
    note_at_home(state, walk.device[own], walk.at[own], own[own])


def look_for_returns(state: State) -> None:
    """Take in the collected signs, and end the absences that are over."""
    noted, state.at_home = state.at_home, []
    if not noted:
        return
    device, at, sure = (np.concatenate(columns) for columns in zip(*noted, strict=True))
    residents, each = state.find_residents(device)
    state.absences.note_signs(residents, at[each], sure[each])
    if state.absences.has_ended:
        state.declare()
