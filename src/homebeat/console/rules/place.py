"""An area, or everywhere, with what holds there: what the pages of rules and of plans share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from homebeat.actions.setting_changes import check_reach, read_laid_over, read_parents
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.rules.form import list_values
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.person import join_parts, name_actor
from homebeat.domain.errors import BadSettings
from homebeat.domain.fleet import find_area_path
from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import PlanBook, PlanChoice
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import RESPONSE, RULES, SettingChange
from homebeat.settings.console_changes import LaidOver
from homebeat.settings.model import InForce
from homebeat.wording import Wording


class SettingPlace:
    """An area, or everywhere, with what holds there."""

    def __init__(self, view: View, context: ConsoleContext, area: str) -> None:
        self.area = AreaId(area) if area else None
        areas = view.reader.homes.list_areas()
        self.names = {one.id: one.name for one in areas}
        self.areas = areas
        self.parents = read_parents(view.reader, [self.area] if self.area else [])
        self.path: list[AreaId] = find_area_path(self.parents, self.area) if self.area else []
        self.laid: LaidOver = read_laid_over(view.reader, context.base)
        self.residents = view.reader.setting_changes.count_residents(self.area)
        self.zone = find_zone(view.reader.homes.find_timezone())
        self.changes: dict[int, SettingChange] = {one.id: one for one in view.reader.setting_changes.list_in_force()}

    def write_source(self, code: str, name: str, words: Wording) -> str:
        """Write where a value comes from: the nearest that says it."""
        keys = [*(f"areas.{area}.rules.{code}.{name}" for area in reversed(self.path)), f"rules.{code}.{name}"]
        for place, key in zip([*reversed(self.path), ""], keys, strict=True):
            source = self.laid.force.sources.get(key)
            if source is None:
                continue
            where = self.names.get(AreaId(place), place) if place else words.text("everywhere")
            number = source.rpartition(" ")[2] if source.startswith("console, change ") else ""
            change = self.changes.get(int(number)) if number else None
            if change is None:
                return join_parts(source, where)
            return join_parts(words.text("console"), where, name_actor(change.actor, words), words.clock(change.at, self.zone))
        return words.text("default")


def read_beneath(view: View, base: InForce, laid: LaidOver, changes: Iterable[SettingChange]) -> dict[int, Mapping[str, Any]]:
    """Read, by the number of each change, what would hold now at its place if the console said nothing there.

    Of a rule its values, of a choice of plans the plan as a change has it; nothing of the steps of a plan.
    """
    plan = laid.force.plan
    some = [one for one in changes if one.subject == RESPONSE or one.subject.removeprefix(RULES) in plan.rules]
    parents = read_parents(view.reader, {one.area for one in some if one.area is not None})
    found: dict[int, Mapping[str, Any]] = {}
    for one in some:
        code, path = one.subject.removeprefix(RULES), [] if one.area is None else find_area_path(parents, one.area)
        if one.subject == RESPONSE:
            found[one.id] = _find_plans_beneath(base.book, laid.force.book, one, path)
            continue
        if one.area is None:
            file = base.plan.everywhere.get(code, {})
            bare = replace(plan, everywhere={**plan.everywhere, code: file})
        else:
            rules = plan.areas.get(one.area, {})
            file = base.plan.areas.get(one.area, {}).get(code, {})
            bare = replace(plan, areas={**plan.areas, one.area: {**rules, code: file}})
        # where the file contradicts what lies above, nothing can be named
        with contextlib.suppress(BadSettings):
            found[one.id] = list_values(bare, code, path)
    return found


def _find_plans_beneath(file: PlanBook, book: PlanBook, change: SettingChange, path: Sequence[AreaId]) -> dict[str, Any]:
    if change.area is None:
        bare = replace(book, everywhere=file.everywhere)
    else:
        bare = replace(book, areas={**book.areas, change.area: file.areas.get(change.area, PlanChoice())})
    near = list(reversed(path))
    rules = {rule for values in (change.before, change.after) for rule in (values or {}).get("rules") or {}}
    return {"plan": bare.choose("", "", near).name, "rules": {rule: bare.choose(rule, "", near).name for rule in sorted(rules)}}


def open_place(view: View, visitor: Visitor, context: ConsoleContext, area: str) -> SettingPlace:
    """Open an area; without one everywhere, or the first area of who looks.

    Raises:
        NotFound: The area lies outside.
    """
    if not area and visitor.find_scope(Operation.SET_RULES) != EVERYTHING:
        areas = view.reader.homes.list_areas()
        area = areas[0].id if areas else ""
    check_reach(view.reader, visitor.principal, Operation.SET_RULES, AreaId(area) if area else None)
    return SettingPlace(view, context, area)
