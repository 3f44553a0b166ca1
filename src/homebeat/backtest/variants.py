"""Makes the list of settings to compare: those in force, and candidates from files, single settings and values to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homebeat.backtest.compare import VariantName
from homebeat.domain.errors import BadSettings
from homebeat.rules.catalogue import RULES
from homebeat.settings.explain import explain
from homebeat.settings.load import load
from homebeat.settings.model import InForce, Settings
from homebeat.settings.overrides import override_settings, override_table
from homebeat.settings.plan import RulePlan

IN_FORCE = "in force"


@dataclass(frozen=True, slots=True)
class Candidates:
    """What to compare the settings in force with.

    Attributes:
        files: Settings files; only their rules count. Each is a candidate of its own.
        settings: `KEY=VALUE` laid over the settings in force; together one candidate.
        sweeps: `KEY=VALUE,VALUE,...`; each value is a candidate of its own.
        table: The same as `settings` as a table of `rules` and `areas`.
    """

    files: Sequence[Path] = ()
    settings: Sequence[str] = ()
    sweeps: Sequence[str] = ()
    table: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variant to run: its name, what it changes, and its rules."""

    named: VariantName
    plan: RulePlan


def make_candidates(force: InForce, candidates: Candidates) -> list[Candidate]:
    """Make the candidates: the settings in force first, then every other.

    Raises:
        BadSettings: A candidate cannot be used; says where and why.
    """
    found: dict[str, RulePlan] = {}
    for file in candidates.files:
        found[_find_free_name(file.name, found)] = load({}, RULES, file).plan
    if candidates.settings or candidates.table:
        plan = override_table(override_settings(force.plan, candidates.settings), candidates.table)
        found[_find_free_name(", ".join(_shorten(s) for s in candidates.settings) or "changed", found)] = plan
    for sweep in candidates.sweeps:
        key, equals, values = sweep.partition("=")
        if not equals or not values:
            raise BadSettings(f"{sweep}: write KEY=VALUE,VALUE,... with --sweep")
        for value in values.split(","):
            one = f"{key}={value.strip()}"
            found[_find_free_name(_shorten(one), found)] = override_settings(force.plan, [one])
    before = _list_rule_settings(force.plan)
    return [
        Candidate(VariantName(IN_FORCE), force.plan),
        *(Candidate(VariantName(name, _list_changes(before, _list_rule_settings(plan))), plan) for name, plan in found.items()),
    ]


def _shorten(setting: str) -> str:
    return setting.removeprefix("rules.")


def _find_free_name(name: str, taken: Mapping[str, RulePlan]) -> str:
    """The name, with a number if another candidate has it already."""
    used = {IN_FORCE, *taken}
    return next(n for n in (name, *(f"{name} ({i})" for i in range(2, len(used) + 3))) if n not in used)


def _list_rule_settings(plan: RulePlan) -> dict[str, str]:
    return {line.key: line.value for line in explain(InForce(Settings(), plan)) if line.key.startswith(("rules.", "areas."))}


def _list_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return [f"{key}: {before.get(key, '(as above it)')} -> {after.get(key, '(as above it)')}" for key in keys]
