"""What proves that a sign of life would have been seen: a band on a living wrist, a sensor that reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.stream.batch import Bool
from homebeat.stream.features.wear import is_off_wrist
from homebeat.stream.registry import find_watched, get_kind_index
from homebeat.stream.series import Series

if TYPE_CHECKING:
    from homebeat.stream.state import State

#: Readings that prove a worn band: the band would have counted steps.
_PROVES_WORN: Final = (Metric.WORN, Metric.HEART_RATE_BPM, Metric.SPO2_PCT)
#: Readings by which a fixed sensor proves that it would have seen movement.
_PROVES_WATCHING: Final = (Metric.MOTION, Metric.DOOR_OPEN, Metric.BED_OCCUPIED, Metric.HEARTBEAT)
#: Kinds whose heartbeat proves it too. A gateway, a smoke detector or a button would not see anybody move.
_SHOWING: Final = tuple(get_kind_index(kind) for kind in (DeviceKind.DOOR, DeviceKind.BED, DeviceKind.MOTION))


def fold_coverage(state: State, of_metric: Mapping[int, Series]) -> None:
    """Fold what proves coverage. Call it before the newest values are folded."""
    before: Series | None = None
    said = of_metric.get(Metric.WORN)
    for metric in (*_PROVES_WORN, *_PROVES_WATCHING):
        series = of_metric.get(metric)
        if series is None:
            continue
        if metric in _PROVES_WORN:
            proves = state.worn_proves[series.device] & (series.value > 0)
            if metric != Metric.WORN:
                proves &= _is_felt(state, metric, series, said)
            state.wear.prove(series.device[proves], series.observed_at[proves])
        else:
            proves = state.watches[series.device]
            if metric == Metric.HEARTBEAT:
                kind = state.roster.device_kind[series.device]
                # of a device whose values may not be watched a heartbeat is all that is taken: it proves nothing of the person
                proves = proves & np.isin(kind, _SHOWING) & find_watched(state.roster.device_withdrawn[series.device], kind)
        if not proves.all():
            _prove(state, metric, series.filter(proves))
        elif not series.is_about(before):
            # a report that carries pulse and "worn" proves the same span twice
            _prove(state, metric, series)
            before = series


def find_off_wrist(state: State, series: Series, said: Series | None) -> Bool | None:
    """bool[n]: the band lay off the wrist as each value was measured, by its own newest report; None: none of them did.

    Args:
        state: What was known before these readings.
        series: What was measured.
        said: The words on wear that came with it.
    """
    if said is not None and series.is_about(said):
        return None if said.value.all() else said.value == 0
    line = state.latest.line[Metric.WORN]
    known_at, known = state.latest.at[line], state.latest.value[line]
    if not (known[series.device] == 0).any() and (said is None or said.value.all()):
        return None
    return is_off_wrist(series, said, known_at, known, state.signs.at)


def _is_felt(state: State, metric: Metric, series: Series, said: Series | None) -> Bool:
    """bool[n]: measured on a living wrist, unless something says otherwise."""
    every = state.roster.device_every[series.device]
    if metric == Metric.HEART_RATE_BPM:
        line = state.latest.line[metric]
        felt = state.wear.fold_pulses(series, state.latest.at[line], state.latest.value[line], every)
    else:
        felt = state.wear.is_alive(series, every)
    off = find_off_wrist(state, series, said)
    return felt if off is None else felt & ~off


def _prove(state: State, metric: Metric, series: Series) -> None:
    residents, each = state.find_residents(series.device)
    until = series.observed_at
    by_band = metric in _PROVES_WORN
    state.timeline.cover(residents, (until - state.span[series.device])[each], until[each], by_band=by_band)
    if by_band:
        resident = state.roster.device_resident[series.device]
        one = resident >= 0
        state.days.note_worn(resident[one].astype(np.intp), series.observed_at[one])
