"""Signs that somebody is in the home, gathered while readings are folded: who is declared to be away may have come back."""

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
    """Keep signs in homes until all of a fold are known; `sure`: which of them nobody but the resident can have made."""
    if state.absences.rows and len(device):
        state.at_home.append((device, at, np.zeros(len(device), np.bool_) if sure is None else sure))


def note_walk(state: State, walk: Walk) -> None:
    """Steps do not say where: those of a band that is known to be at home do, and of one that comes back into reach."""
    if not state.absences.rows:
        return
    resident = state.roster.device_resident[walk.device]
    home, home_at = state.timeline.home[resident], state.timeline.home_at[resident]
    at_home = (home == 1) & (walk.at - np.maximum(home_at, 0) < LEFT_MS)
    own = (resident >= 0) & (at_home | (walk.at - np.maximum(walk.since, 0) >= LEFT_MS))
    note_at_home(state, walk.device[own], walk.at[own], own[own])


def look_for_returns(state: State) -> None:
    """Take in the signs of a fold, and let absences end that are over."""
    noted, state.at_home = state.at_home, []
    if not noted:
        return
    device, at, sure = (np.concatenate(columns) for columns in zip(*noted, strict=True))
    residents, each = state.residents_of(device)
    state.absences.see(residents, at[each], sure[each])
    if state.absences.has_ended:
        state.declare()
