"""Computes the limit of `no_sign_of_life` in force for each resident and half hour of the day, wherever it comes from."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np

from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook, is_variant
from homebeat.rules.asked import Asked
from homebeat.rules.frame import Axis
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.stream.batch import F32, I32, I64, Bool
from homebeat.stream.features.learned import SLOTS, Learned
from homebeat.stream.features.timeline import SLOT_MS
from homebeat.stream.roster import Roster

_MINUTE: Final = timedelta(minutes=1)
_HALF_HOUR_MS: Final = 1_800_000
_SLOTS_A_HALF_HOUR: Final = _HALF_HOUR_MS // SLOT_MS


def compute_limits(book: RuleBook, roster: Roster, learned: Learned) -> F32:
    """float32[48, residents]: minutes of quiet allowed after a last sign of life in each local half hour; inf: rule off."""
    out = np.full((SLOTS, len(roster.resident_ids)), np.inf, np.float32)
    variant = book.find_variants(roster, Axis.RESIDENT)
    for index, rule in book.list_variants(NoSignOfLife.code):
        if isinstance(rule, NoSignOfLife):
            mine = is_variant(variant, index)
            out[:, mine] = _compute_rule_limits(rule, learned, mine)
    for index, rule in book.list_variants(Asked.code):
        if isinstance(rule, Asked):
            mine = is_variant(variant, index) & roster.asks & _has_asking(roster)
            # after a collapse nobody answers, so the end of the answer window works like a limit
            out[:, mine] = np.minimum(out[:, mine], _compute_answer_limits(rule, learned, mine))
    return out


def _compute_rule_limits(rule: NoSignOfLife, learned: Learned, mine: Bool) -> F32:
    """float32[48, n]: minutes, what the rule's `limits_ms` gives, for every half hour at once."""
    bounds = rule.make_policy()
    minutes = learned.limit_minutes[:, mine].astype(np.float32)
    if not rule.learned:
        return np.full_like(minutes, bounds.prior_minutes)
    most = np.where(learned.at_home_known[mine], bounds.ceiling_minutes, bounds.cap_minutes)
    own = np.clip(minutes, bounds.floor_minutes, most)
    return np.where(minutes > 0, own, np.float32(bounds.prior_minutes)).astype(np.float32)


def _compute_answer_limits(rule: Asked, learned: Learned, mine: Bool) -> F32:
    """float32[48, n]: minutes of quiet after which the answer to the question would be overdue."""
    minutes = learned.ask_minutes[:, mine].astype(np.float32)
    ask = np.where(minutes > 0, np.maximum(minutes, rule.floor / _MINUTE), rule.ask_after / _MINUTE)
    return (ask + rule.answer_within / _MINUTE).astype(np.float32)


def _has_asking(roster: Roster) -> Bool:
    """bool[residents]: somebody can be asked."""
    out = np.zeros(len(roster.resident_ids), np.bool_)
    of_whom = np.repeat(roster.device_asks & roster.device_active, np.diff(roster.who_start))
    out[roster.who[of_whom]] = True
    return out


class LocalClock:
    """Computes local times of slots, by resident."""

    def __init__(self, engine: Engine) -> None:
        self._local, self._zone, self._zones = engine.state.local, engine.roster.zone, engine.roster.zones

    def compute_minutes(self, rows: I32, slot: I64) -> I64:
        """int64[n]: local minutes (epoch as if the wall clock were UTC) at which these slots begin, for these residents."""
        out = np.empty(len(rows), np.int64)
        zone, half_hour = self._zone[rows], slot // _SLOTS_A_HALF_HOUR
        for number in np.unique(zone).tolist():
            here = zone == number
            first = int(half_hour[here].min())
            offsets = self._local.get_offsets_s(self._zones[number], first, int(half_hour[here].max()) - first + 1)
            out[here] = slot[here] * (SLOT_MS // 60_000) + offsets[half_hour[here] - first] // 60
        return out

    def compute_now(self, slot: int) -> I64:
        """int64[residents]: local minutes at which one slot (epoch ms // 600,000) begins, for all residents."""
        rows = np.arange(len(self._zone), dtype=np.int32)
        return self.compute_minutes(rows, np.full(len(rows), slot))
