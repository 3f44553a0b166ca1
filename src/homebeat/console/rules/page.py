"""Draws the pages of rules: what is in force in an area and where each value comes from, and the form of one rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from homebeat.actions.setting_changes import check_reach, read_laid_over, read_parents
from homebeat.actions.view import View
from homebeat.backtest.request import Backtest, BacktestState
from homebeat.console.card.evidence import find_zone
from homebeat.console.rules.form import FIELD, RuleTyped, list_defaults, list_values, make_fields
from homebeat.console.rules.lines import ChangeWriter
from homebeat.console.rules.names import name_setting, write_setting, write_stored
from homebeat.console.rules.trial import draw_trial
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import make_area_options
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import SETTINGS, make_frame
from homebeat.console.web.person import join_parts, name_actor
from homebeat.domain.errors import NotFound
from homebeat.domain.fleet import find_area_path
from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import is_call_for_help
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import MOST_ALONE, RULES, SettingChange, needs_two
from homebeat.settings.console_changes import LaidOver
from homebeat.settings.plan import ENABLED
from homebeat.wording import Wording

PATH: Final = "/settings/rules"
_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One value of a rule: what it is, where it comes from, and whether it differs from the default."""

    name: str
    value: str
    source: str
    differs: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in the list; `href` is empty where the console cannot change it."""

    name: str
    is_on: bool
    href: str
    values: Sequence[ValueLine]
    differs: bool


@dataclass(frozen=True, slots=True)
class SettingsLink:
    """A page of settings."""

    href: str
    name: str
    what: str


class _Place:
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


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form brought: what was typed, what is wrong with it, and the id of the back-test that was made of it."""

    typed: Mapping[str, str] = field(default_factory=dict)
    refused: RuleTyped | None = None
    notice: str = ""
    trial: str = ""


NOTHING: Final = Entered()


class RulesPages:
    """Draws the pages for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render_index(self, visitor: Visitor, words: Wording) -> str:
        """Render the list of what can be set here."""
        links = [
            SettingsLink(path, words.text(name), words.text(what))
            for path, (name, what, operation) in SETTINGS.items()
            if visitor.may(operation)
        ]
        return self._templates.render("settings.html", words, links=links, **make_frame(visitor, words, "/settings"))

    def render(self, visitor: Visitor, words: Wording, area: str, notice: str = "") -> str:
        """Render the rules of an area; without one those of everywhere, or of the first area of who looks.

        Raises:
            NotFound: The area lies outside.
        """
        with self._context.open_view(visitor.principal, Operation.SET_RULES) as view:
            place = self._open_place(view, visitor, area)
            proposed = view.reader.setting_changes.list_proposed()
            page = view.reader.setting_changes.read_page(_LISTED)
        writer = ChangeWriter(words, place.names, place.zone, visitor.principal)
        frame = make_frame(visitor, words, "/settings", self._make_href("", place.area))
        return self._templates.render(
            "rules.html",
            words,
            area=place.area or "",
            areas=make_area_options(place.areas),
            is_everywhere=visitor.find_scope(Operation.SET_RULES) == EVERYTHING,
            residents=place.residents,
            takes_two=needs_two(place.residents),
            most_alone=MOST_ALONE,
            rules=[self._make_rule(code, place, words) for code in self._context.base.plan.rules],
            proposed=[writer.write(one) for one in proposed],
            changes=[writer.write(one, undone=place.changes) for one in page.items],
            left_out=[str(one) for one in place.laid.left_out],
            notice=notice,
            **frame,
        )

    def render_rule(self, visitor: Visitor, words: Wording, code: str, area: str, entered: Entered = NOTHING) -> str:
        """Render the form of one rule; after a refusal with what was typed, and beside it what a trial said.

        Raises:
            NotFound: There is no such rule, or the area lies outside.
        """
        if code not in self._context.base.plan.rules:
            raise NotFound("there is no such rule")
        with self._context.open_view(visitor.principal, Operation.SET_RULES) as view:
            place = self._open_place(view, visitor, area)
            beneath = self._read_beneath(view, place, code)
            newest = view.reader.setting_changes.find_newest(place.area, f"{RULES}{code}")
            trial = self.find_trial(entered.trial, place.area, code)
            sight = draw_trial(trial, view, frozenset(place.path), words) if trial is not None else None
        plan = place.laid.force.plan
        shown, defaults = list_values(plan, code, place.path), list_defaults(plan, code)
        sources = {name: place.write_source(code, name, words) for name in shown}
        typed = entered.typed or (_list_tried(trial, words) if trial is not None else {})
        waits = newest if newest is not None and newest.state.value == "proposed" else None
        writer = ChangeWriter(words, place.names, place.zone, visitor.principal)
        return self._templates.render(
            "rule.html",
            words,
            code=code,
            name=words.rule_name(code),
            area=place.area or "",
            where=place.names.get(place.area, place.area) if place.area else words.text("everywhere"),
            fields=make_fields(code, words, shown, beneath, defaults, sources, entered.refused, typed),
            reason=typed.get("reason", ""),
            trial=sight,
            trial_href=self._make_href(code, place.area, entered.trial),
            may_try=self._context.backtests is not None,
            newest=newest.id if newest else 0,
            is_fixed=is_call_for_help(code),
            waits=writer.write(waits) if waits else None,
            residents=place.residents,
            takes_two=needs_two(place.residents),
            back=self._make_href("", place.area),
            notice=entered.notice,
            **make_frame(visitor, words, "/settings", self._make_href(code, place.area, entered.trial)),
        )

    def find_trial(self, name: str, area: AreaId | None, code: str) -> Backtest | None:
        """Find a back-test of this rule in this area; None where there is none, or it is about another place."""
        runner = self._context.backtests
        found = runner.get(name) if runner is not None and name else None
        begin = f"{'' if area is None else f'areas.{area}.'}{RULES}{code}."
        is_of_it = (
            found is not None and found.request.area == area and all(key.startswith(begin) for key in found.request.settings)
        )
        return found if is_of_it else None

    def is_running(self, name: str) -> bool:
        """Whether a back-test runs."""
        runner = self._context.backtests
        found = runner.get(name) if runner is not None and name else None
        return found is not None and found.state is BacktestState.RUNNING

    def read_values(self, visitor: Visitor, code: str, area: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Read what holds of a rule in an area, and what would hold without what the console says of that very place.

        Raises:
            NotFound: There is no such rule, or the area lies outside.
        """
        if code not in self._context.base.plan.rules:
            raise NotFound("there is no such rule")
        with self._context.open_view(visitor.principal, Operation.SET_RULES) as view:
            place = self._open_place(view, visitor, area)
            return list_values(place.laid.force.plan, code, place.path), self._read_beneath(view, place, code)

    def _read_beneath(self, view: View, place: _Place, code: str) -> dict[str, Any]:
        laid = read_laid_over(view.reader, self._context.base, but=(place.area, f"{RULES}{code}"))
        return list_values(laid.force.plan, code, place.path)

    def _open_place(self, view: View, visitor: Visitor, area: str) -> _Place:
        if not area and visitor.find_scope(Operation.SET_RULES) != EVERYTHING:
            areas = view.reader.homes.list_areas()
            area = areas[0].id if areas else ""
        check_reach(view.reader, visitor.principal, Operation.SET_RULES, AreaId(area) if area else None)
        return _Place(view, self._context, area)

    def _make_rule(self, code: str, place: _Place, words: Wording) -> RuleLine:
        plan = place.laid.force.plan
        values, defaults = list_values(plan, code, place.path), list_defaults(plan, code)
        lines = [
            ValueLine(
                name_setting(code, name, words),
                write_setting(value, words),
                place.write_source(code, name, words),
                value != defaults[name],
            )
            for name, value in values.items()
        ]
        differs = any(line.differs for line in lines)
        return RuleLine(words.rule_name(code), values[ENABLED], self._make_href(code, place.area), lines, differs)

    @staticmethod
    def _make_href(code: str, area: AreaId | None, trial: str = "") -> str:
        asked = {name: value for name, value in {"area": area or "", "trial": trial}.items() if value}
        path = f"{PATH}/{code}" if code else PATH
        return f"{path}?{urlencode(asked)}" if asked else path


def _list_tried(trial: Backtest, words: Wording) -> dict[str, str]:
    """List the values that were tried, as the form would have sent them."""
    found = {}
    for key, value in trial.request.settings.items():
        name = key.rpartition(".")[2]
        text = ("yes" if value else "no") if isinstance(value, bool) else write_stored(value, words)
        found[f"{FIELD}{name}"] = text
    return found
