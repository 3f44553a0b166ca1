"""Resolves which rules are on in which area, with which thresholds. The fields of a rule's dataclass say what may be set."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import types
import typing
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from homebeat.domain.durations import parse_duration
from homebeat.domain.errors import BadSettings

Values = Mapping[str, Any]
Complain = Callable[[str, str], None]

ENABLED: Final = "enabled"


@dataclass(frozen=True, slots=True)
class RulePlan:
    """Thresholds for all areas, and exceptions by area. An area inherits from its parents; the nearest one wins.

    Attributes:
        rules: The catalogue: rule code to its dataclass of thresholds. Its `on_by_default` holds where `enabled` is not set.
        everywhere: By rule code: what is set for all areas, `enabled` among it.
        areas: By area id: the same for that area.
    """

    rules: Mapping[str, type[Any]]
    everywhere: Mapping[str, Values] = field(default_factory=dict)
    areas: Mapping[str, Mapping[str, Values]] = field(default_factory=dict)

    def resolve_area(self, path: Sequence[str] = ()) -> dict[str, tuple[bool, Any]]:
        """Resolve every rule of the catalogue for an area.

        Args:
            path: Ids of areas from the city down to the area itself.

        Returns:
            By rule code: whether it is on, and its thresholds.

        Raises:
            BadSettings: Values that are possible one by one contradict each other.
        """
        return {code: self.resolve_rule(code, path) for code in self.rules}

    def resolve_rule(self, code: str, path: Sequence[str] = ()) -> tuple[bool, Any]:
        """Resolve one rule for an area; as `resolve_area`."""
        rule = self.rules[code]
        values = dict(self.everywhere.get(code, {}))
        for area in path:
            values.update(self.areas.get(area, {}).get(code, {}))
        enabled = bool(values.pop(ENABLED, getattr(rule, "on_by_default", True)))
        try:
            return enabled, rule(**values)
        except ValueError as error:
            where = f" in area {path[-1]!r}" if path else ""
            raise BadSettings(f"rules.{code}{where}: {error}") from None


def read_rules(raw: object, key: str, rules: Mapping[str, type[Any]], complain: Complain) -> dict[str, dict[str, Any]]:
    """Read a `rules` table. `complain` gets (dotted key, text) for each value that cannot be used; that value is left out."""
    found: dict[str, dict[str, Any]] = {}
    for code, table in _read_table(raw, key, complain).items():
        here = f"{key}.{code}"
        if code not in rules:
            complain(here, f"there is no such rule{suggest_name(code, rules)}")
            continue
        values = _read_values(_read_table(table, here, complain), here, rules[code], complain)
        try:
            rules[code](**{name: value for name, value in values.items() if name != ENABLED})
        except ValueError as error:
            complain(here, str(error))
        else:
            found[code] = values
    return found


def read_areas(
    raw: object, rules: Mapping[str, type[Any]], complain: Complain
) -> tuple[dict[str, dict[str, dict[str, Any]]], dict[str, object]]:
    """Read the `areas` table: by area id, its `rules`; and, as it stands there, its `response`."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    responses: dict[str, object] = {}
    for area, table in _read_table(raw, "areas", complain).items():
        for name, content in _read_table(table, f"areas.{area}", complain).items():
            if name == "rules":
                found[area] = read_rules(content, f"areas.{area}.rules", rules, complain)
            elif name == "response":
                responses[area] = content
            else:
                complain(f"areas.{area}.{name}", "there is no such setting; an area has `rules` and `response`")
    return found, responses


def suggest_name(name: str, names: Iterable[str]) -> str:
    """Make the end of a sentence that names what was probably meant; empty where no name is close."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _read_table(raw: object, key: str, complain: Complain) -> dict[str, object]:
    if isinstance(raw, dict):
        return raw
    complain(key, "is a table of settings, not a single value")
    return {}


def _read_values(table: dict[str, object], key: str, rule: type[Any], complain: Complain) -> dict[str, Any]:
    kinds = find_kinds(rule)
    values = {}
    for name, raw in table.items():
        if name not in kinds:
            complain(f"{key}.{name}", f"there is no such setting{suggest_name(name, kinds)}")
            continue
        try:
            values[name] = read_value(raw, kinds[name])
        except ValueError as error:
            complain(f"{key}.{name}", str(error))
    return values


def find_kinds(rule: type[Any]) -> Mapping[str, Any]:
    """Find the type of each setting of a rule, `enabled` the first of them."""
    return _find_kinds(typing.cast("Hashable", rule))


@functools.cache
def _find_kinds(rule: Any) -> Mapping[str, Any]:
    """Annotations are compiled, which takes a while: it is done once for each rule."""
    hints = typing.get_type_hints(rule)
    return MappingProxyType({ENABLED: bool} | {part.name: hints[part.name] for part in dataclasses.fields(rule) if part.init})


def read_value(raw: object, kind: Any) -> Any:
    """Read one value as the type its field declares: number, boolean, text, duration, enum by its wire name, or one of several.

    Raises:
        ValueError: The value is of another type.
    """
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return _read_first_fitting(raw, [k for k in typing.get_args(kind) if k is not types.NoneType])
    if typing.get_origin(kind) is typing.Literal:
        return _choose(raw, {str(choice): choice for choice in typing.get_args(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _choose(raw, {m.value if isinstance(m.value, str) else m.name.lower(): m for m in kind})
    if kind is timedelta:
        if not isinstance(raw, str):
            raise ValueError(f"{raw!r} is not a duration; write PT12H, PT15M, PT90S or P1DT6H")
        return parse_duration(raw)
    is_number = isinstance(raw, (int, float)) and not isinstance(raw, bool) and not math.isnan(raw)
    if kind is float and is_number:
        return float(typing.cast("float", raw))
    if kind in {int, bool, str} and type(raw) is kind:
        return raw
    wanted = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}.get(kind, str(kind))
    raise ValueError(f"{raw!r} is not {wanted}")


def _read_first_fitting(raw: object, kinds: Sequence[Any]) -> Any:
    for kind in kinds[:-1]:
        try:
            return read_value(raw, kind)
        except ValueError:
            continue
    return read_value(raw, kinds[-1])


def _choose(raw: object, choices: Mapping[str, Any]) -> Any:
    if isinstance(raw, str) and raw in choices:
        return choices[raw]
    raise ValueError(f"{raw!r} is not one of {', '.join(choices)}{suggest_name(str(raw), choices)}")
