"""Draws the pages of rules: what is in force in an area and where each value comes from, and the form of one rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from homebeat.actions.setting_changes import read_laid_over
from homebeat.actions.view import View
from homebeat.backtest.request import Backtest, BacktestState
from homebeat.console.rules.about import tell_about
from homebeat.console.rules.form import FIELD, RuleTyped, list_defaults, list_values, make_fields
from homebeat.console.rules.kept import KeptForms
from homebeat.console.rules.lines import ChangeWriter
from homebeat.console.rules.names import name_setting, write_setting, write_stored
from homebeat.console.rules.place import SettingPlace, open_place, read_beneath
from homebeat.console.rules.trial import draw_trial
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import make_area_options
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import SETTINGS, make_frame
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import is_call_for_help
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import MOST_ALONE, RULES, SettingState, needs_two
from homebeat.settings.plan import ENABLED
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

PATH: Final = "/settings/rules"
LOST: Final = msg("This trial is not known any more: it is too old, or homebeat was started again. Try it again.")
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
    does: str
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


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form brought: what was typed, what is wrong with it, and the id of the back-test that was made of it."""

    typed: Mapping[str, str] = field(default_factory=dict)
    refused: RuleTyped | None = None
    notice: str = ""
    trial: str = ""


NOTHING: Final = Entered()


class RulesPages:
    """Draws the pages, and keeps what was typed into a form that is tried."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates
        self.kept = KeptForms()

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
            place = open_place(view, visitor, self._context, area)
            proposed = view.reader.setting_changes.list_proposed()
            page = view.reader.setting_changes.read_page(_LISTED)
            beneath = read_beneath(view, self._context.base, place.laid, [*proposed, *page.items])
        writer = ChangeWriter(words, place.names, place.zone, visitor.principal, beneath)
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
            place = open_place(view, visitor, self._context, area)
            beneath = self._read_beneath(view, place, code)
            newest = view.reader.setting_changes.find_newest(place.area, f"{RULES}{code}")
            trial = self.find_trial(entered.trial, place.area, code)
            waits = newest if newest is not None and newest.state is SettingState.PROPOSED else None
            below = read_beneath(view, self._context.base, place.laid, [waits] if waits else [])
            sight = draw_trial(trial, view, frozenset(place.path), words) if trial is not None else None
        plan = place.laid.force.plan
        shown, defaults = list_values(plan, code, place.path), list_defaults(plan, code)
        sources = {name: place.write_source(code, name, words) for name in shown}
        kept = self.kept.find(entered.trial, str(visitor.actor)) if trial is not None and not entered.typed else None
        typed = kept.typed if kept else entered.typed or (_list_tried(trial, words) if trial is not None else {})
        writer = ChangeWriter(words, place.names, place.zone, visitor.principal, below)
        return self._templates.render(
            "rule.html",
            words,
            code=code,
            name=words.rule_name(code),
            about=tell_about(plan.rules[code], plan.rules, words),
            area=place.area or "",
            where=place.names.get(place.area, place.area) if place.area else words.text("everywhere"),
            fields=make_fields(plan.rules[code], words, shown, beneath, defaults, sources, entered.refused, typed),
            reason=typed.get("reason", ""),
            trial=sight,
            trial_href=self._make_href(code, place.area, entered.trial),
            may_try=self._context.backtests is not None,
            # what was typed before the trial was typed over what held then: a change since then is noticed as it is sent
            newest=kept.newest if kept else newest.id if newest else 0,
            is_fixed=is_call_for_help(code),
            waits=writer.write(waits) if waits else None,
            residents=place.residents,
            takes_two=needs_two(place.residents),
            back=self._make_href("", place.area),
            notice=entered.notice or (words.text(LOST) if entered.trial and trial is None else ""),
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
            place = open_place(view, visitor, self._context, area)
            return list_values(place.laid.force.plan, code, place.path), self._read_beneath(view, place, code)

    def _read_beneath(self, view: View, place: SettingPlace, code: str) -> dict[str, Any]:
        laid = read_laid_over(view.reader, self._context.base, but=(place.area, f"{RULES}{code}"))
        return list_values(laid.force.plan, code, place.path)

    def _make_rule(self, code: str, place: SettingPlace, words: Wording) -> RuleLine:
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
        does = tell_about(plan.rules[code], plan.rules, words).does
        return RuleLine(words.rule_name(code), does, values[ENABLED], self._make_href(code, place.area), lines, differs)

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
