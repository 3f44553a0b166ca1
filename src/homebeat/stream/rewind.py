"""What all features do when the clock was ahead and steps back."""

from __future__ import annotations

from homebeat.stream.features.past import U64, Past
from homebeat.stream.state import State


def rewind(state: State, to: int) -> None:
    """Follow a step of the clock back to `to` (epoch ms).

    What was noted at a later time counts as just now: there is no sign of life from the future. Slots of the timeline that were
    pushed out while the clock was ahead come back from `Past`, to the half hour.
    """
    timeline, past = state.timeline, state.past
    recalled = {h: _read_past(past, h) for h in timeline.list_half_hours_pushed_out(to) if h <= past.head}
    for feature in state.features.values():
        feature.rewind(to)
    for half_hour, (life, ran) in recalled.items():
        timeline.recall(half_hour, life, ran)
    state.unheard.rewind(to)
    state.enrol(state.roster.with_times_until(to))


def _read_past(past: Past, half_hour: int) -> tuple[U64, U64]:
    """(life, ran) of a half hour. A single gap between two half hours in which the clock ran is a weighting and is filled."""
    life, ran = past.get_half_hour(half_hour)
    if half_hour < past.head:
        ran = ran | (past.get_half_hour(half_hour - 1)[1] & past.get_half_hour(half_hour + 1)[1])
    return life, ran
