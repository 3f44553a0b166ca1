"""The glossary says what the code and the catalogue say."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from homebeat.domain.service_alerts import SERVICE_ALERTS
from homebeat.rules.catalogue import RULES
from tests.docs.glossary_page import PAGE, chinese_of, entries, refreshed
from tests.docs.pages import ROOT
from tests.lint.source import BANNED_WORDS

SOURCE = ROOT / "src" / "homebeat"
TEXT = PAGE.read_text(encoding="utf-8")
ENTRIES = list(entries(TEXT))
WORDS = {word for entry in ENTRIES for word in entry.word.split(", ")}
QUOTED = re.compile(r"`([^`]+)`")
#: The words that the design fixes. Whoever changes one of them changes what others rely on.
FIXED = """
resident, household, area, device, metric, reading, sign of life, coverage, observed_at, received_at, recorded_at,
watermark, lateness, back-fill, tick, batch, hysteresis, debounce, feature, rule, verdict, alert, alarm, firing,
cleared, unacknowledged, acknowledged, resolved, case, response plan, step, answer, deadline, action, actor, duty,
shift, rota, hand-over, responder, volunteer, provider, contact, representative, visit, escalate, silence, shelve,
inhibit, group, quiet hours, notice, outbox, delivery, receipt, dead letter, question, quarantine, envelope, report,
replay, back-test, partition, lease, epoch, take-over, protected, blind
"""


@cache
def identifiers() -> frozenset[str]:
    """Every name that the code defines or uses."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.Name(id=name):
                    found.add(name)
                case ast.Attribute(attr=name) | ast.arg(arg=name):
                    found.add(name)
    return frozenset(found)


@pytest.mark.parametrize("word", " ".join(FIXED.split()).split(", "))
def test_every_fixed_word_has_an_entry_in_both_languages(word: str) -> None:
    (entry,) = (entry for entry in ENTRIES if word in entry.word.split(", "))
    assert re.search(r"[\u4e00-\u9fff]", entry.chinese), "no Chinese"
    assert len(entry.means) > 10


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.word)
def test_what_an_entry_names_in_the_code_exists(entry: tuple[str, ...]) -> None:
    known = identifiers() | RULES.keys() | SERVICE_ALERTS.keys()
    assert {name for cell in entry for name in QUOTED.findall(cell)} <= known


def test_the_chinese_is_that_of_the_catalogue() -> None:
    assert chinese_of("gateway") == "网关", "the catalogue is read"
    assert refreshed(TEXT) == TEXT, "stale: run `python -m tests.docs`"


def test_no_word_stands_twice_and_none_is_both_used_and_not() -> None:
    assert len(WORDS) == sum(len(entry.word.split(", ")) for entry in ENTRIES)
    unused = {word for entry in ENTRIES for word in entry.unused.split(", ") if word}
    assert unused & WORDS <= {"active", "lock", "queue", "command", "closed", "password"}, (
        "these mean something else where they are not used"
    )


def test_the_lint_sends_to_words_that_the_glossary_has() -> None:
    meant = {instead for instead in BANNED_WORDS.values() if not instead.startswith(("say ", "..."))}
    assert meant
    assert meant <= WORDS
    replaced = {word for entry in ENTRIES for word in entry.unused.split(", ")}
    assert {word for word, instead in BANNED_WORDS.items() if instead in meant} <= replaced


@pytest.mark.parametrize("package", sorted(SOURCE.glob("*/__init__.py")), ids=lambda path: path.parent.name)
def test_every_package_points_to_the_glossary(package: Path) -> None:
    said = ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))) or ""
    assert "docs/glossary.md" in said
