"""Shows beforehand what a plan will do: who would be notified, and when, if nobody answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from homebeat.domain.alert import Alert
from homebeat.domain.ids import ContactId
from homebeat.domain.quiet_hours import QuietHours
from homebeat.domain.response_plan import Position
from homebeat.response.advance import choose_plan, go_on
from homebeat.response.channel_order import ChannelTurn, goes_over_all, order_channels
from homebeat.response.receivers import Receivers
from homebeat.response.setup import ResponseSetup
from homebeat.response.step_taken import StepTaken

#: More steps than this no plan has until it begins again.
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step as it would be taken.

    Attributes:
        after_ms: So long after the alert was opened.
        turns: The channels over which it would go, and when each of them begins where none before it brings the message.
        later_ms: Those whose quiet hours put their message off: so long after the opening they get it.
    """

    after_ms: int
    taken: StepTaken
    turns: tuple[ChannelTurn, ...]
    later_ms: Mapping[ContactId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What would happen.

    Attributes:
        name: Of the plan.
        steps: In order, until its last steps begin again.
        again_ms: So long after the alert was opened they would.
        is_reachable: The last step has somebody to notify, or the desk's page.
    """

    name: str
    steps: tuple[PlannedStep, ...]
    again_ms: int
    is_reachable: bool


def put_off_quiet(found: PlanPreview, alert: Alert, hours: Mapping[ContactId, QuietHours], zone: str) -> PlanPreview:
    """Say in a preview whose quiet hours put their message off.

    Args:
        found: The preview.
        alert: What it is of.
        hours: Of those who have some.
        zone: The time zone of the home.
    """
    steps: list[PlannedStep] = []
    for step in found.steps:
        at = alert.opened_at + step.after_ms
        ends = {who: hours[who].find_end(at, zone, alert.priority) for who, *_ in step.taken.ways if who in hours}
        later = {who: end - alert.opened_at for who, end in ends.items() if end is not None}
        steps.append(replace(step, later_ms=later))
    return replace(found, steps=tuple(steps))


def preview_plan(alert: Alert, receivers: Receivers, setup: ResponseSetup) -> PlanPreview:
    """Show what would happen to an alert that nobody answers, by those who can be notified now."""
    plan = choose_plan(alert, receivers, setup.book)
    steps: list[PlannedStep] = []
    position, now = Position(), 0
    for _ in range(_MOST):
        advance = go_on(plan, position, receivers, now)
        for one in advance.taken:
            turns = order_channels(one.ways, setup.book.next_channel_after, at_once=goes_over_all(alert))
            steps.append(PlannedStep(now, one, tuple(turns)))
        now, position = advance.deadline.due_at, advance.deadline.position
        if position.repeat:
            break
    return PlanPreview(plan.name, tuple(steps), now, plan.can_reach(receivers.has_anybody))
