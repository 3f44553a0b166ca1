"""Values about learning: profiles, choices, and how alerts ended; times in epoch ms UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from homebeat.domain.alert import Outcome, Reason
from homebeat.domain.ids import ResidentId

if TYPE_CHECKING:
    from homebeat.habits.habit import Habit
    from homebeat.habits.learn import Curve, Profile


#: A budget was stored in single precision: within this share it equals what was chosen.
_DIGITS: Final = 4


class LowObservability(StrEnum):
    """Why a limit cannot be short here."""

    AT_HOME_UNKNOWN = "at_home_unknown"  # an outing looks like a quiet home
    FEW_SIGNS = "few_signs"  # too little is seen of the person


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One choice on a resident's curve.

    Attributes:
        budget: False alarms in 30 days that it allows.
        counted: False alarms in 30 days that it would have raised in the resident's own last weeks.
        delay_mean_h: How long an injected collapse would have waited, on average, hours.
        delay_p95_h: The same, 95th percentile.
    """

    budget: float
    counted: float
    delay_mean_h: float
    delay_p95_h: float


@dataclass(frozen=True, slots=True)
class Usual:
    """The numbers that explain a limit; minutes are of the local day, -1 where unknown. As `habits.habit.Habit`."""

    first_from: int
    first_to: int
    first_days: int
    days_seen: int
    signs_a_day: float
    night_signs: float
    longest_usual: tuple[int, ...]
    gaps_near: tuple[int, ...]
    outlived: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LearnedProfile:
    """A resident's newest profile.

    Attributes:
        days: How many days on the quiet clock were learned from.
        own_share: 0 to 1, how far the resident's own data replaces the prior.
        budget: False alarms in 30 days it was chosen for: those that somebody chose, or those of the settings; where nobody has
            chosen and `has_share`, the resident's share of what all who share may cost together.
        low_observability: None where enough is seen.
        limit_minutes: Quiet allowed after a last sign of life in each of the 48 local half hours.
        curve: By rising budget; empty while only the prior is in force.
        outings: Spans of the local day, (from, to) in minutes, in which the resident is usually out; where being at home is
            not known: probably out.
    """

    resident: ResidentId
    learned_at: int
    days: float
    own_share: float
    budget: float
    at_home_known: bool
    low_observability: LowObservability | None
    limit_minutes: tuple[int, ...]
    curve: tuple[CurvePoint, ...]
    habit: Usual
    outings: tuple[tuple[int, int], ...] = ()

    @classmethod
    def make(cls, resident: ResidentId, learned_at: int, profile: Profile) -> LearnedProfile:
        """Make the stored form of a profile that the engine learned at `learned_at` (epoch ms)."""
        low = None
        if profile.low_observability:
            low = LowObservability.FEW_SIGNS if profile.at_home_known else LowObservability.AT_HOME_UNKNOWN
        return cls(
            resident,
            learned_at,
            float(profile.days),
            float(profile.own_share),
            round(float(profile.budget), _DIGITS),
            bool(profile.at_home_known),
            low,
            tuple(profile.limit_minutes.tolist()),
            _make_points(profile.curve),
            _make_usual(profile.habit),
            profile.habit.outings,
        )

    @property
    def has_share(self) -> bool:
        """Whether the limits rest on one price for the area, unless somebody has chosen: being at home proven, own data alone."""
        return self.at_home_known and self.own_share == 1.0

    @property
    def in_force(self) -> CurvePoint | None:
        """The point of the curve that the limits were taken from."""
        return min(self.curve, key=lambda point: abs(point.budget - self.budget), default=None)


def explain_limits(learned: LearnedProfile | None) -> Reason:
    """Explain what the limits in force rest on: a reason for one sentence."""
    if learned is None:
        return Reason("limits_none")
    shortest, longest = 60 * min(learned.limit_minutes), 60 * max(learned.limit_minutes)
    if learned.own_share == 0:
        return Reason("limits_prior", {"days": round(learned.days), "longest_s": longest})
    habit = learned.habit
    span: dict[str, float | int | str] = {
        "days": round(learned.days),
        "shortest_s": shortest,
        "longest_s": longest,
        "signs": round(habit.signs_a_day, 1),
    }
    if habit.first_from < 0:
        return Reason("limits_learned", span)
    usual: dict[str, float | int | str] = {
        "from_minute": habit.first_from,
        "to_minute": habit.first_to,
        "first_days": habit.first_days,
    }
    return Reason("limits_learned_usual", {**span, **usual, "of_days": habit.days_seen})


def explain_low_observability(learned: LearnedProfile) -> Reason | None:
    """Explain why a quiet home cannot be noticed early: a reason for one sentence; None where it can."""
    if learned.low_observability is None:
        return None
    return Reason(f"low_{learned.low_observability}", {"longest_s": 60 * max(learned.limit_minutes)})


def is_pending(chosen: float | None, learned: LearnedProfile | None, newest: LimitChoice | None) -> bool:
    """Whether the limits in force were learned before what is `chosen` now."""
    if learned is None:
        return False
    return (chosen is not None and round(chosen, _DIGITS) != learned.budget) or (
        newest is not None and newest.at > learned.learned_at
    )


@dataclass(frozen=True, slots=True)
class LimitChoice:
    """Somebody chose a number of false alarms a month; `chosen` None leaves it to the settings. `id` counts up."""

    id: int
    resident: ResidentId
    at: int
    actor: str
    was: float | None
    chosen: float | None


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many alerts of a rule were closed with an outcome."""

    rule: str
    outcome: Outcome
    closed: int


def _make_points(curve: Curve) -> tuple[CurvePoint, ...]:
    columns = (curve.budget, curve.counted, curve.delay_mean_h, curve.delay_p95_h)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    points = (CurvePoint(round(budget, _DIGITS), *rest) for budget, *rest in rows)
    return tuple({point.budget: point for point in points}.values())  # a point may stand twice


def _make_usual(habit: Habit) -> Usual:
    return Usual(
        int(habit.first_from),
        int(habit.first_to),
        int(habit.first_days),
        int(habit.days_seen),
        float(habit.signs_a_day),
        float(habit.night_signs),
        tuple(habit.longest_usual.tolist()),
        tuple(habit.gaps_near.tolist()),
        tuple(habit.outlived.tolist()),
    )
