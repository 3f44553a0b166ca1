"""What the console says lies over the file; the nearest area wins; what cannot be used is left out and never raises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from homebeat.domain.errors import BadSettings
from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import is_call_for_help
from homebeat.domain.setting_change import MOST_PLACES, SettingChange, SettingState, needs_two
from homebeat.rules.catalogue import RULES
from homebeat.settings.console_changes import (
    UnusableRule,
    describe_difference,
    describe_left_out,
    lay_over,
    list_rule_values,
    try_change,
)
from homebeat.settings.explain import explain
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan

TOWN, LANE = AreaId("town"), AreaId("lane")
PARENTS = {TOWN: None, LANE: TOWN}
FILE = InForce(
    Settings(),
    RulePlan(RULES, {"no_water": {"enabled": True, "litres": 10.0}}, {"lane": {"no_water": {"window": timedelta(hours=24)}}}),
    {"rules.no_water.litres": "street.toml line 3"},
)


def change(number: int, area: AreaId | None, after: Mapping[str, Any] | None, code: str = "no_water") -> SettingChange:
    return SettingChange(number, area, f"rules.{code}", None, after, SettingState.IN_FORCE, 3, 0, "user:ann")


def values(force: InForce, *path: str) -> dict[str, str]:
    return list_rule_values(force.plan, "no_water", path)


def test_the_console_lies_over_the_file_and_the_nearest_area_wins() -> None:
    changes = [change(1, LANE, {"litres": 4.0}), change(2, None, {"litres": 7.0, "window": "PT6H"})]
    laid = lay_over(FILE, changes, PARENTS)
    assert laid.left_out == ()
    everywhere, town, lane = values(laid.force), values(laid.force, "town"), values(laid.force, "town", "lane")
    assert (everywhere["litres"], everywhere["window"]) == ("7.0", "PT6H") == (town["litres"], town["window"])
    # what the file says of the lane is nearer than what the console says of everywhere
    assert (lane["litres"], lane["window"]) == ("4.0", "P1D")
    sources = {line.key: line.source for line in explain(laid.force)}
    assert sources["rules.no_water.litres"] == "console, change 2"
    assert sources["areas.lane.rules.no_water.litres"] == "console, change 1"
    assert sources["rules.no_water.enabled"] == "default"


def test_no_change_and_one_that_was_taken_back_leave_the_file_as_it_is() -> None:
    assert lay_over(FILE, [], PARENTS).force == FILE == lay_over(FILE, [change(1, LANE, None)], PARENTS).force


@pytest.mark.parametrize(
    "bad",
    [
        change(9, LANE, {"enabled": True}, "a_rule_that_is_gone"),
        change(9, LANE, {"litres": "many"}),
        change(9, LANE, {"depth": 3}),
        change(9, LANE, {"litres": -1}),
        change(9, LANE, {"litres": float("inf")}),
        change(9, None, {"limit": "P400D"}, "unknown_too_long"),
        change(9, None, {"floor": "PT0S"}, "no_sign_of_life"),
        SettingChange(9, None, "colour", None, {"red": 1}, SettingState.IN_FORCE, 3, 0, "user:ann"),
        *(change(9, None, {"enabled": False}, code) for code in RULES if is_call_for_help(code)),
    ],
    ids=lambda one: f"{one.subject}={one.after}",
)
def test_what_cannot_be_used_is_left_out_and_named_and_the_rest_holds(bad: SettingChange) -> None:
    good = change(3, TOWN, {"litres": 5.0})
    laid = lay_over(FILE, [bad, good], PARENTS)
    assert values(laid.force, "town")["litres"] == "5.0"
    assert [one.change.id for one in laid.left_out] == [9]
    assert str(describe_left_out(laid.left_out)).startswith(f"change 9 of the console, {bad.key}, is left out: ")
    assert describe_left_out(()) is None
    with pytest.raises(BadSettings):
        try_change(FILE, [good], bad, PARENTS)


def test_a_row_of_another_version_is_left_out_whatever_is_in_it() -> None:
    odd: Any = 5
    laid = lay_over(FILE, [change(9, LANE, odd), change(3, TOWN, {"litres": 5.0})], PARENTS)
    assert ([one.change.id for one in laid.left_out], values(laid.force, "town")["litres"]) == ([9], "5.0")


def test_each_fault_is_named_at_its_setting() -> None:
    with pytest.raises(UnusableRule) as refused:
        try_change(FILE, [], change(0, LANE, {"litres": "many", "window": 3}), PARENTS)
    assert set(refused.value.faults) == {"litres", "window"}
    assert "'many' is not a number" in refused.value.faults["litres"]


def test_what_holds_before_and_after_is_said_of_what_differs_alone() -> None:
    new = change(0, LANE, {"litres": 4.0, "window": "P1D"})
    after = try_change(FILE, [], new, PARENTS)
    assert describe_difference(FILE, after, new, PARENTS) == ("litres=10.0", "litres=4.0")


def test_more_than_twenty_residents_take_two_people() -> None:
    assert [needs_two(residents) for residents in (0, 20, 21)] == [False, False, True]


def test_as_many_changes_as_are_taken_all_hold() -> None:
    areas = [AreaId(f"a{number}") for number in range(MOST_PLACES)]
    changes = [change(number, area, {"litres": float(number % 50 + 1)}) for number, area in enumerate(areas)]
    laid = lay_over(FILE, changes, PARENTS | dict.fromkeys(areas, TOWN))
    assert laid.left_out == ()
    assert [values(laid.force, TOWN, area)["litres"] for area in areas] == [
        f"{number % 50 + 1}.0" for number in range(MOST_PLACES)
    ]
