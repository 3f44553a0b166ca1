"""Draws the pages of response plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from homebeat.console.plans.form import TypedPlan, explain_plan_fault, make_step_rows, name_plan, write_plan_steps
from homebeat.console.rules.lines import ChangeWriter
from homebeat.console.rules.place import SettingPlace, open_place, read_beneath
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option, make_area_options
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts
from homebeat.domain.channel import CONTACT_CHANNELS
from homebeat.domain.response_plan import SHIPPED, Party, PlanBook, PlanChoice, is_call_for_help
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import MOST_ALONE, PLANS, RESPONSE, SettingState, needs_two
from homebeat.settings.console_plans import STEPS, ends_at_desk
from homebeat.wording import Wording

PATH: Final = "/settings/plans"
OWN: Final = "/settings/plans/own"
_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class RuleChoice:
    """By which plan alerts of a rule are answered here, and what says so."""

    code: str
    name: str
    plan: str
    source: str
    is_own: bool
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan with its steps in words; `href` leads to its form, empty where it has none."""

    name: str
    steps: Sequence[str]
    href: str
    is_own: bool


class PlansPages:
    """Draws the pages for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, area: str, notice: str = "", faults: Sequence[str] = ()) -> str:
        """Render what holds in an area; without one that of everywhere, or of the first area of who looks.

        Raises:
            NotFound: The area lies outside.
        """
        with self._context.open_view(visitor.principal, Operation.SET_RULES) as view:
            place = open_place(view, visitor, self._context, area)
            changes = view.reader.setting_changes
            newest, standing = changes.find_newest(place.area, RESPONSE), changes.find_in_force(place.area, RESPONSE)
            proposed = [one for one in changes.list_proposed() if one.subject.startswith(RESPONSE)]
            recent = [one for one in changes.read_page(200).items if one.subject.startswith(RESPONSE)][:_LISTED]
            beneath = read_beneath(view, self._context.base, place.laid, [*proposed, *recent])
        book, own = place.laid.force.book, dict((standing.after if standing else None) or {})
        writer = ChangeWriter(words, place.names, place.zone, visitor.principal, beneath)
        is_everywhere = visitor.find_scope(Operation.SET_RULES) == EVERYTHING
        return self._templates.render(
            "plans.html",
            words,
            area=place.area or "",
            areas=make_area_options(place.areas),
            is_everywhere=is_everywhere,
            residents=place.residents,
            takes_two=needs_two(place.residents),
            most_alone=MOST_ALONE,
            plan=name_plan(_choose_usual(book, place), words),
            own_plan=own.get("plan", ""),
            own_rules=[(code, words.rule_name(code), plan) for code, plan in (own.get("rules") or {}).items()],
            rules=self._list_rules(book, place, own, words),
            free_rules=[Option(one, words.rule_name(one)) for one in self._context.base.plan.rules if not is_call_for_help(one)],
            choices=[Option(name, name_plan(name, words)) for name, one in book.plans.items() if ends_at_desk(one)],
            plans=[self._make_plan(name, book, words, may_change=is_everywhere) for name in book.plans],
            newest=newest.id if newest else 0,
            waits=newest is not None and newest.state is SettingState.PROPOSED,
            proposed=[writer.write(one) for one in proposed],
            changes=[writer.write(one, undone=place.changes) for one in recent],
            left_out=[str(one) for one in place.laid.left_out if one.change.subject.startswith(RESPONSE)],
            new_own=OWN if is_everywhere else "",
            notice=notice,
            faults=faults,
            **make_frame(visitor, words, "/settings", f"{PATH}?{urlencode({'area': place.area})}" if place.area else PATH),
        )

    def render_own(self, visitor: Visitor, words: Wording, name: str, typed: TypedPlan | None = None, notice: str = "") -> str:
        """Render the form of a plan of the console's own; without a name that of a new one."""
        with self._context.open_view(visitor.principal, Operation.SET_RULES) as view:
            changes = view.reader.setting_changes
            subject = f"{PLANS}{name}"
            newest, standing = changes.find_newest(None, subject), changes.find_in_force(None, subject)
            residents = changes.count_residents(None)
        steps: Sequence[Mapping[str, Any]] = (standing.after or {}).get(STEPS, ()) if standing else ()
        faults = typed.faults if typed else {}
        return self._templates.render(
            "plan_own.html",
            words,
            name=name,
            is_new=standing is None or standing.after is None,
            rows=make_step_rows(typed.steps if typed else steps, faults, words),
            faults=[text for place, text in faults.items() if not place.startswith(f"{STEPS}[")],
            parties=[Option(one.value, words.party(one.value)) for one in Party],
            channels=[Option(kind, words.channel(kind)) for kind in CONTACT_CHANNELS],
            newest=newest.id if newest else 0,
            residents=residents,
            takes_two=needs_two(residents),
            notice=notice,
            **make_frame(visitor, words, "/settings", f"{OWN}?{urlencode({'name': name})}" if name else OWN),
        )

    def _make_plan(self, name: str, book: PlanBook, words: Wording, *, may_change: bool) -> PlanLine:
        is_own = name not in SHIPPED and name not in self._context.base.book.plans
        href = f"{OWN}?name={quote(name, safe='')}" if is_own and may_change else ""
        return PlanLine(name_plan(name, words), write_plan_steps(book.plans[name], words), href, is_own)

    def _list_rules(self, book: PlanBook, place: SettingPlace, own: Mapping[str, Any], words: Wording) -> list[RuleChoice]:
        path = list(reversed(place.path))
        usual = _choose_usual(book, place)
        found = []
        for code in self._context.base.plan.rules:
            plan = book.choose(code, "", path).name
            where = next((area for area in path if code in book.areas.get(area, PlanChoice()).rules), None)
            if where is not None:
                source = place.names.get(where, where)
            elif code in book.everywhere.rules:
                source = words.text("everywhere")
            else:
                source = words.text("homebeat's own word") if plan != usual else words.text("as for all rules")
            if plan != usual or is_call_for_help(code):
                found.append(
                    RuleChoice(
                        code,
                        words.rule_name(code),
                        name_plan(plan, words),
                        source,
                        code in (own.get("rules") or {}),
                        is_call_for_help(code),
                    )
                )
        return found


def _choose_usual(book: PlanBook, place: SettingPlace) -> str:
    """Which plan holds here where nothing is said of a rule or a home."""
    return book.choose("", "", list(reversed(place.path))).name


def explain_all(faults: Mapping[str, str], words: Wording) -> list[str]:
    """Explain what is wrong with a choice: what it is about, and why."""
    return [
        join_parts(words.rule_name(place.removeprefix("rules.")), explain_plan_fault(text, words))
        if place.startswith("rules.")
        else explain_plan_fault(text, words)
        for place, text in faults.items()
    ]
