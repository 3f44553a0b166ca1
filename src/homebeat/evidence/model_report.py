"""The report about models of devices as plain values: what page, JSON file, CSV file and API show. Times are ISO 8601 in UTC.

A count of None is hidden: it is too small to be shown to whoever may see no alert. A share of None has nothing to be computed
from, or is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class IndexPart:
    """One part of the index.

    Attributes:
        part: `false_alarms`, `ease_of_use`, `silence` or `battery`.
        weight: As the settings say.
        value: The figure that it comes from; None where the model has none: then the part does not count.
        worst: At this value and above, the part has no points.
        points: 100 at a value of 0, falling evenly to 0 at `worst`.
    """

    part: str
    weight: float
    value: float | None
    worst: float
    points: float | None


@dataclass(frozen=True, slots=True)
class IndexRule:
    """How the index is computed, and from how much a model is ranked: the table `[procurement]` of the settings.

    Attributes:
        false_alarms, ease_of_use, silence, battery: The weight of each part.
        worst_false_alarms: False alarms of a device in 30 days at which that part has no points; `worst_not_worn`,
            `worst_silence`: shares of the time; `worst_low_batteries`: alerts of a device in 30 days.
        devices, device_months: A model with fewer is not ranked.
        preferred: So many of each kind are preferred.
    """

    false_alarms: float = 40.0
    ease_of_use: float = 30.0
    silence: float = 20.0
    battery: float = 10.0
    worst_false_alarms: float = 1.0
    worst_not_worn: float = 0.5
    worst_silence: float = 0.2
    worst_low_batteries: float = 1.0
    devices: int = 10
    device_months: float = 10.0
    preferred: int = 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """Alerts of one rule that the model's devices raised, and how many were closed as false."""

    rule: str
    alerts: int | None
    false: int | None


@dataclass(frozen=True, slots=True)
class RetiredFor:
    """How many devices were retired for one reason; empty where nobody has said why, as in an import."""

    reason: str
    devices: int


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """How the devices of one model did.

    Attributes:
        model: As the fleet file names it; empty where it names none.
        kind: What kind of device it is; a model that the fleet file gives to two kinds is two.
        devices, homes: Registered at any time of the span.
        device_months: How long they were together, in months of 30 days.
        alerts: On their word ([models](evidence.md)); `closed` with an outcome, `false` of those with `false` or `device`.
        false_low, false_high: Between these lies the false share, with 95 % confidence (Wilson).
        false_per_month: False alarms of a device in 30 days.
        silent_share: Of the time of the devices, in which alerts `device_silent` held.
        silent_now: Devices that are silent now, of `devices_now`.
        not_worn_share: Of the time of the bands, in which alerts `not_worn` held; None for what is not worn.
        late, readings: Of the latest readings of the log, how many were of the model, and how many of these came late.
        low_batteries: Alerts `device_battery_low` in the span; None where no device of the model says how its battery is.
        low_per_month: Of a device in 30 days.
        lives: Times from a start (registered, or charged after a low battery) of which the end is known or not; `lives_ended`
            with a low battery.
        life_days: Half of the lives ended within so many days (Kaplan-Meier); None where fewer have.
        life_at_least_days: More than half of the lives lasted at least so long, by five devices or more.
        retired: Devices that were retired in the span.
        retired_for: Why, as far as somebody has said it.
        set_aside: Messages of the devices in the span that could not be read.
        misread: Devices that are not understood now.
        troubles: By rule, those with most alerts first.
        index: 0 to 100; None where the model is not ranked.
        rank: 1 for the best of its kind; None where it is not ranked.
    """

    model: str
    kind: str
    devices: int | None
    homes: int | None
    device_months: float | None
    alerts: int | None
    closed: int | None
    false: int | None
    false_share: float | None
    false_low: float | None
    false_high: float | None
    false_per_month: float | None
    silent_share: float | None
    silent_now: int | None
    devices_now: int | None
    not_worn_share: float | None
    late: int | None
    readings: int | None
    late_share: float | None
    low_batteries: int | None
    low_per_month: float | None
    lives: int | None
    lives_ended: int | None
    life_days: float | None
    life_at_least_days: float | None
    retired: int | None
    retired_for: Sequence[RetiredFor]
    set_aside: int | None
    misread: int | None
    troubles: Sequence[Trouble]
    parts: Sequence[IndexPart]
    index: float | None
    rank: int | None
    is_preferred: bool


@dataclass(frozen=True, slots=True)
class ModelReport:
    """How the models of devices did in a span.

    Attributes:
        area: This one and all below it; empty for everything.
        days: How long the span is.
        smallest: A smaller count is hidden.
        rule: How the index was computed.
        models: By kind; those that are ranked first, the best first, then those with most devices.
        left_out: Further models, with fewer devices.
    """

    area: str
    timezone: str
    from_at: str
    until_at: str
    as_of: str
    days: float
    smallest: int
    rule: IndexRule
    models: Sequence[ModelFigures] = field(default_factory=list)
    left_out: int = 0


def hide_small_models(report: ModelReport, smallest: int) -> ModelReport:
    """Leave out models of fewer devices or homes, and hide counts from 1 to below `smallest` with what says the same."""
    kept = [one for one in report.models if min(one.devices or 0, one.homes or 0) >= smallest]
    return replace(report, smallest=smallest, models=[_hide(one, smallest) for one in kept], left_out=0)


def _hide(one: ModelFigures, smallest: int) -> ModelFigures:
    """Hide what is small, and what it could be reckoned from: shares of few, and the points that come from them."""
    counts = {each.rule: each.alerts or 0 for each in one.troubles}
    hidden: dict[str, Any] = {"troubles": []}
    if any(each.devices < smallest for each in one.retired_for):
        hidden["retired_for"] = []

    def is_small(*numbers: int | None) -> bool:
        return any(count is not None and 0 < count < smallest for count in numbers)

    if is_small(one.false, one.closed, (one.alerts or 0) - (one.closed or 0), (one.closed or 0) - (one.false or 0)):
        hidden |= dict.fromkeys(("alerts", "closed", "false", "false_share", "false_low", "false_high", "false_per_month"))
    if is_small(one.low_batteries, one.lives, one.lives_ended, (one.lives or 0) - (one.lives_ended or 0)):
        hidden |= dict.fromkeys(("low_batteries", "low_per_month", "lives", "lives_ended", "life_days", "life_at_least_days"))
    for name, rule in (("silent_share", "device_silent"), ("not_worn_share", "not_worn")):
        if getattr(one, name) and counts.get(rule, 0) < smallest:
            hidden[name] = None
    for name in ("silent_now", "retired", "set_aside", "misread"):
        if is_small(getattr(one, name)):
            hidden[name] = None
    if is_small((one.devices_now or 0) - (one.silent_now or 0)):
        hidden["silent_now"] = None
    if hidden.keys() & {"false", "low_batteries", "silent_share", "not_worn_share"}:
        hidden |= {"index": None, "parts": [replace(part, value=None, points=None) for part in one.parts]}
    return replace(one, **hidden)
