"""Rules other than those in force, said in a few words: `rules.no_sign_of_life.limit=PT8H`, or the same as a table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from homebeat.domain.errors import BadSettings
from homebeat.settings.plan import RulePlan, Values, read_areas, read_rules

_FORM = "write rules.RULE.SETTING=VALUE or areas.ID.rules.RULE.SETTING=VALUE"


def overridden(plan: RulePlan, said: Iterable[str]) -> RulePlan:
    """The plan with these settings laid over it, each `KEY=VALUE`; VALUE as in TOML, quotes may be left out.

    Raises:
        BadSettings: One line for each fault.
    """
    tree: dict[str, Any] = {}
    for text in said:
        key, equals, value = text.partition("=")
        if not equals:
            raise BadSettings(f"{text}: {_FORM}")
        _place(tree, key.strip(), _value(value.strip()))
    return laid_over(plan, tree)


def laid_over(plan: RulePlan, tree: Mapping[str, Any]) -> RulePlan:
    """The plan with a table of `rules` and `areas` laid over it, as in a settings file.

    Raises:
        BadSettings: One line for each fault.
    """
    faults: dict[str, None] = {}

    def complain(key: str, text: str) -> None:
        faults[f"{key}: {text}"] = None

    for name in tree.keys() - {"rules", "areas"}:
        complain(name, "a backtest compares rules; " + _FORM)
    # a value that only fits beside others is judged with them, below
    everywhere = read_rules(tree.get("rules", {}), "rules", plan.rules, complain)
    areas = read_areas(tree.get("areas", {}), plan.rules, complain)
    if faults:
        raise BadSettings("these settings cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults))
    merged = replace(
        plan,
        everywhere=_above(plan.everywhere, everywhere),
        areas={a: _above(plan.areas.get(a, {}), areas.get(a, {})) for a in {**plan.areas, **areas}},
    )
    merged.for_area()
    for area in merged.areas:
        merged.for_area((area,))
    return merged


def _above(lower: Mapping[str, Values], upper: Mapping[str, Values]) -> dict[str, Values]:
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


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
