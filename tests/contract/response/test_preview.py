"""Who would be notified, and when: the preview says what then happens, at the API and at the command line."""

from __future__ import annotations

from homebeat.actions.show_plan import show_plan
from homebeat.bootstrap.plans import describe_book, describe_preview
from homebeat.domain.alert import Priority, Subject
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import PLANS, RESPONSE, SettingChange, SettingState
from homebeat.rules.catalogue import RULES
from homebeat.settings.console_changes import lay_over
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan
from homebeat.store import Store
from tests.contract.response.street import MINUTE, Town, quiet
from tests.contract.store.conftest import T0

SUBJECT = Subject(HouseholdId("h1"), ResidentId("h1-r"))


def preview(town: Town, rule: str) -> list[tuple[float, str]]:
    with town.store.read(EVERYTHING) as reader:
        found = show_plan(reader, SUBJECT, rule, town.now, town.setup)
    return [(step.after_ms / MINUTE, who) for step in found.steps for who in dict.fromkeys(way[0] for way in step.taken.ways)]


def test_the_preview_says_what_then_happens(store: Store) -> None:
    town = Town(store, PlanBook())
    for rule, priority, end in (("no_sign_of_life", Priority.HIGH, 44), ("sos", Priority.CRITICAL, 10)):
        foretold = preview(town, rule)
        start = (town.now - T0) / MINUTE
        town.happens(quiet(rule, priority=priority))
        then = [(minute - start, who) for minute, who, event in town.minute(start + end) if event == "alert.opened"]
        assert sorted(then) == sorted(foretold)


def test_as_lines(store: Store) -> None:
    town = Town(store, PlanBook())
    with town.store.read(EVERYTHING) as reader:
        lines = describe_preview(show_plan(reader, SUBJECT, "no_sign_of_life", town.now, town.setup))
    assert lines == [
        "plan family_first",
        "     at once  family: h1/son by webhook",
        "  after PT5M  family: h1/daughter by webhook",
        " after PT10M  desk: the page of the desk",
        " after PT10M  worker: /wang by webhook",
        " after PT20M  provider: /care-co by webhook",
        " after PT30M  supervisor: /zhou by webhook",
        " after PT30M  desk: the page of the desk",
        " after PT45M  and again, less and less often, until somebody answers",
    ]
    assert "everywhere: both_at_once" in describe_book(town.book, {})


def test_the_list_of_plans_marks_what_the_console_says() -> None:
    steps = [{"who": "supervisor", "wait": "PT10M"}, {"who": "desk", "wait": "PT5M"}]
    changes = [
        SettingChange(number, None, subject, None, after, SettingState.IN_FORCE, 3, T0, "user:ann")
        for number, subject, after in ((1, f"{PLANS}night", {"steps": steps}), (2, RESPONSE, {"rules": {"no_water": "night"}}))
    ]
    force = lay_over(InForce(Settings(), RulePlan(RULES)), changes, {}).force
    lines = describe_book(force.book, force.sources)
    assert {"night  (console, change 1)", "everywhere, no_water: night  (console, change 2)", "desk_only"} <= set(lines)
