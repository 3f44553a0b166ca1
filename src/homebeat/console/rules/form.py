"""The form of one rule: its fields, and reading what was typed into them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from homebeat.console.rules.names import name_setting, read_span, write_setting
from homebeat.console.web.grants import Option
from homebeat.domain.durations import format_duration
from homebeat.settings.bounds import find_bounds, list_metrics
from homebeat.settings.plan import ENABLED, RulePlan, find_kinds
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

FIELD: Final = "rule."
NOT_A_SPAN: Final = msg("Write a duration, such as 8 h, 90 min or 1 d 12 h.")
NOT_A_NUMBER: Final = msg("Write a number, such as 10 or 0.5.")
BOUNDS: Final = msg("possible with the others as they are: %(least)s to %(greatest)s; for example %(example)s")
OUT_OF_RANGE: Final = msg("This value cannot be used here.")
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class RuleField:
    """One field of the form.

    Attributes:
        look: `choice`, or `text`.
        beneath: What holds where the field is left empty.
        bounds: Between which values it may lie, and an example of another than the usual one; empty for a choice.
        source: Where the value in force comes from.
    """

    name: str
    label: str
    look: str
    value: str
    beneath: str
    default: str
    source: str
    bounds: str = ""
    choices: Sequence[Option] = ()
    fault: str = ""
    longest: int = _LONGEST
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class RuleTyped:
    """What was typed.

    Attributes:
        after: As a settings file would have it: what differs from what lies beneath.
        faults: By the name of the setting, in the language of the reader.
    """

    after: Mapping[str, Any]
    faults: Mapping[str, str]


def list_values(plan: RulePlan, code: str, path: Sequence[str] = ()) -> dict[str, Any]:
    """List what holds of a rule in an area, by the name of the setting."""
    enabled, rule = plan.resolve_rule(code, path)
    return {ENABLED: enabled} | {part.name: getattr(rule, part.name) for part in dataclasses.fields(rule) if part.init}


def list_defaults(plan: RulePlan, code: str) -> dict[str, Any]:
    """List what holds where nobody says anything."""
    return list_values(RulePlan(plan.rules), code)


def make_fields(
    rule: type[Any],
    words: Wording,
    shown: Mapping[str, Any],
    beneath: Mapping[str, Any],
    defaults: Mapping[str, Any],
    sources: Mapping[str, str],
    refused: RuleTyped | None,
    typed: Mapping[str, str],
) -> list[RuleField]:
    """Make the fields; after a refusal with what was typed, and what is wrong with it."""
    fields = []
    for name, value in shown.items():
        choices = _list_choices(rule, shown, name, words)
        text = value if isinstance(value, str) else ("yes" if value else "no") if choices else write_setting(value, words)
        fields.append(
            RuleField(
                f"{FIELD}{name}",
                name_setting(rule.code, name, words),
                "choice" if choices else "text",
                typed.get(f"{FIELD}{name}", text),
                write_setting(beneath[name], words),
                write_setting(defaults[name], words),
                sources[name],
                _write_bounds(rule, shown, name, defaults[name], words),
                choices,
                refused.faults.get(name, "") if refused else "",
            )
        )
    return fields


def _list_choices(rule: type[Any], shown: Mapping[str, Any], name: str, words: Wording) -> list[Option]:
    """List what can be chosen for a setting; empty for one that is typed."""
    if isinstance(shown[name], bool):
        return [Option("yes", words.text("Yes")), Option("no", words.text("No"))]
    if isinstance(shown[name], str):
        return [Option(one, words.metric(one)) for one in list_metrics(rule, shown, name)]
    return []


def _write_bounds(rule: type[Any], shown: Mapping[str, Any], name: str, usual: Any, words: Wording) -> str:
    bounds = find_bounds(rule, shown, name)
    if bounds is None:
        return ""
    least, greatest = bounds
    example = next((one for one in _list_examples(usual) if least <= one <= greatest and one != usual), greatest)
    return words.text(
        BOUNDS, least=write_setting(least, words), greatest=write_setting(greatest, words), example=write_setting(example, words)
    )


def _list_examples(usual: Any) -> list[Any]:
    """List values that show how one is written, the best first."""
    if isinstance(usual, timedelta):
        return [usual * 2, usual / 2]
    if isinstance(usual, int):
        return [usual + 1, usual - 1]
    if not math.isfinite(usual):
        return [30.0]
    return [float(f"{usual * share:.2g}") for share in (1.1, 0.9)]


def read_rule(plan: RulePlan, code: str, typed: Mapping[str, str], beneath: Mapping[str, Any], words: Wording) -> RuleTyped:
    """Read the fields of a rule. A field that is empty, or says what lies beneath, says nothing."""
    after: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, kind in find_kinds(plan.rules[code]).items():
        text = typed.get(f"{FIELD}{name}", "").strip()
        if not text or text == "–":
            continue
        try:
            value = _read_value(kind, text)
        except ValueError:
            faults[name] = words.text(NOT_A_SPAN if kind is timedelta else NOT_A_NUMBER)
            continue
        if value != beneath[name]:
            after[name] = format_duration(value) if isinstance(value, timedelta) else value
    return RuleTyped(after, faults)


def _read_value(kind: Any, text: str) -> object:
    if kind is bool:
        return text == "yes"
    if kind is timedelta:
        return read_span(text)
    if kind is int:
        return int(text)
    return float(text.replace(",", ".")) if kind is float else text
