"""Makes what the resident's page shows of learned limits: when an alert opens, why then, and what may be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from homebeat.actions.shown_habits import ShownHabits
from homebeat.console.card.evidence import find_zone
from homebeat.console.resident.curve import ClockLabels, CurveLabels, draw_clock, draw_curve, format_clock
from homebeat.console.web.person import name_actor
from homebeat.domain.fleet import Disregarded
from homebeat.store import CurvePoint, LearnedProfile, LimitChoice, ResidentEntry, explain_limits, explain_low_observability
from homebeat.wording import Wording

_MOST_CHOICES: Final = 10


@dataclass(frozen=True, slots=True)
class PointLine:
    """One choice on the curve; `value` is what the form sends, "" leaves it to the settings."""

    value: str
    name: str
    counted: str
    mean: str
    high: str
    effect: str
    is_chosen: bool
    in_force: bool


@dataclass(frozen=True, slots=True)
class HourLine:
    """The limit after a last sign of life in one half hour."""

    begins: str
    limit: str


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """Who chose what."""

    clock: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class SpanLine:
    """A span that is not learned from, and what was found."""

    begins: str
    ends: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ShownLimits:
    """All that is shown of a resident's limits, in one language.

    Attributes:
        sentence: Why the limits are what they are; empty where habits are hidden.
        low: Why a quiet home cannot be told early; empty where it can.
        outings: When the resident is usually, or probably, out; empty where nothing is usual.
        choices: Who chose what, the newest first; `choices_left_out`: how many more there are.
        pending: That the limits in force were learned before what is chosen; empty otherwise.
        undo: The choice before the newest one, to go back to; None when there is none.
    """

    resident: str
    sentence: str
    low: str
    outings: str
    learned: str
    pending: str
    version: int
    may_choose: bool
    curve: Markup = field(default_factory=Markup)
    points: Sequence[PointLine] = ()
    clock: Markup = field(default_factory=Markup)
    hours: Sequence[HourLine] = ()
    choices: Sequence[ChoiceLine] = ()
    choices_left_out: int = 0
    undo: PointLine | None = None
    disregarded: Sequence[SpanLine] = ()


@dataclass(frozen=True, slots=True)
class LimitsInShort:
    """What a card says of a resident's limits: why they are what they are, what hides a quiet home, and usual outings."""

    resident: str
    sentence: str
    low: str
    outings: str


def sum_up_limits(entry: ResidentEntry, habits: ShownHabits, words: Wording) -> LimitsInShort:
    """Sum up one resident's limits; without what is hidden."""
    zone, low = find_zone(entry.timezone), explain_low_observability(habits.learned) if habits.learned else None
    sentence = "" if habits.is_hidden else words.sentence(explain_limits(habits.learned), timezone=zone)
    outings = _describe_outings(habits.learned, words)
    return LimitsInShort(entry.resident.id, sentence, words.sentence(low, timezone=zone) if low else "", outings)


def make_limits(entry: ResidentEntry, habits: ShownHabits, words: Wording, *, may_choose: bool) -> ShownLimits:
    """Make what is shown of one resident's limits. Where the habits are hidden, that is what was chosen, and what may be."""
    zone, learned, choices = find_zone(entry.timezone), habits.learned, habits.choices[:_MOST_CHOICES]
    chosen, newest = entry.resident.false_alarms_a_month, choices[0] if choices else None
    low = explain_low_observability(learned) if learned else None
    points = _make_points(habits, chosen, words)
    undo = None
    if newest is not None and newest.chosen == chosen:
        undo = _make_point(newest.was, None, words, is_chosen=False, in_force=False)
    return ShownLimits(
        resident=entry.resident.id,
        sentence="" if habits.is_hidden else words.sentence(explain_limits(learned), timezone=zone),
        low=words.sentence(low, timezone=zone) if low else "",
        outings=_describe_outings(learned, words),
        learned=words.text("Learned %(clock)s.", clock=words.clock(learned.learned_at, zone)) if learned else "",
        pending=words.text("Chosen, and not in force yet: it takes a few minutes.") if habits.is_pending else "",
        version=newest.id if newest else 0,
        may_choose=may_choose,
        curve=_draw_curve(learned, words),
        points=points,
        clock=_draw_clock(learned, entry, zone, words),
        hours=_list_hours(learned, words),
        choices=[_make_choice(choice, words, zone) for choice in choices],
        choices_left_out=habits.chosen_times - len(choices),
        undo=undo,
        disregarded=[_make_span(span, words, zone) for span in habits.disregarded],
    )


def _describe_outings(learned: LearnedProfile | None, words: Wording) -> str:
    if learned is None or not learned.outings:
        return ""
    spans = " · ".join(f"{format_clock(begins // 30)}–{format_clock(ends // 30)}" for begins, ends in learned.outings)
    if learned.at_home_known:
        return words.text("Usually out: %(spans)s.", spans=spans)
    return words.text(
        "Usually quiet for long, and probably out: %(spans)s. A quiet that begins then is given more time before the alert.",
        spans=spans,
    )


def _make_points(habits: ShownHabits, chosen: float | None, words: Wording) -> list[PointLine]:
    learned = habits.learned
    curve = {point.budget: point for point in (learned.curve if learned else ())}
    in_force = learned.in_force if learned else None
    settings = _make_point(None, None, words, is_chosen=chosen is None, in_force=False)
    if chosen is None and learned is not None and learned.has_share:
        share = words.text(
            "%(alarms)s for this person, as nobody has chosen: so the area's false alarms save the most time",
            alarms=_write_false_alarms(learned.budget, words),
        )
        settings = replace(settings, effect=share)
    lines = [settings]
    for budget in sorted({*habits.budgets, *(() if chosen is None else (chosen,))}):
        point = curve.get(budget)
        lines.append(
            _make_point(budget, point, words, is_chosen=budget == chosen, in_force=point is not None and point == in_force)
        )
    return lines


def _make_point(budget: float | None, point: CurvePoint | None, words: Wording, *, is_chosen: bool, in_force: bool) -> PointLine:
    if budget is None:
        name = words.text("As in the settings")
        return PointLine("", name, "", "", "", "", is_chosen, in_force)
    name = _write_false_alarms(budget, words)
    if point is None:
        return PointLine(f"{budget:g}", name, "", "", "", "", is_chosen, in_force)
    mean, high = (words.duration(round(hours * 60) * 60) for hours in (point.delay_mean_h, point.delay_p95_h))
    effect = words.text(
        "after a collapse at home: an alert after %(mean)s on average, in 95%% of cases within %(high)s", mean=mean, high=high
    )
    return PointLine(f"{budget:g}", name, words.number(point.counted, 2), mean, high, effect, is_chosen, in_force)


def _write_false_alarms(a_month: float, words: Wording) -> str:
    """Write how many false alarms, as a whole number: a fraction of one a month says little."""
    if a_month > 1:
        return words.text("About %(count)s false alarms a month", count=words.number(a_month, 1))
    if a_month == 1:
        return words.text("About one false alarm a month")
    return words.text("About one false alarm in %(months)s months", months=words.number(1 / a_month))


def _draw_curve(learned: LearnedProfile | None, words: Wording) -> Markup:
    if learned is None or not learned.curve:
        return Markup()
    labels = CurveLabels(
        title=words.text("How many false alarms, and how early the alert"),
        across=words.text("false alarms a month"),
        up=words.text("hours until the alert"),
        in_force=words.text("in force"),
    )
    shown = [words.number(point.budget, 3) for point in learned.curve]
    picture = draw_curve(learned.curve, learned.in_force, shown, labels)
    return Markup(picture)  # noqa: S704  drawn here; every text in it is escaped there


def _draw_clock(learned: LearnedProfile | None, entry: ResidentEntry, zone: str, words: Wording) -> Markup:
    if learned is None:
        return Markup()
    labels = ClockLabels(
        title=words.text("How long a quiet raises an alert, by the time of the last sign of life"),
        across=words.text("time of the last sign of life"),
        up=words.text("hours of quiet"),
    )
    life_at = entry.state.life_at if entry.state else None
    slot = None
    if life_at is not None:
        local = datetime.fromtimestamp(life_at / 1000, UTC).astimezone(ZoneInfo(zone))
        slot = local.hour * 2 + local.minute // 30
    return Markup(draw_clock(learned.limit_minutes, slot, labels))  # noqa: S704  drawn here; every text is escaped there


def _list_hours(learned: LearnedProfile | None, words: Wording) -> list[HourLine]:
    limits = learned.limit_minutes if learned else ()
    return [HourLine(format_clock(slot), words.duration(60 * minutes)) for slot, minutes in enumerate(limits)]


def _make_choice(choice: LimitChoice, words: Wording, zone: str) -> ChoiceLine:
    text = _make_point(choice.chosen, None, words, is_chosen=False, in_force=False).name
    return ChoiceLine(words.clock(choice.at, zone), name_actor(choice.actor, words), text)


def _make_span(span: Disregarded, words: Wording, zone: str) -> SpanLine:
    begins, ends = (words.clock(round(at.timestamp() * 1000), zone) for at in (span.starts_at, span.ends_at))
    return SpanLine(begins, ends, words.outcome(span.outcome))
