"""Changes rules of a plan by single settings (`rules.no_sign_of_life.limit=PT8H`) or by a table of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from homebeat.domain.errors import BadSettings
from homebeat.settings.plan import RulePlan, Values, read_areas, read_rules

_FORM = "write rules.RULE.SETTING=VALUE or areas.ID.rules.RULE.SETTING=VALUE"


def override_settings(plan: RulePlan, said: Iterable[str]) -> RulePlan:
    """Change the plan by these settings, each `KEY=VALUE`. VALUE is as in TOML; its quotes may be left out.

    Raises:
        BadSettings: One line for each fault.
    """
    tree: dict[str, Any] = {}
    for text in said:
        key, equals, value = text.partition("=")
        if not equals:
            raise BadSettings(f"{text}: {_FORM}")
        _place(tree, key.strip(), _parse_value(value.strip()))
    return override_table(plan, tree)


def override_table(plan: RulePlan, tree: Mapping[str, Any]) -> RulePlan:
    """Change the plan by a table of `rules` and `areas`, as in a settings file.

    Raises:
        BadSettings: One line for each fault.
    """
    faults: dict[str, None] = {}

    def complain(key: str, text: str) -> None:
        faults[f"{key}: {text}"] = None

    for name in tree.keys() - {"rules", "areas"}:
        complain(name, "a backtest compares rules; " + _FORM)
    # values that must fit each other are checked together below
    everywhere = read_rules(tree.get("rules", {}), "rules", plan.rules, complain)
    areas, responses = read_areas(tree.get("areas", {}), plan.rules, complain)
    for area in responses:
        complain(f"areas.{area}.response", "a backtest compares rules; " + _FORM)
    if faults:
        raise BadSettings("these settings cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults))
    merged = replace(
        plan,
        everywhere=_merge_rules(plan.everywhere, everywhere),
        areas={a: _merge_rules(plan.areas.get(a, {}), areas.get(a, {})) for a in {**plan.areas, **areas}},
    )
    merged.resolve_area()
    for area in merged.areas:
        merged.resolve_area((area,))
    return merged


def _merge_rules(lower: Mapping[str, Values], upper: Mapping[str, Values]) -> dict[str, Values]:
    return {code: {**lower.get(code, {}), **upper.get(code, {})} for code in {**lower, **upper}}


def _place(tree: dict[str, Any], key: str, value: object) -> None:
    """Put a value where a dotted key says; an area's id may itself have dots."""
    head, _, rest = key.partition(".rules.")
    path = ["areas", head.removeprefix("areas."), "rules", *rest.split(".")] if head.startswith("areas.") else key.split(".")
    table = tree
    for name in path[:-1]:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            raise BadSettings(f"{key}: {_FORM}")
    table[path[-1]] = value


def _parse_value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
