"""Lays what the console says of response plans over the settings: which of them holds where, and plans of the console's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from homebeat.domain.errors import BadSettings
from homebeat.domain.response_plan import SHIPPED, Party, PlanChoice, ResponsePlan, is_call_for_help
from homebeat.domain.setting_change import PLANS, RESPONSE
from homebeat.settings.explain import format_step
from homebeat.settings.response_plans import read_choice, read_plans

if TYPE_CHECKING:
    from homebeat.domain.response_plan import PlanBook
    from homebeat.domain.setting_change import SettingChange
    from homebeat.settings.model import InForce

#: Under this a change of a plan has its steps.
STEPS: Final = "steps"
MOST_STEPS: Final = 20
#: A step of a plan of the console waits no longer; the settings file is not bounded.
LONGEST_WAIT: Final = timedelta(hours=24)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
FOR_HELP: Final = "by this rule a device calls for help itself: only the settings file says by which plan it is answered"
NO_DESK: Final = "its last steps do not name the desk, whose page is always there: so it could end where nobody is reached"


class UnusablePlan(BadSettings):
    """A plan, or the choice of one, cannot be used.

    Attributes:
        faults: What is wrong, by the place in the change, such as `rules.no_water` or `steps[0].wait`.
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{place}: {text}" if place else text for place, text in faults.items()))


def lay_choice(force: InForce, change: SettingChange, after: Mapping[str, Any]) -> InForce:
    """Lay over which plan holds in an area, and for which rules.

    Raises:
        UnusablePlan: There is no such plan or rule, a device calls for help by the rule, or the plan may end in silence.
    """
    faults: dict[str, str] = {}

    def complain(key: str, text: str) -> None:
        faults[key.removeprefix(RESPONSE).removeprefix(".")] = text

    plans = force.book.plans
    choice = read_choice(dict(after), RESPONSE, plans, force.plan.rules, complain)
    for place, name in [("plan", choice.plan), *((f"rules.{rule}", name) for rule, name in choice.rules.items())]:
        if name and not ends_at_desk(plans[name]):
            faults[place] = NO_DESK
        if is_call_for_help(place.removeprefix("rules.")):
            faults[place] = FOR_HELP
    if faults:
        raise UnusablePlan(faults)
    book = force.book
    if change.area is None:
        book = replace(book, everywhere=_merge(book.everywhere, choice))
    else:
        below = book.areas.get(change.area, PlanChoice())
        book = replace(book, areas={**book.areas, change.area: _merge(below, choice)})
    named = {f"{change.key}.plan": ""} if choice.plan else {}
    keys = [*named, *(f"{change.key}.rules.{rule}" for rule in choice.rules)]
    return replace(force, book=book, sources={**force.sources, **dict.fromkeys(keys, f"console, change {change.id}")})


def lay_plan(force: InForce, change: SettingChange, after: Mapping[str, Any]) -> InForce:
    """Lay a plan of the console's own over the others.

    Raises:
        UnusablePlan: Its steps cannot be taken as they stand, it may end in silence, or another plan has its name.
    """
    name, faults = change.subject.removeprefix(PLANS), dict[str, str]()
    if not _NAME.fullmatch(name):
        raise UnusablePlan({"name": "is not a name: small letters, digits and _ only, beginning with a letter"})
    if name in force.book.plans or name in SHIPPED:
        raise UnusablePlan({"name": "is the name of a plan that homebeat ships or that the settings have: give yours another"})

    def complain(key: str, text: str) -> None:
        faults[f"{STEPS}{key.removeprefix(change.subject)}"] = text

    steps = after.get(STEPS)
    found = read_plans({name: steps}, complain).get(name)
    if found is not None and len(found.steps) > MOST_STEPS:
        faults[STEPS] = f"has more than {MOST_STEPS} entries"
    for no, step in enumerate(found.steps if found is not None else ()):
        if step.wait > LONGEST_WAIT:
            faults[f"{STEPS}[{no}].wait"] = f"is longer than {LONGEST_WAIT.total_seconds() / 3600:.0f} hours"
    if found is not None and not ends_at_desk(found):
        faults[STEPS] = NO_DESK
    if found is None or faults:
        raise UnusablePlan(faults or {STEPS: "is a list of steps"})
    book = replace(force.book, plans={**force.book.plans, name: found})
    return replace(force, book=book, sources={**force.sources, change.subject: f"console, change {change.id}"})


def ends_at_desk(plan: ResponsePlan) -> bool:
    """Whether one of its last steps is at the desk: its page is always there, whoever has a channel."""
    return any(step.who is Party.DESK for step in plan.steps[plan.find_last_group() :])


def list_choice_values(book: PlanBook, change: SettingChange) -> dict[str, str]:
    """List what is said at the place of a change: a plan, one for a rule, or the steps of a plan of one's own."""
    if change.subject.startswith(PLANS):
        plan = book.plans.get(change.subject.removeprefix(PLANS))
        return {} if plan is None else {f"step {no}": format_step(step) for no, step in enumerate(plan.steps, 1)}
    choice = book.everywhere if change.area is None else book.areas.get(change.area, PlanChoice())
    return ({"plan": choice.plan} if choice.plan else {}) | {f"rules.{rule}": name for rule, name in choice.rules.items()}


def list_uses(book: PlanBook, name: str) -> list[str]:
    """List where a plan holds, as dotted keys of the settings."""
    choices = [("", book.everywhere), *((f"areas.{area}.", choice) for area, choice in sorted(book.areas.items()))]
    found = [f"{before}{RESPONSE}.plan" for before, choice in choices if choice.plan == name]
    for before, choice in choices:
        found += [f"{before}{RESPONSE}.rules.{rule}" for rule, used in choice.rules.items() if used == name]
    return found


def _merge(below: PlanChoice, choice: PlanChoice) -> PlanChoice:
    return replace(below, plan=choice.plan or below.plan, rules={**below.rules, **choice.rules})
