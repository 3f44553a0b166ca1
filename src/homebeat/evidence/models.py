"""Gathers how the devices of each model did: alerts, silence, batteries, trouble, and the index by which bands are bought."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from homebeat.domain.alert import WAITING, Outcome, TransitionKind
from homebeat.domain.durations import DAY_MS
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.instants import format_instant
from homebeat.evidence.course import AlertCourse, list_firing_spans
from homebeat.evidence.load import merge_spans
from homebeat.evidence.model_report import IndexPart, IndexRule, ModelFigures, ModelReport, RetiredFor, Trouble
from homebeat.evidence.survival import Life, estimate_life, find_share_bounds

SILENT: Final = "device_silent"
NOT_WORN: Final = "not_worn"
BATTERY: Final = "device_battery_low"
#: Of their alerts it counts when the condition held; of others it does not.
FOLLOWED: Final = frozenset({SILENT, NOT_WORN, BATTERY})
_MONTH_MS: Final = 30 * DAY_MS
_FALSE: Final = frozenset({Outcome.FALSE, Outcome.DEVICE})
#: Models are free text, and a file may have one for each device: those with most devices are listed.
MOST_MODELS: Final = 200


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """A device that was registered at some time of the span.

    Attributes:
        enrolled_at, retired_at: Epoch ms; `enrolled_at` 0: not known, `retired_at` None: it is there.
        is_silent: Now.
        says_battery: It has said how its battery is.
        is_misread: It reports now, and nothing useful is understood.
        retired_for: Why it was retired (`domain.retirement`); empty where nobody has said it.
    """

    id: str
    household: str
    kind: str
    model: str
    enrolled_at: int
    retired_at: int | None
    is_silent: bool
    says_battery: bool
    is_misread: bool
    retired_for: str = ""


@dataclass(frozen=True, slots=True)
class ModelSurroundings:
    """What the report needs beside the alerts.

    Attributes:
        timezone: Whose days are counted.
        late: Of each model, how many of the latest readings were its, and how many of these came late.
        set_aside: Of each device, how many of its messages of the span could not be read.
        kept_since: Older alerts are deleted; epoch ms.
    """

    timezone: str = "UTC"
    late: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    kept_since: int = 0


_Key = tuple[str, str]  # kind and model


class ModelGathering:
    """Takes the alerts of a span, and those that were open in it.

    Args:
        span: From, and until before, epoch ms.
        as_of: Now, epoch ms.
        devices: Those of the span.
    """

    def __init__(self, span: tuple[int, int], as_of: int, devices: Iterable[SeenDevice]) -> None:
        self._span, self._as_of = span, as_of
        self._devices: dict[_Key, list[SeenDevice]] = defaultdict(list)
        self._key_of: dict[str, _Key] = {}
        self._kinds_of: dict[str, set[_Key]] = defaultdict(set)
        for one in devices:
            key = (one.kind, one.model)
            self._devices[key].append(one)
            self._key_of[f"device:{one.id}"] = key
            self._kinds_of[one.model].add(key)
        self._alerts: Counter[_Key] = Counter()
        self._closed: Counter[_Key] = Counter()
        self._false: Counter[_Key] = Counter()
        self._troubles: dict[_Key, Counter[str]] = defaultdict(Counter)
        self._false_troubles: dict[_Key, Counter[str]] = defaultdict(Counter)
        self._lows: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
        self._held: dict[str, dict[str, list[tuple[int, int]]]] = {SILENT: defaultdict(list), NOT_WORN: defaultdict(list)}

    def add(self, course: AlertCourse) -> None:
        """Add an alert. One from before the span counts for the conditions that held in it, alone.

        Only those of the rules `FOLLOWED` need their steps.
        """
        if course.rule == BATTERY and course.opened_at >= self._span[0]:
            self.add_battery(course)
        if course.rule in self._held and course.subject in self._key_of:
            spans = ((max(a, self._span[0]), min(b, self._span[1])) for a, b in list_firing_spans(course, self._as_of))
            self._held[course.rule][course.subject] += [(a, b) for a, b in spans if a < b]
        if not self._span[0] <= course.opened_at < self._span[1] or course.queue not in WAITING:
            return
        own = self._key_of.get(course.subject)
        for key in {own} if own is not None else self._find_keys(course):
            self._alerts[key] += 1
            self._closed[key] += course.outcome is not None
            self._false[key] += course.outcome in _FALSE
            if own is not None:
                self._troubles[key][course.rule] += 1
                self._false_troubles[key][course.rule] += course.outcome in _FALSE

    def add_battery(self, course: AlertCourse) -> None:
        """Add an alert about a low battery that was opened before the span; `add` knows those from within it."""
        if course.subject in self._key_of:
            cleared = [step.at for step in course.steps if step.kind is TransitionKind.CLEARED]
            self._lows[course.subject].append((course.opened_at, cleared[-1] if cleared else None))

    def _find_keys(self, course: AlertCourse) -> set[_Key]:
        """Find the models of an alert that names no device. One model name for two kinds counts in both."""
        return {key for model in course.device_models for key in self._kinds_of.get(model, ())}

    def make_report(self, area: str, rule: IndexRule, around: ModelSurroundings) -> ModelReport:
        """Make the report about an area and all below it; empty for everything."""
        lives = self._list_lives(around)
        order = sorted(self._devices, key=lambda key: (-len(self._devices[key]), key))
        found = [self._measure(key, rule, around, lives.get(key, ())) for key in order[:MOST_MODELS]]
        return ModelReport(
            area=area,
            timezone=around.timezone,
            from_at=format_instant(self._span[0]),
            until_at=format_instant(self._span[1]),
            as_of=format_instant(self._as_of),
            days=round((self._span[1] - self._span[0]) / DAY_MS, 2),
            smallest=1,
            rule=rule,
            models=rank_models(found, rule),
            left_out=len(order) - len(found),
        )

    def _measure(self, key: _Key, rule: IndexRule, around: ModelSurroundings, lives: Sequence[Life]) -> ModelFigures:
        devices, (kind, model) = self._devices[key], key
        time_ms = sum(self._measure_time(one) for one in devices)
        months = time_ms / _MONTH_MS
        alerts, closed, false = self._alerts[key], self._closed[key], self._false[key]
        bounds = find_share_bounds(false, closed)
        held = {code: self._sum_held(code, devices) for code in self._held}
        now = [one for one in devices if one.retired_at is None]
        gone = [one for one in devices if one.retired_at is not None and self._span[0] <= one.retired_at < self._span[1]]
        speaks = any(one.says_battery for one in devices) or bool(lives or self._troubles[key][BATTERY])
        low, estimate = self._troubles[key][BATTERY], estimate_life(lives)
        readings, late = around.late.get(model, (0, 0)) if len(self._kinds_of[model]) == 1 else (0, 0)
        is_band = kind == DeviceKind.WRISTBAND.value
        return ModelFigures(
            model=model,
            kind=kind,
            devices=len(devices),
            homes=len({one.household for one in devices}),
            device_months=round(months, 2),
            alerts=alerts,
            closed=closed,
            false=false,
            false_share=_divide(false, closed),
            false_low=None if bounds is None else round(bounds[0], 4),
            false_high=None if bounds is None else round(bounds[1], 4),
            false_per_month=_divide(false, months),
            silent_share=_divide(held[SILENT], time_ms),
            silent_now=sum(one.is_silent for one in now),
            devices_now=len(now),
            not_worn_share=_divide(held[NOT_WORN], time_ms) if is_band else None,
            late=late,
            readings=readings,
            late_share=_divide(late, readings),
            low_batteries=low if speaks else None,
            low_per_month=_divide(low, months) if speaks else None,
            lives=len(lives) if speaks else None,
            lives_ended=sum(one.has_ended for one in lives) if speaks else None,
            life_days=_round_days(estimate.median) if speaks else None,
            life_at_least_days=_round_days(estimate.at_least) if speaks else None,
            retired=len(gone),
            retired_for=_count_reasons(gone),
            set_aside=sum(around.set_aside.get(one.id, 0) for one in devices),
            misread=sum(one.is_misread for one in now),
            troubles=[
                Trouble(code, many, self._false_troubles[key][code])
                for code, many in sorted(self._troubles[key].items(), key=lambda item: (-item[1], item[0]))
            ],
            parts=make_parts(
                rule,
                _divide(false, months),
                _divide(held[NOT_WORN], time_ms) if is_band else None,
                _divide(held[SILENT], time_ms),
                _divide(low, months) if speaks else None,
            ),
            index=None,
            rank=None,
            is_preferred=False,
        )

    def _measure_time(self, one: SeenDevice) -> int:
        end = self._span[1] if one.retired_at is None else min(one.retired_at, self._span[1])
        return max(0, end - max(one.enrolled_at, self._span[0]))

    def _sum_held(self, rule: str, devices: Iterable[SeenDevice]) -> int:
        """Sum for how long alerts of a rule held, within the time of each device: a past that was recorded begins before it."""
        total = 0
        for one in devices:
            last = self._span[1] if one.retired_at is None else one.retired_at
            for start, end in merge_spans(self._held[rule].get(f"device:{one.id}", [])):
                total += max(0, min(end, last) - max(start, one.enrolled_at))
        return total

    def _list_lives(self, around: ModelSurroundings) -> dict[_Key, list[Life]]:
        """List how long batteries lasted: from the registration, or from when a low one was charged or changed, until it is low.

        What began at a time that is not known, or before alerts are kept, is no life.
        """
        found: dict[_Key, list[Life]] = defaultdict(list)
        for key, devices in self._devices.items():
            for one in devices:
                lows = self._lows.get(f"device:{one.id}", ())
                if one.says_battery or lows:
                    found[key] += self._follow_battery(one, sorted(lows), around.kept_since)
        return found

    def _follow_battery(self, one: SeenDevice, lows: Sequence[tuple[int, int | None]], kept_since: int) -> Iterable[Life]:
        start = one.enrolled_at if one.enrolled_at > max(0, kept_since) else None
        for low_at, charged_at in lows:
            if start is not None and low_at > start:
                yield Life((low_at - start) / DAY_MS, has_ended=True)
            start = charged_at
        end = self._span[1] if one.retired_at is None else min(one.retired_at, self._span[1])
        if start is not None and end > start:
            yield Life((end - start) / DAY_MS, has_ended=False)


def make_parts(
    rule: IndexRule, false_per_month: float | None, not_worn: float | None, silent: float | None, low_per_month: float | None
) -> list[IndexPart]:
    """Make the parts of the index from the figures; a part whose figure is None does not count."""
    given = (
        ("false_alarms", rule.false_alarms, false_per_month, rule.worst_false_alarms),
        ("ease_of_use", rule.ease_of_use, not_worn, rule.worst_not_worn),
        ("silence", rule.silence, silent, rule.worst_silence),
        ("battery", rule.battery, low_per_month, rule.worst_low_batteries),
    )
    return [
        IndexPart(part, weight, value, worst, None if value is None else round(100 * max(0.0, 1 - value / worst), 1))
        for part, weight, value, worst in given
    ]


def compute_index(parts: Iterable[IndexPart]) -> float | None:
    """Compute the mean of the points, by their weights, of the parts that count; None where none does."""
    counted = [(one.points, one.weight) for one in parts if one.points is not None]
    weight = sum(own for _, own in counted)
    return round(sum(points * own for points, own in counted) / weight, 1) if weight > 0 else None


def rank_models(models: Iterable[ModelFigures], rule: IndexRule) -> list[ModelFigures]:
    """Rank the models of each kind by their index. Those with too few devices, too little time or no name are not ranked."""
    by_kind: dict[str, list[ModelFigures]] = defaultdict(list)
    for one in models:
        by_kind[one.kind].append(one)
    found = []
    for kind in sorted(by_kind):
        ranked = [replace(one, index=compute_index(one.parts)) for one in by_kind[kind] if is_enough(one, rule)]
        ranked = sorted((one for one in ranked if one.index is not None), key=lambda one: (-(one.index or 0), one.model))
        named = {one.model for one in ranked}
        for one in ranked:
            # equal ones share a place
            place = 1 + sum((other.index or 0) > (one.index or 0) for other in ranked)
            found.append(replace(one, rank=place, is_preferred=place <= rule.preferred))
        found += [one for one in by_kind[kind] if one.model not in named]
    return found


def is_enough(one: ModelFigures, rule: IndexRule) -> bool:
    """Whether there is enough of a model to rank it."""
    return bool(one.model) and (one.devices or 0) >= rule.devices and (one.device_months or 0) >= rule.device_months


def _count_reasons(gone: Iterable[SeenDevice]) -> list[RetiredFor]:
    """Count why devices were retired, the most frequent reason first; that nobody has said it comes last."""
    counts = Counter(one.retired_for for one in gone)
    return [RetiredFor(*item) for item in sorted(counts.items(), key=lambda item: (not item[0], -item[1], item[0]))]


def _divide(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole > 0 else None


def _round_days(days: float | None) -> float | None:
    return None if days is None else round(days, 1)
