"""docs/rules.md says what the rules say of themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from homebeat.rules.catalogue import RULES
from homebeat.rules.describe import PARTS, describe_rule
from homebeat.rules.rule import Rule
from homebeat.settings import load
from tests.docs.pages import blocks
from tests.docs.rules_page import PAGE, page


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "stale: run `python -m tests.docs`"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_every_rule_says_what_an_operator_must_know(rule: type[Rule]) -> None:
    first, parts = describe_rule(rule)
    assert first.endswith(".")
    assert tuple(parts) == PARTS
    assert all(parts.values())


def test_the_settings_on_the_page_are_the_defaults(tmp_path: Path) -> None:
    tables = blocks(PAGE, "toml")
    assert len(tables) == len(RULES)
    file = tmp_path / "rules.toml"
    file.write_text("\n".join(tables), encoding="utf-8")
    assert load({}, RULES, file).plan.resolve_area() == load({}, RULES).plan.resolve_area()
