"""Response plans of the console over those of the settings: what holds, what is refused, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import PlanBook, PlanChoice, is_call_for_help
from homebeat.domain.setting_change import SettingChange, SettingState
from homebeat.rules.catalogue import RULES
from homebeat.settings.console_changes import describe_difference, lay_over, try_change
from homebeat.settings.console_plans import FOR_HELP, NO_DESK, UnusablePlan, list_uses
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan

TOWN, LANE = AreaId("town"), AreaId("lane")
PARENTS = {TOWN: None, LANE: TOWN}
PATH = [LANE, TOWN]
FILE = InForce(
    Settings(), RulePlan(RULES), book=PlanBook(areas={"town": PlanChoice("family_first", {"water_running": "desk_only"})})
)
NIGHT = {"steps": [{"who": "family", "wait": "PT5M", "in_turn": True}, {"who": "desk", "wait": "PT10M"}]}


def change(number: int, area: AreaId | None, after: Mapping[str, Any] | None, subject: str = "response") -> SettingChange:
    return SettingChange(number, area, subject, None, after, SettingState.IN_FORCE, 3, 0, "user:ann")


def fault_of(after: Mapping[str, Any], subject: str = "response") -> dict[str, str]:
    with pytest.raises(UnusablePlan) as refused:
        try_change(FILE, [], change(1, LANE if subject == "response" else None, after, subject), PARENTS)
    return dict(refused.value.faults)


def test_the_console_lies_over_the_file_and_the_nearest_area_wins() -> None:
    wanted = [change(1, LANE, {"plan": "desk_only", "rules": {"no_water": "everybody"}}), change(2, None, {"plan": "everybody"})]
    book = lay_over(FILE, wanted, PARENTS).force.book
    assert [book.choose(rule, "", PATH).name for rule in ("no_water", "water_running", "quiet")] == [
        "everybody",
        "desk_only",
        "desk_only",
    ]
    assert [book.choose("no_water", "", path).name for path in ([TOWN], [AreaId("hill")])] == ["family_first", "everybody"]
    assert {book.choose(rule, "", PATH).name for rule in RULES if is_call_for_help(rule)} == {"everybody"}


def test_a_plan_that_was_changed_after_it_was_chosen_still_holds() -> None:
    wanted = [change(1, LANE, {"plan": "night"}), change(7, None, NIGHT, "response.plans.night")]
    laid = lay_over(FILE, wanted, PARENTS)
    assert (laid.left_out, laid.force.book.choose("quiet", "", PATH).name) == ((), "night")
    assert list_uses(laid.force.book, "night") == ["areas.lane.response.plan"]


def test_a_plan_that_is_gone_is_left_out_and_what_lies_beneath_holds() -> None:
    wanted = [change(1, LANE, {"plan": "night", "rules": {"water_running": "desk_only"}}), change(2, TOWN, {"plan": "everybody"})]
    laid = lay_over(FILE, wanted, PARENTS)
    assert [one.change.id for one in laid.left_out] == [1]
    assert laid.force.book.choose("quiet", "", PATH).name == "everybody"
    assert laid.force.book.find("night").steps, "an alert that stands under it goes on"


@pytest.mark.parametrize("rule", [rule for rule in RULES if is_call_for_help(rule)])
def test_no_plan_is_chosen_for_a_call_for_help(rule: str) -> None:
    assert fault_of({"rules": {rule: "desk_only"}}) == {f"rules.{rule}": FOR_HELP}


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([{"who": "desk", "wait": "PT5M"}, {"who": "family", "wait": "PT5M"}], "steps"),
        ([{"who": "desk", "wait": "PT5M"}, {"who": "resident", "wait": "PT5M"}], "steps"),
        ([{"who": "desk", "wait": "PT5S"}], "steps"),
        ([{"who": "desk", "wait": "P2D"}], "steps[0].wait"),
        ([{"who": "moon", "wait": "PT5M"}], "steps[0].who"),
        ([{"who": "desk", "wait": "PT5M", "together": True}], "steps"),
        ([{"who": "desk", "wait": "PT5M"}] * 21, "steps"),
        ([], "steps"),
        ("none", "steps"),
    ],
)
def test_no_plan_ends_in_silence_and_each_fault_has_its_place(steps: Any, place: str) -> None:
    assert list(fault_of({"steps": steps}, "response.plans.night")) == [place]


def test_a_plan_has_a_name_of_its_own() -> None:
    own = replace(FILE, book=replace(FILE.book, plans={**FILE.book.plans, "ours": FILE.book.plans["desk_only"]}))
    for name in ("desk_only", "ours", "Night", "a b", ""):
        with pytest.raises(UnusablePlan):
            try_change(own, [], change(1, None, NIGHT, f"response.plans.{name}"), PARENTS)


def test_a_plan_of_the_file_that_may_reach_nobody_is_not_chosen_in_the_console() -> None:
    family = replace(FILE.book.plans["family_first"], name="family_alone", steps=FILE.book.plans["family_first"].steps[:1])
    file = replace(FILE, book=replace(FILE.book, plans={**FILE.book.plans, "family_alone": family}))
    with pytest.raises(UnusablePlan) as refused:
        try_change(file, [], change(1, LANE, {"plan": "family_alone"}), PARENTS)
    assert refused.value.faults == {"plan": NO_DESK}


def test_the_audit_says_what_it_was_and_becomes() -> None:
    new = change(3, LANE, {"plan": "desk_only", "rules": {"water_running": "everybody"}})
    before, after = FILE, try_change(FILE, [], new, PARENTS)
    assert describe_difference(before, after, new, PARENTS) == (
        "plan=(none), rules.water_running=(none)",
        "plan=desk_only, rules.water_running=everybody",
    )
    plan = change(4, None, NIGHT, "response.plans.night")
    assert describe_difference(FILE, try_change(FILE, [], plan, PARENTS), plan, PARENTS)[1].startswith("step 1=family, one after")
