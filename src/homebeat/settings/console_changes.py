"""Lays what was changed in the console over what the settings file says.

What the console says of an area lies over what the file says of the same area; the nearest area still wins. A change that cannot
be used any more, because its rule is gone or a new file contradicts it, is left out and named: nothing may keep a watch from
starting.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from typing import Any, Final

from homebeat.domain.errors import BadSettings
from homebeat.domain.fleet import find_area_path
from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import is_call_for_help
from homebeat.domain.setting_change import PLANS, RESPONSE, RULES, SettingChange
from homebeat.settings.console_plans import lay_choice, lay_plan, list_choice_values
from homebeat.settings.explain import format_value
from homebeat.settings.model import InForce
from homebeat.settings.plan import ENABLED, RulePlan, Values, read_rules

#: By area, the area above it; None for the top.
Parents = Mapping[AreaId, AreaId | None]
#: Finds the ids from the top of the tree down to an area.
_FindPath = Callable[[AreaId], Sequence[AreaId]]
#: A number that no stored change has.
_LAST: Final = 2**62
#: What the console takes at most; the settings file is not bounded.
LONGEST: Final = timedelta(days=366)
LARGEST: Final = 1_000_000
CALLS_FOR_HELP: Final = (
    "by this rule a device calls for help itself: only the settings file can change it, so that nobody switches it off by mistake"
)


class UnusableRule(BadSettings):
    """Values of a rule cannot be used.

    Attributes:
        faults: What is wrong, by the name of the setting; under "" what is wrong with them together.
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{name}: {text}" if name else text for name, text in faults.items()))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A change that is stored as in force and cannot be used, and why."""

    change: SettingChange
    why: str

    def __str__(self) -> str:
        return f"change {self.change.id} of the console, {self.change.key}, is left out: {self.why}"


@dataclass(frozen=True, slots=True)
class LaidOver:
    """What holds: the file with the console over it, and which changes were left out."""

    force: InForce
    left_out: tuple[LeftOut, ...] = ()


def lay_over(force: InForce, changes: Sequence[SettingChange], parents: Parents) -> LaidOver:
    """Lay changes over what the file says.

    Args:
        force: What file and environment say.
        changes: What is in force of the console: at most one of each area and subject.
        parents: The areas of the registry.
    """
    left_out = []
    # each change looks at the areas that others changed: without this a city's 2,000 changes would take seconds
    find_path = cache(partial(find_area_path, parents))
    # plans before what names them, and changes of everywhere before what is nearer, which was chosen over them
    for change in sorted(changes, key=lambda one: (not one.subject.startswith(PLANS), one.area is not None, one.id)):
        if change.after is None:
            continue
        try:
            force = _lay(force, change, change.after, find_path)
        except Exception as error:  # noqa: BLE001 -- a row that another version wrote must never keep a watch from starting
            left_out.append(LeftOut(change, str(error) if isinstance(error, BadSettings) else type(error).__name__))
    return LaidOver(force, tuple(left_out))


def try_change(force: InForce, others: Sequence[SettingChange], change: SettingChange, parents: Parents) -> InForce:
    """Lay a new change over what holds beside it.

    Args:
        force: What file and environment say.
        others: What is in force of the console in other places.
        change: Whatever its state.
        parents: As for `lay_over`.

    Raises:
        UnusableRule: Values of a rule cannot be used.
        BadSettings: It cannot be used, or it would make a change of another place unusable.
    """
    left = {one.change.id for one in lay_over(force, others, parents).left_out}
    # as the watch will lay it: what lies nearer comes after it
    laid = lay_over(force, [*others, replace(change, id=_LAST)], parents)
    if change.after is not None:
        own = [one for one in laid.left_out if one.change.id == _LAST]
        if own:
            # once more for its faults, with their fields
            beneath = lay_over(force, [one for one in others if one.area is None], parents).force
            _lay(beneath, change, change.after, partial(find_area_path, parents))
            raise BadSettings(own[0].why)
    for one in laid.left_out:
        if one.change.id not in left:
            raise BadSettings(f"it does not fit {one.change.key}, which is in force: {one.why}")
    return laid.force


def describe_difference(before: InForce, after: InForce, change: SettingChange, parents: Parents) -> tuple[str, str]:
    """Describe what a change does to the values of its place, as two lines of `name=value`; both empty where nothing differs."""
    was, becomes = (_list_values(force, change, parents) for force in (before, after))
    differing = [name for name in {**was, **becomes} if was.get(name) != becomes.get(name)]
    first, second = ([f"{name}={some.get(name, '(none)')}" for name in differing] for some in (was, becomes))
    return ", ".join(first), ", ".join(second)


def _list_values(force: InForce, change: SettingChange, parents: Parents) -> dict[str, str]:
    if change.subject.startswith(RESPONSE):
        return list_choice_values(force.book, change)
    code = change.subject.removeprefix(RULES)
    path = [] if change.area is None else find_area_path(parents, change.area)
    return list_rule_values(force.plan, code, path)


def list_rule_values(plan: RulePlan, code: str, path: Sequence[str]) -> dict[str, str]:
    """List what holds of a rule in an area, by the name of the setting, as a settings file would have it."""
    enabled, rule = plan.resolve_rule(code, path)
    thresholds = {part.name: getattr(rule, part.name) for part in dataclasses.fields(rule) if part.init}
    return {ENABLED: format_value(enabled), **{name: format_value(value) for name, value in thresholds.items()}}


def describe_left_out(left_out: Sequence[LeftOut]) -> str | None:
    """Say in one line what was left out; None where nothing was."""
    if not left_out:
        return None
    more = f" (and {len(left_out) - 1} more; `homebeat check` names them)" if len(left_out) > 1 else ""
    return f"{left_out[0]}{more}"


def check_rule(plan: RulePlan, change: SettingChange, after: Mapping[str, Any], find_path: _FindPath) -> RulePlan:
    """Check a change of a rule, and lay it over the plan.

    Raises:
        UnusableRule: Some of its values cannot be used, or they do not fit each other.
        BadSettings: It does not fit what other areas say, or a device calls for help by this rule.
    """
    code = change.subject.removeprefix(RULES)
    if is_call_for_help(code):
        raise BadSettings(CALLS_FOR_HELP)
    faults: dict[str, str] = {}

    def complain(key: str, text: str) -> None:
        faults[key.removeprefix(change.subject).removeprefix(".")] = text

    read = read_rules({code: dict(after)}, "rules", plan.rules, complain)
    for name, value in read.get(code, {}).items():
        if text := _find_excess(value):
            faults[name] = text
    if faults:
        raise UnusableRule(faults)
    laid = _put_rule(plan, change.area, code, read[code])
    for path in _list_paths(laid, change.area, find_path):
        laid.resolve_rule(code, path)
    return laid


def _find_excess(value: object) -> str:
    """Find why a value is out of all proportion: a slip of the hand must not switch a rule off in disguise. Empty for none."""
    if isinstance(value, timedelta) and value > LONGEST:
        return f"is longer than {LONGEST.days} days"
    if isinstance(value, (int, float)) and not 0 <= value <= LARGEST:
        return f"is not between 0 and {LARGEST:,}"
    return ""


def _lay_rule(force: InForce, change: SettingChange, after: Mapping[str, Any], find_path: _FindPath) -> InForce:
    plan = check_rule(force.plan, change, after, find_path)
    return replace(force, plan=plan, sources={**force.sources, **{f"{change.key}.{name}": _name(change) for name in after}})


#: By what the subject of a change begins with: lays it over what is below, or raises BadSettings.
_LAYERS: Final[Mapping[str, Callable[[InForce, SettingChange, Mapping[str, Any], _FindPath], InForce]]] = {
    RULES: _lay_rule,
    PLANS: lambda force, change, after, _find_path: lay_plan(force, change, after),
    RESPONSE: lambda force, change, after, _find_path: lay_choice(force, change, after),
}


def _lay(force: InForce, change: SettingChange, after: Mapping[str, Any], find_path: _FindPath) -> InForce:
    for begin, lay in _LAYERS.items():
        if change.subject.startswith(begin):
            return lay(force, change, after, find_path)
    raise BadSettings("this version knows no such setting")


def _name(change: SettingChange) -> str:
    return f"console, change {change.id}"


def _put_rule(plan: RulePlan, area: AreaId | None, code: str, values: Values) -> RulePlan:
    if area is None:
        return replace(plan, everywhere={**plan.everywhere, code: {**plan.everywhere.get(code, {}), **values}})
    rules = plan.areas.get(area, {})
    return replace(plan, areas={**plan.areas, area: {**rules, code: {**rules.get(code, {}), **values}}})


def _list_paths(plan: RulePlan, area: AreaId | None, find_path: _FindPath) -> list[Sequence[AreaId]]:
    """List the paths to the areas with rules of their own in which a change of `area` counts."""
    paths = [find_path(one) for one in map(AreaId, plan.areas)]
    return [[], *paths] if area is None else [path for path in paths if area in path]
