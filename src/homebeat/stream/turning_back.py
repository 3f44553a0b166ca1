"""What all features do when it turns out that the clock ran ahead."""

from __future__ import annotations

from homebeat.stream.features.past import U64, Past
from homebeat.stream.state import State


def turn_back(state: State, to: int) -> None:
    """Take over that it is `to` (epoch ms) now, though the clock has been ahead of that.

    What was noted at a later time counts as just now: it is no sign of life from the future. Slots of the timeline that were
    pushed out while the clock ran ahead come back from what habits are learned from, to the half hour.
    """
    timeline, past = state.timeline, state.past
    recalled = {h: _as_it_was(past, h) for h in timeline.half_hours_pushed_out(to) if h <= past.head}
    for feature in state.features.values():
        feature.turn_back(to)
    for half_hour, (life, ran) in recalled.items():
        timeline.recall(half_hour, life, ran)
    state.enrol(state.roster.turned_back(to))


def _as_it_was(past: Past, half_hour: int) -> tuple[U64, U64]:
    """(life, ran) of a half hour. One between two in which the clock ran was only left out so that such quiet weighs less."""
    life, ran = past.half_hour(half_hour)
    if half_hour < past.head:
        ran = ran | (past.half_hour(half_hour - 1)[1] & past.half_hour(half_hour + 1)[1])
    return life, ran
