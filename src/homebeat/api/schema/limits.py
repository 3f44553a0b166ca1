"""What is learned about a resident, what a carer may choose, and how alerts ended, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from homebeat.actions.shown_habits import ShownHabits
from homebeat.api.schema.home import HIDDEN
from homebeat.api.times import Instant, format_instant
from homebeat.domain.alert import Outcome
from homebeat.domain.fleet import FEWEST_FALSE_ALARMS, MOST_FALSE_ALARMS, Disregarded
from homebeat.domain.personal import Illegible
from homebeat.domain.role import Field as Masked
from homebeat.store import (
    LearnedProfile,
    LowObservability,
    OutcomeCount,
    ResidentEntry,
    explain_limits,
    explain_low_observability,
)
from homebeat.wording import Wording

_EXAMPLE: Final[dict[str, Any]] = {"false_alarms_a_month": 0.25, "version": 0}


class CurveItem(BaseModel):
    """One choice: how many false alarms to expect, and how long an injected collapse would have waited."""

    false_alarms_a_month: float = Field(description="What is asked for; choose it with PUT.")
    counted_a_month: float = Field(description="What it would have raised on this resident's own last weeks.")
    delay_mean_h: float
    delay_p95_h: float
    in_force: bool


class LowObservabilityItem(BaseModel):
    """Why a quiet home cannot be told early here."""

    code: LowObservability
    reason: str


class OutingItem(BaseModel):
    """A span of the local day in which the resident is usually out; where being at home is not known, probably."""

    from_minute: int = Field(description="Minutes after midnight.", examples=[540])
    to_minute: int = Field(examples=[630])


class LearnedItem(BaseModel):
    """What is learned, and from what."""

    learned_at: Instant
    days: float = Field(description="Days on the quiet clock learned from.")
    own_share: float = Field(description="0 to 1: how far own data stands in for what holds for everybody.")
    false_alarms_a_month: float = Field(
        description="What the limits in force were chosen for: what somebody chose, or what the settings say; where nobody has "
        "chosen, being at home is proven and own_share is 1, this resident's share of what the area may cost."
    )
    at_home_known: bool
    low_observability: LowObservabilityItem | None
    limit_minutes: list[int] = Field(
        description="Quiet allowed after a last sign of life in each local half hour of the day, from 00:00: 48 numbers."
    )
    curve: list[CurveItem] = Field(description="By rising number of false alarms; empty until own data counts.")
    first_from_minute: int | None = Field(description="The first sign of the day mostly comes between these local minutes.")
    first_to_minute: int | None
    first_days: int
    days_seen: int
    signs_a_day: float
    night_signs: float
    outings: list[OutingItem] = Field(description="When most days show an outing; empty where nothing is usual.")


class ChoiceItem(BaseModel):
    """Somebody asked for a number of false alarms a month; null leaves it to the settings."""

    version: int
    at: Instant
    actor: str = Field(examples=["user:supervisor-1"])
    was: float | None
    chosen: float | None


class DisregardedItem(BaseModel):
    """A quiet span that says nothing about this person's habits, and what was found when its alert was closed."""

    from_: Instant = Field(alias="from", serialization_alias="from")
    to: Instant
    outcome: Outcome


class LimitsItem(BaseModel):
    """A resident's limits, why they are what they are, and what may be chosen."""

    resident: str
    false_alarms_a_month: float | None = Field(description="Chosen for this resident; null leaves it to the settings.")
    version: int = Field(description="Send it with a choice: the choice is refused when somebody has chosen since.")
    pending: bool = Field(description="Chosen, but the limits in force were learned before it.")
    explanation: str
    explanation_code: str = Field(description="`hidden` where your role does not show habits.")
    explanation_params: dict[str, float | int | str]
    learned: LearnedItem | None = Field(description="null before anything was learned, and where it is hidden")
    choices: list[ChoiceItem] = Field(description="Who chose what, newest first; at most 20.")
    chosen_times: int = Field(description="How often somebody chose, also before what `choices` lists.")
    disregarded: list[DisregardedItem] = Field(description="Spans that are not learned from, newest first.")
    hidden: list[Masked] = HIDDEN


class ChooseLimits(BaseModel):
    """Move along the curve."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    false_alarms_a_month: Annotated[
        Annotated[float, Field(ge=FEWEST_FALSE_ALARMS, le=MOST_FALSE_ALARMS, allow_inf_nan=False, strict=True)] | None,
        Field(description="False alarms in 30 days to accept for this resident; null leaves it to the settings again."),
    ]
    version: Annotated[
        int | None, Field(ge=0, strict=True, description="The version this was decided on; 409 when it is stale.")
    ] = None


class OutcomesItem(BaseModel):
    """How the alerts of one rule ended."""

    rule: str
    closed: int
    outcomes: dict[Outcome, int]


class OutcomesList(BaseModel):
    """How alerts ended, by rule, most frequent rule first."""

    since: Instant
    until: Instant
    smallest: int = Field(
        description=(
            "Counts below this are left out, also from `closed`: 10 for who sees no alert, so that none is of one person."
        )
    )
    items: list[OutcomesItem]
    next_cursor: str | None = Field(default=None, description="Always null: there are as many items as rules.")


def make_limits_item(entry: ResidentEntry, habits: ShownHabits, words: Wording) -> LimitsItem:
    """Make the item of a resident's limits."""
    learned, choices, reason = habits.learned, habits.choices, explain_limits(habits.learned)
    code, params = ("hidden", {}) if habits.is_hidden else (reason.code, dict(reason.params))
    return LimitsItem(
        resident=entry.resident.id,
        false_alarms_a_month=entry.resident.false_alarms_a_month,
        version=choices[0].id if choices else 0,
        pending=habits.is_pending,
        explanation=Illegible.HIDDEN if habits.is_hidden else words.sentence(reason, timezone=entry.timezone),
        explanation_code=code,
        explanation_params=params,
        learned=None if learned is None else _make_learned_item(learned, words, entry.timezone),
        choices=[ChoiceItem(version=c.id, at=format_instant(c.at), actor=c.actor, was=c.was, chosen=c.chosen) for c in choices],
        chosen_times=habits.chosen_times,
        disregarded=[_make_disregarded_item(span) for span in habits.disregarded],
        hidden=[Masked.HABITS] if habits.is_hidden else [],
    )


def _make_disregarded_item(span: Disregarded) -> DisregardedItem:
    times = {"from": _format_time(span.starts_at), "to": _format_time(span.ends_at)}
    return DisregardedItem.model_validate({**times, "outcome": span.outcome})


def _format_time(moment: datetime) -> str:
    return format_instant(round(moment.timestamp() * 1000))


def _make_learned_item(learned: LearnedProfile, words: Wording, timezone: str) -> LearnedItem:
    habit, low, seen = learned.habit, explain_low_observability(learned), learned.habit.first_from >= 0
    item = None
    if low is not None and learned.low_observability is not None:
        item = LowObservabilityItem(code=learned.low_observability, reason=words.sentence(low, timezone=timezone))
    return LearnedItem(
        learned_at=format_instant(learned.learned_at),
        days=round(learned.days, 1),
        own_share=round(learned.own_share, 3),
        false_alarms_a_month=learned.budget,
        at_home_known=learned.at_home_known,
        low_observability=item,
        limit_minutes=list(learned.limit_minutes),
        curve=[
            CurveItem(
                false_alarms_a_month=point.budget,
                counted_a_month=round(point.counted, 3),
                delay_mean_h=round(point.delay_mean_h, 2),
                delay_p95_h=round(point.delay_p95_h, 2),
                in_force=point == learned.in_force,
            )
            for point in learned.curve
        ],
        first_from_minute=habit.first_from if seen else None,
        first_to_minute=habit.first_to if seen else None,
        first_days=habit.first_days,
        days_seen=habit.days_seen,
        signs_a_day=round(habit.signs_a_day, 1),
        night_signs=round(habit.night_signs, 2),
        outings=[OutingItem(from_minute=begins, to_minute=ends) for begins, ends in learned.outings],
    )


def make_outcomes_list(counts: tuple[OutcomeCount, ...], since: int, until: int, smallest: int = 1) -> OutcomesList:
    """Group counts of (rule, outcome) by rule; those below `smallest` are left out."""
    by_rule: dict[str, dict[Outcome, int]] = {}
    for count in counts:
        if count.closed >= smallest:
            by_rule.setdefault(count.rule, {})[count.outcome] = count.closed
    items = [OutcomesItem(rule=rule, closed=sum(found.values()), outcomes=found) for rule, found in by_rule.items()]
    items.sort(key=lambda item: (-item.closed, item.rule))
    return OutcomesList(since=format_instant(since), until=format_instant(until), smallest=smallest, items=items)
