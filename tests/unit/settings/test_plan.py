"""Rules: what holds for everybody, what an area says otherwise, and how one inherits from another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from homebeat.domain.errors import BadSettings
from homebeat.rules.catalogue import RULES as REAL_RULES
from homebeat.settings import RulePlan, load
from tests.unit.settings.catalogue import RULES, NoWater, Quantity, Side, Silent, Threshold

TEXT = """\
[rules.no_water]
enabled = true
litres = 9

[areas."city-1".rules.no_water]
window = "PT24H"

[areas."street 7".rules.no_water]
enabled = false
litres = 20

[areas."street 7".rules.threshold]
enabled = true
metric = "steps"
side = "below"
limit = 5
"""


@pytest.fixture
def plan(tmp_path: Path) -> RulePlan:
    file = tmp_path / "rules.toml"
    file.write_text(TEXT)
    return load({}, RULES, file).plan


def test_where_nothing_is_said_the_rule_knows_whether_it_is_on() -> None:
    held = RulePlan(RULES).resolve_area()
    assert held == {"no_water": (False, NoWater()), "device_silent": (True, Silent()), "threshold": (False, Threshold())}


def test_everybody(plan: RulePlan) -> None:
    assert plan.resolve_area()["no_water"] == (True, NoWater(litres=9.0))


def test_an_area_takes_over_what_its_parents_say_and_the_nearest_wins(plan: RulePlan) -> None:
    day = timedelta(hours=24)
    assert plan.resolve_area(["city-1", "elsewhere"])["no_water"] == (True, NoWater(9.0, day))
    assert plan.resolve_area(["city-1", "street 7"])["no_water"] == (False, NoWater(20.0, day))
    assert plan.resolve_area(["street 7", "city-1"])["no_water"] == (False, NoWater(20.0, day))


def test_enums_by_their_wire_names(plan: RulePlan) -> None:
    assert plan.resolve_area(["street 7"])["threshold"] == (True, Threshold(Quantity.STEPS, Side.BELOW, limit=5.0))


def test_areas_that_the_fleet_does_not_have(tmp_path: Path) -> None:
    file = tmp_path / "areas.toml"
    file.write_text(
        "[areas.heron.rules.no_water]\nenabled = true\n[areas.hill.response]\nplan = 'desk_only'\n"
        "[areas.lane.response.follow_up]\ncases = 'none'\n[areas.moor.response]\nplan = 'desk_only'\n"
    )
    assert load({}, RULES, file).find_unknown_areas(["moor"]) == ("heron", "hill", "lane")


def test_values_that_are_possible_alone_and_not_together(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("[areas.a.rules.threshold]\nlimit = 5\n[areas.b.rules.threshold]\nclear = 6\n")
    plan = load({}, RULES, file).plan
    with pytest.raises(BadSettings, match="rules.threshold in area 'b': clear must not be above limit"):
        plan.resolve_area(["a", "b"])


def test_the_real_rules_can_all_be_set_and_only_two_are_off() -> None:
    held = load({}, REAL_RULES).plan.resolve_area()
    assert {code for code, (enabled, _) in held.items() if not enabled} == {"no_water", "threshold"}


def test_a_real_rule_is_set_as_design_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        '[rules.no_water]\nenabled = true\nlitres = 10\nwindow = "PT24H"\n[rules.threshold]\nabove = inf\nbelow = 35\n'
    )
    held = load({}, REAL_RULES, file).plan.resolve_area()
    assert held["no_water"] == (True, REAL_RULES["no_water"](litres=10.0, window=timedelta(hours=24)))  # type: ignore[call-arg]
    assert held["threshold"][1].below == 35.0
