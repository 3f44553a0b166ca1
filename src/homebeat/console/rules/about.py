"""Says what a rule does and what its values mean, in the language of the reader: what the rule says of itself."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homebeat.console.rules.names import name_setting
from homebeat.rules.describe import describe_rule
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

#: What is shown of a rule's own words, with its heading. The rest is for who builds devices: docs/rules.md.
SHOWN: Final[Mapping[str, str]] = {
    "Means": msg("What it means"),
    "Wrong when": msg("When it is wrong"),
    "Defaults": msg("The usual values, and what they mean"),
}
_CODE: Final = re.compile(r"`(\w+)`")
_STRESS: Final = re.compile(r"\*(\w+)\*")


@dataclass(frozen=True, slots=True)
class RuleAbout:
    """What a rule does, in one sentence; and more of it, as (heading, text)."""

    does: str
    more: Sequence[tuple[str, str]]


def tell_about(rule: type[Any], rules: Mapping[str, type[Any]], words: Wording) -> RuleAbout:
    """Tell what a rule does; settings and other rules in it go by the names that the page gives them."""
    settings = {part.name for part in dataclasses.fields(rule) if part.init}

    def name(found: re.Match[str]) -> str:
        code = found[1]
        if code in settings:
            shown = name_setting(rule.code, code, words)
        elif code in rules:
            shown = words.rule_name(code)
        else:
            return code
        return f"“{shown}”"

    def write(text: str) -> str:
        said = _STRESS.sub(r"\1", _CODE.sub(name, words.text(text)))
        return said[:1].upper() + said[1:]

    first, parts = describe_rule(rule)
    return RuleAbout(write(first), [(words.text(heading), write(parts[part])) for part, heading in SHOWN.items()])
