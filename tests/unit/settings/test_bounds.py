"""The bounds of a setting are those of the rule: what lies on them is taken, and what lies beyond is refused."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from homebeat.rules.catalogue import RULES
from homebeat.settings.bounds import find_bounds, list_metrics
from homebeat.settings.plan import RulePlan

MINUTE = timedelta(minutes=1)


def names(code: str) -> list[str]:
    return [part.name for part in dataclasses.fields(RULES[code]) if part.init]


def values(code: str, **changed: Any) -> dict[str, Any]:
    rule = RULES[code]()
    return {name: getattr(rule, name) for name in names(code)} | changed


@pytest.mark.parametrize(
    "code, name, bounds",
    [
        ("fall", "confirm_after", (timedelta(seconds=1), 10 * MINUTE)),
        ("no_water", "window", (30 * MINUTE, timedelta(hours=30, minutes=30))),
        ("water_running", "shortest", (timedelta(hours=1), timedelta(hours=48))),
        ("water_running", "longest", (timedelta(hours=24), timedelta(days=7))),
        ("no_sign_of_life", "false_alarms_a_month", (0.001, 1_000_000.0)),
        ("threshold", "above", (0.0, 1_000_000.0)),
        ("threshold", "below", (0.0, 38.499)),
        ("device_silent", "reports", (0, 1_000_000)),
        ("no_sign_of_life", "learned", None),
        ("threshold", "metric", None),
    ],
)
def test_the_bounds_are_those_of_the_rule(code: str, name: str, bounds: tuple[Any, Any] | None) -> None:
    assert find_bounds(RULES[code], values(code), name) == bounds


def test_they_follow_the_other_values() -> None:
    changed = values("water_running", longest=timedelta(hours=30))
    assert find_bounds(RULES["water_running"], changed, "shortest") == (timedelta(hours=1), timedelta(hours=30))


def test_what_a_rule_measures_is_chosen_of_what_it_takes() -> None:
    found = list_metrics(RULES["threshold"], values("threshold"), "metric")
    assert ("body_temperature_c" in found, "alarm_sos" in found) == (True, False)


def test_every_setting_that_is_a_number_has_bounds() -> None:
    for code in RULES:
        _enabled, rule = RulePlan(RULES).resolve_rule(code)
        shown = {name: getattr(rule, name) for name in names(code)}
        for name, value in shown.items():
            bounds = find_bounds(RULES[code], shown, name)
            assert (bounds is not None) == (not isinstance(value, (bool, str))), (code, name)
