"""Reads response plans and which of them holds where: the tables `response` and `areas.ID.response` of the settings file.

```toml
[response]
plan = "family_first"                 # where nothing else is said
rules.no_water = "desk_only"          # for one rule
owner_limits.high = "PT30M"           # how long somebody who has taken an alert may say nothing
follow_up.cases = "pressing"          # which closed cases are asked about: pressing, visited or none; of an area too
next_channel_after = "PT60S"          # how long one channel of a person has to bring a message before their next one begins

[[response.plans.night_desk]]
who = "desk"
wait = "PT5M"
```
"""

from __future__ import annotations

import typing
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, Final

from homebeat.domain.alert import Priority
from homebeat.domain.channel import CONTACT_CHANNELS
from homebeat.domain.follow_up import FollowUpChoice, FollowUpTerms
from homebeat.domain.response_plan import (
    BOTH_AT_ONCE,
    NEXT_CHANNEL_AFTER,
    OWNER_LIMITS,
    SHIPPED,
    PlanBook,
    PlanChoice,
    PlanStep,
    ResponsePlan,
)
from homebeat.domain.service_alerts import SERVICE_ALERTS
from homebeat.settings.plan import Complain, read_value, suggest_name

_SHORTEST_LIMIT: Final = timedelta(minutes=1)
#: Less is no time for a provider to answer; after more a person hears of it too late.
_CHANNEL_WAITS: Final = (timedelta(seconds=10), timedelta(minutes=10))
_OF_ALL: Final = ("plans", "owner_limits", "next_channel_after", "follow_up")
#: Before the first nobody knows how it went; after the second nobody remembers. A closing can be undone for five minutes.
_FOLLOW_UP_SPANS: Final = (timedelta(hours=1), timedelta(days=14))
_KINDS: Final[Mapping[str, Any]] = typing.get_type_hints(PlanStep)


def read_book(raw: object, areas: Mapping[str, object], rules: Mapping[str, type[Any]], complain: Complain) -> PlanBook:
    """Read every plan and which of them holds where.

    Args:
        raw: The table `response`.
        areas: The table `response` of each area that has one.
        rules: The rule catalogue.
        complain: Gets (dotted key, text) for each value that cannot be used; that value is left out.
    """
    table = _read_table(raw, "response", complain)
    own_plans = _read_table(table.get("plans", {}), "response.plans", complain)
    plans = dict(SHIPPED) | read_plans(own_plans, complain)
    # a plan that has a fault is named where it has it, and not once more wherever it is chosen
    known = [*SHIPPED, *own_plans]
    limits = _read_limits(table.get("owner_limits", {}), complain)
    own = {name: value for name, value in table.items() if name not in _OF_ALL}
    everywhere = read_choice(own, "response", known, rules, complain)
    found = {area: _read_area(one, f"areas.{area}.response", known, rules, complain) for area, one in areas.items()}
    chosen = PlanChoice(everywhere.plan or BOTH_AT_ONCE.name, everywhere.rules)
    follow_up = _read_follow_up(table.get("follow_up", {}), "response.follow_up", complain).apply(FollowUpTerms())
    return PlanBook(plans, chosen, found, limits, _read_channel_wait(table, complain), follow_up)


def _read_area(raw: object, key: str, plans: Collection[str], rules: Mapping[str, type[Any]], complain: Complain) -> PlanChoice:
    table = _read_table(raw, key, complain)
    choice = read_choice({name: value for name, value in table.items() if name != "follow_up"}, key, plans, rules, complain)
    return replace(choice, follow_up=_read_follow_up(table.get("follow_up", {}), f"{key}.follow_up", complain))


def _read_follow_up(raw: object, where: str, complain: Complain) -> FollowUpChoice:
    kinds, values = typing.get_type_hints(FollowUpTerms), dict[str, Any]()
    shortest, longest = _FOLLOW_UP_SPANS
    for name, value in _read_table(raw, where, complain).items():
        key = f"{where}.{name}"
        if name not in kinds:
            complain(key, f"there is no such setting{suggest_name(name, kinds)}")
            continue
        try:
            read = read_value(value, kinds[name])
        except ValueError as error:
            complain(key, str(error))
            continue
        if isinstance(read, timedelta) and not shortest <= read <= longest:
            complain(key, "is not between PT1H and P14D")
        else:
            values[name] = read
    return FollowUpChoice(**values)


def _read_channel_wait(table: Mapping[str, object], complain: Complain) -> timedelta:
    key = "next_channel_after"
    try:
        wait: timedelta = read_value(table[key], timedelta) if key in table else NEXT_CHANNEL_AFTER
    except ValueError as error:
        complain(f"response.{key}", str(error))
        return NEXT_CHANNEL_AFTER
    shortest, longest = _CHANNEL_WAITS
    if shortest <= wait <= longest:
        return wait
    complain(f"response.{key}", "is not between PT10S and PT10M")
    return NEXT_CHANNEL_AFTER


def read_plans(raw: Mapping[str, object], complain: Complain) -> dict[str, ResponsePlan]:
    """Read plans by their names, each a list of steps; one with a fault is left out."""
    found: dict[str, ResponsePlan] = {}
    for name, steps in raw.items():
        key = f"response.plans.{name}"
        if name in SHIPPED:
            complain(key, "homebeat ships a plan of this name: give yours another")
            continue
        if not isinstance(steps, list):
            complain(key, f"is a list of steps: write [[response.plans.{name}]] once for each")
            continue
        faults: list[str] = []
        read = [_read_step(step, f"{key}[{no}]", complain, faults) for no, step in enumerate(steps)]
        if faults:
            continue
        try:
            found[name] = ResponsePlan(name, tuple(step for step in read if step is not None))
        except ValueError as error:
            complain(key, str(error))
    return found


def _read_step(raw: object, key: str, complain: Complain, faults: list[str]) -> PlanStep | None:
    def refuse(where: str, text: str) -> None:
        faults.append(where)
        complain(where, text)

    table = _read_table(raw, key, refuse)
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _KINDS:
            refuse(f"{key}.{name}", f"there is no such setting{suggest_name(name, _KINDS)}")
            continue
        try:
            values[name] = read_value(value, _KINDS[name])
        except ValueError as error:
            refuse(f"{key}.{name}", str(error))
    kind = values.get("channel")
    if kind and kind not in CONTACT_CHANNELS:
        hint = suggest_name(kind, CONTACT_CHANNELS)
        refuse(f"{key}.channel", f"{kind!r} is not one of {', '.join(CONTACT_CHANNELS)}{hint}")
    for name in ("who", "wait"):
        if name not in table:
            refuse(key, f"has no `{name}`; a step has {', '.join(one.name for one in fields(PlanStep))}")
    return None if faults else PlanStep(**values)


def read_choice(
    table: Mapping[str, object], key: str, plans: Collection[str], rules: Mapping[str, type[Any]], complain: Complain
) -> PlanChoice:
    """Read which plan holds in one place, and for which rules another; what cannot be used is left out."""
    for name in set(table) - {"plan", "rules"}:
        complain(f"{key}.{name}", f"there is no such setting{suggest_name(name, ['plan', 'rules', *_OF_ALL])}")
    plan = _read_name(table["plan"], f"{key}.plan", plans, complain) if "plan" in table else ""
    named: dict[str, str] = {}
    for rule, raw_name in _read_table(table.get("rules", {}), f"{key}.rules", complain).items():
        if rule not in rules and rule not in SERVICE_ALERTS:
            complain(f"{key}.rules.{rule}", f"there is no such rule{suggest_name(rule, rules)}")
        elif chosen := _read_name(raw_name, f"{key}.rules.{rule}", plans, complain):
            named[rule] = chosen
    return PlanChoice(plan, named)


def _read_name(raw: object, key: str, plans: Collection[str], complain: Complain) -> str:
    if isinstance(raw, str) and raw in plans:
        return raw
    complain(key, f"{raw!r} is not one of the plans {', '.join(plans)}{suggest_name(str(raw), plans)}")
    return ""


def _read_limits(raw: object, complain: Complain) -> dict[Priority, timedelta]:
    limits, names = dict(OWNER_LIMITS), {priority.value: priority for priority in Priority}
    for name, value in _read_table(raw, "response.owner_limits", complain).items():
        key = f"response.owner_limits.{name}"
        if name not in names:
            complain(key, f"there is no such setting{suggest_name(name, names)}")
            continue
        try:
            limit: timedelta = read_value(value, timedelta)
        except ValueError as error:
            complain(key, str(error))
            continue
        if limit < _SHORTEST_LIMIT:
            complain(key, "is shorter than a minute: nobody could say by then what they found")
        else:
            limits[names[name]] = limit
    return limits


def _read_table(raw: object, key: str, complain: Complain) -> dict[str, object]:
    if isinstance(raw, dict):
        return raw
    complain(key, "is a table of settings, not a single value")
    return {}
