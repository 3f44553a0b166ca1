"""Finds between which values a setting of a rule may lie. It asks the rule itself, so that no bound is written down twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from homebeat.domain.metric import METRIC_BY_NAME
from homebeat.settings.console_changes import LARGEST, LONGEST
from homebeat.settings.plan import ENABLED

#: Bounds are found to a thousandth.
_FINE: Final = 1_000


def find_bounds(rule: type[Any], values: Mapping[str, Any], name: str) -> tuple[Any, Any] | None:
    """Find the least and the greatest value that the console takes for a setting, with the others as they are.

    Args:
        rule: Its class.
        values: What holds of the rule, by the name of the setting.
        name: Of the setting.

    Returns:
        Both of the type of the setting; None for a setting that is no number and no duration, or that takes none.
    """
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, (int, float, timedelta)):
        return None
    others = {key: one for key, one in values.items() if key not in {name, ENABLED}}
    is_span, is_whole = isinstance(value, timedelta), isinstance(value, int)
    scale = 1 if is_span or is_whole else _FINE
    # a duration of nothing is no duration
    lowest, highest = (1, int(LONGEST.total_seconds())) if is_span else (0, LARGEST * scale)

    def make(step: int) -> Any:
        return timedelta(seconds=step) if is_span else step if is_whole else step / scale

    def fits(step: int) -> bool:
        try:
            rule(**others, **{name: make(step)})
        except ValueError:
            return False
        return True

    known = [_count(one, scale) for one in (value, getattr(rule, name)) if isinstance(one, timedelta) or math.isfinite(one)]
    inside = next((step for step in (*known, lowest, highest) if lowest <= step <= highest and fits(step)), None)
    if inside is None:
        return None
    return make(_find_edge(inside, lowest, fits)), make(_find_edge(inside, highest, fits))


def list_metrics(rule: type[Any], values: Mapping[str, Any], name: str) -> list[str]:
    """List the metrics, by their wire names, that a setting of a rule may name, with the others as they are."""
    others = {key: one for key, one in values.items() if key not in {name, ENABLED}}
    found = []
    for metric in METRIC_BY_NAME:
        try:
            rule(**others, **{name: metric})
        except ValueError:
            continue
        found.append(metric)
    return found


def _count(value: Any, scale: int) -> int:
    return int(value.total_seconds()) if isinstance(value, timedelta) else round(value * scale)


def _find_edge(inside: int, edge: int, fits: Callable[[int], bool]) -> int:
    """Find the last step from `inside` towards `edge` that fits, by halves: all up to it do, and none beyond."""
    if fits(edge):
        return edge
    good, bad = inside, edge
    while abs(bad - good) > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if fits(middle) else (good, middle)
    return good
