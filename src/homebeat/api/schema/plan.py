"""Response plans as the API shows them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from homebeat.domain.response_plan import Party
from homebeat.response.preview import PlanPreview


class PlannedStepItem(BaseModel):
    """One step of a plan, as it would be taken."""

    after_s: int = Field(description="So long after the alert was opened.")
    who: Party
    ways: int = Field(description="Over how many channels messages may go. With none the next step follows at once.")
    ways_at_once: int = Field(description="How many of these begin at once; the others where the one before brings nothing.")
    people: list[str] = Field(description="Whose they are: ids of contacts, and of responders after a slash. Empty where hidden.")
    later_s: dict[str, int] = Field(
        description="Those whose quiet hours put their message off: so long after the opening they get it. Empty where hidden."
    )
    is_again: bool = Field(description="They were notified by this plan before.")


class PlanItem(BaseModel):
    """What would happen to an alert that nobody answers."""

    plan: str
    steps: list[PlannedStepItem]
    again_s: int = Field(description="So long after the alert was opened the last steps begin again.")
    is_reachable: bool = Field(description="Whether the last step reaches anybody.")


def make_plan_item(found: PlanPreview, *, with_people: bool) -> PlanItem:
    """Make the item of a plan; without people only how many messages there would be."""
    steps = [
        PlannedStepItem(
            after_s=step.after_ms // 1000,
            who=step.taken.who,
            ways=len(step.taken.ways),
            ways_at_once=sum(not turn.after_ms for turn in step.turns),
            people=list(dict.fromkeys(str(who) for who, *_ in step.taken.ways)) if with_people else [],
            later_s={str(who): later // 1000 for who, later in step.later_ms.items()} if with_people else {},
            is_again=step.taken.is_again,
        )
        for step in found.steps
    ]
    return PlanItem(plan=found.name, steps=steps, again_s=found.again_ms // 1000, is_reachable=found.is_reachable)
