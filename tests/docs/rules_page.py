"""The rule catalogue page, made from each rule's docstring and fields: what a rule says of itself stands in one place."""

from __future__ import annotations

import dataclasses
import textwrap
from datetime import timedelta
from pathlib import Path
from typing import Final

from homebeat.domain.durations import format_duration
from homebeat.domain.service_alerts import SERVICE_ALERTS
from homebeat.rules.catalogue import RULES
from homebeat.rules.describe import PARTS, describe_rule
from homebeat.rules.rule import Rule
from homebeat.settings.explain import format_value
from homebeat.wording.wording import Wording

PAGE: Final = Path(__file__).parents[2] / "docs" / "rules.md"
_WIDTH: Final = 125
_HEAD: Final = """\
# Rules

Made from the rules themselves by `python -m tests.docs`; a test fails when this page is stale. Codes are public and stable.

Each rule answers firing, clear or *unknown*; unknown neither opens nor clears an alert. Which rules run, and with which
thresholds, is set for all or for an area and all below it ([settings](settings.md)); `homebeat check` says what is in force.
An alert of the care desk with priority critical or high is also told to the contacts of the home; a fall once it is critical.

| rule | English | 中文 | about | desk | priority | on |
|---|---|---|---|---|---|---|
"""
_SERVICE: Final = """\
## Not rules: what homebeat says itself

Their thresholds cannot be set and they cannot be switched off. One that is about no home stands in the queue of every area.

| alert | English | 中文 | about | desk | priority |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(map(_row, RULES.values())) + "\n" + "".join(map(_section, RULES.values())) + _service_alerts()


def _row(rule: type[Rule]) -> str:
    english, chinese = (Wording(language).rule_name(rule.code) for language in ("en", "zh-CN"))
    on = "yes" if rule.on_by_default else "no"
    cells = (f"[`{rule.code}`](#{rule.code})", english, chinese, rule.axis.value, rule.desk.value, rule.priority.value, on)
    return f"| {' | '.join(cells)} |\n"


def _service_alerts() -> str:
    alerts = SERVICE_ALERTS.values()
    rows = [
        f"| [`{a.code}`](#{a.code}) | {Wording('en').rule_name(a.code)} | {Wording('zh-CN').rule_name(a.code)} "
        f"| {a.about} | {a.desk.value} | {a.priority.value} |\n"
        for a in alerts
    ]
    texts = [f"\n### `{a.code}`\n\n{_wrapped(a.says)}\n" for a in alerts]
    return _SERVICE + "".join(rows) + "".join(texts)


def _section(rule: type[Rule]) -> str:
    first, parts = describe_rule(rule)
    lines = [f"## `{rule.code}`", "", _wrapped(first), ""]
    lines += [_wrapped(f"* **{name}**: {parts[name]}", "  ") for name in PARTS]
    lines += ["", *_fields(rule)]
    return "\n".join(lines) + "\n\n"


def _fields(rule: type[Rule]) -> list[str]:
    default = rule()
    # the docstring's prose on defaults explains; these are the numbers as a settings file would write them
    values = {field.name: getattr(default, field.name) for field in dataclasses.fields(default) if field.init}
    lines = ["```toml", f"[rules.{rule.code}]", f"enabled = {format_value(rule.on_by_default)}"]
    lines += [f"{name} = {_toml(value)}" for name, value in values.items()]
    lines.append("```")
    waits = [(default.hold_for, "opens after it has held for"), (default.clear_after, "clears after it has been over for")]
    told = [f"{words} {format_duration(span)}" for span, words in waits if span]
    return [*lines, *(["", f"It {' and '.join(told)}."] if told else [])]


def _toml(value: object) -> str:
    return f'"{format_value(value)}"' if isinstance(value, str | timedelta) else format_value(value)


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
