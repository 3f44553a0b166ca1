"""The limit of `no_sign_of_life` that is in force for each resident and half hour of the day, whatever it comes from."""

from __future__ import annotations

from typing import Final

import numpy as np

from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import applies
from homebeat.rules.frame import Axis
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.stream.batch import F32, I32, I64, Bool
from homebeat.stream.features.learned import SLOTS
from homebeat.stream.features.timeline import SLOT_MS

_HALF_HOUR_MS: Final = 1_800_000
_SLOTS_A_HALF_HOUR: Final = _HALF_HOUR_MS // SLOT_MS


def limits_in_force(engine: Engine) -> F32:
    """float32[48, residents]: minutes of quiet allowed after a last sign of life in each local half hour; inf: rule off."""
    roster = engine.roster
    out = np.full((SLOTS, len(roster.resident_ids)), np.inf, np.float32)
    variant = engine.book.rows(roster, Axis.RESIDENT)
    for index, rule in engine.book.of_code(NoSignOfLife.code):
        if isinstance(rule, NoSignOfLife):
            mine = applies(variant, index)
            out[:, mine] = _allowed(rule, engine, mine)
    return out


def _allowed(rule: NoSignOfLife, engine: Engine, mine: Bool) -> F32:
    """float32[48, n]: the rule's own words, `limits_ms`, for every half hour at once."""
    bounds, learned = rule.policy(), engine.state.learned
    minutes = learned.limit_minutes[:, mine].astype(np.float32)
    if not rule.learned:
        return np.full_like(minutes, bounds.prior_minutes)
    most = np.where(learned.at_home_known[mine], bounds.ceiling_minutes, bounds.cap_minutes)
    own = np.clip(minutes, bounds.floor_minutes, most)
    return np.where(minutes > 0, own, np.float32(bounds.prior_minutes)).astype(np.float32)


class LocalClock:
    """Local times of slots, by resident."""

    def __init__(self, engine: Engine) -> None:
        self._local, self._zone, self._zones = engine.state.local, engine.roster.zone, engine.roster.zones

    def minutes(self, rows: I32, slot: I64) -> I64:
        """int64[n]: local minutes (epoch as if the wall clock were UTC) at which these slots begin, for these residents."""
        out = np.empty(len(rows), np.int64)
        zone, half_hour = self._zone[rows], slot // _SLOTS_A_HALF_HOUR
        for number in np.unique(zone).tolist():
            here = zone == number
            first = int(half_hour[here].min())
            offsets = self._local.offsets_s(self._zones[number], first, int(half_hour[here].max()) - first + 1)
            out[here] = slot[here] * (SLOT_MS // 60_000) + offsets[half_hour[here] - first] // 60
        return out

    def now(self, slot: int) -> I64:
        """The same for all residents at one slot."""
        rows = np.arange(len(self._zone), dtype=np.int32)
        return self.minutes(rows, np.full(len(rows), slot))
