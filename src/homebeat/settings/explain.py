"""Lists what is in force and where it comes from, as lines for `homebeat check`. Secrets are never among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from homebeat.domain.durations import format_duration
from homebeat.domain.follow_up import FollowUpChoice, FollowUpTerms
from homebeat.domain.response_plan import PlanBook, PlanStep
from homebeat.settings.holidays import HolidayYear
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import ENABLED, RulePlan

DEFAULT = "default"


class SettingLine(NamedTuple):
    """One setting: its dotted key, its value as text, and its source: `default`, a variable, or a line of the file."""

    key: str
    value: str
    source: str


def explain(force: InForce) -> list[SettingLine]:
    """List every setting in force. Rules come last: first for all areas, then the exceptions of each area."""
    lines = [SettingLine(key, value, force.sources.get(key, DEFAULT)) for key, value in _list_settings(force.settings)]
    lines += [SettingLine(key, value, force.sources.get(key, DEFAULT)) for key, value in _list_rules(force.plan)]
    for area, rules in sorted(force.plan.areas.items()):
        for code, values in rules.items():
            for name, value in values.items():
                key = f"areas.{area}.rules.{code}.{name}"
                lines.append(SettingLine(key, format_value(value), force.sources.get(key, DEFAULT)))
    lines += [SettingLine(key, value, force.sources.get(key, DEFAULT)) for key, value in _list_plans(force.book)]
    return lines


def name_database(settings: Settings) -> str:
    """Name the database in use, without its password."""
    return _mask(settings.store_url)


def format_value(value: object) -> str:
    """Format a value as the settings file would hold it; a secret as stars."""
    match value:
        case SecretStr():
            return "***" if value.get_secret_value() else "(none)"
        case bool():
            return "true" if value else "false"
        case timedelta():
            return format_duration(value)
        case HolidayYear():
            return f"{value.year} ({len(value.off)} off, {len(value.work)} work)"
        case Enum():
            return value.value if isinstance(value.value, str) else value.name.lower()
        case tuple():
            return ", ".join(format_value(part) for part in value)
        case None | "":
            return "(none)"
        case Path() | str() | int() | float():
            return str(value)
    return repr(value)


def _mask(address: str) -> str:
    """Cut password and options out of the address of a database; what is none is shown as stars."""
    if not address:
        return "(none)"
    parts = urlsplit(address)
    if not parts.scheme or "://" not in address:
        return "***"
    user = f"{parts.username}:***@" if parts.username else ""
    place = parts.hostname or ""
    port = f":{parts.port}" if place and parts.port else ""
    return f"{parts.scheme}://{user}{place}{port}{parts.path}"


def _list_settings(model: BaseModel, before: str = "") -> Iterator[tuple[str, str]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _list_settings(value, f"{before}{name}.")
        elif isinstance(value, Mapping):
            for key, part in value.items():
                if isinstance(part, BaseModel):
                    yield from _list_settings(part, f"{before}{name}.{key}.")
                else:
                    yield f"{before}{name}.{key}", format_value(part)
        elif before + name == "database_url":
            yield name, _mask(value.get_secret_value())  # which database it is, is no secret
        else:
            yield before + name, format_value(value)


def _list_rules(plan: RulePlan) -> Iterator[tuple[str, str]]:
    for code, (enabled, rule) in plan.resolve_area().items():
        yield f"rules.{code}.{ENABLED}", format_value(enabled)
        for name, value in _read_thresholds(rule).items():
            yield f"rules.{code}.{name}", format_value(value)


def _list_plans(book: PlanBook) -> Iterator[tuple[str, str]]:
    for priority, limit in book.owner_limits.items():
        yield f"response.owner_limits.{priority.value}", format_duration(limit)
    for name, plan in book.plans.items():
        yield f"response.plans.{name}", "; ".join(format_step(step) for step in plan.steps)
    for before, choice in [("", book.everywhere), *((f"areas.{area}.", choice) for area, choice in sorted(book.areas.items()))]:
        if choice.plan:
            yield f"{before}response.plan", choice.plan
        for rule, name in choice.rules.items():
            yield f"{before}response.rules.{rule}", name
        yield from _list_follow_up(book.follow_up if choice is book.everywhere else choice.follow_up, before)


def _list_follow_up(terms: FollowUpTerms | FollowUpChoice, before: str) -> Iterator[tuple[str, str]]:
    for part in dataclasses.fields(terms):
        if (value := getattr(terms, part.name)) is not None:
            yield f"{before}response.follow_up.{part.name}", format_value(value)


def format_step(step: PlanStep) -> str:
    """Format a step of a response plan as one short text: `family, one after the other, PT5M`."""
    marks = [text for is_so, text in ((step.in_turn, "one after the other"), (step.together, "at the same time")) if is_so]
    over = [f"by {step.channel}"] if step.channel else []
    return ", ".join([step.who.value, *marks, *over, format_duration(step.wait)])


def _read_thresholds(rule: Any) -> Mapping[str, object]:
    return {f.name: getattr(rule, f.name) for f in dataclasses.fields(rule) if f.init}
