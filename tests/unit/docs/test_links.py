"""What a page points to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, pages, prose

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
IN_THE_TREE = re.compile(r"`((?:src|tests|simulators|benchmarks|alembic|\.ci)/[\w./-]+)`")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    texts = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = prose(page)
    for target in LINK.findall(text):
        name, _, anchor = target.partition("#")
        assert "://" not in target, f"{target}: pages point to nothing outside the repository"
        led_to = page.parent / name if name else page
        assert led_to.exists(), target
        assert not anchor or anchor in anchors(led_to), target
    for path in IN_THE_TREE.findall(text):
        assert (ROOT / path).exists(), path


def test_every_page_is_in_the_index_or_in_the_readme() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in (ROOT / "README.md", ROOT / "docs" / "index.md")
        for target in LINK.findall(prose(page))
    }
    for page in pages():
        is_listed = page.parent.name == "adr" or page.name in {"index.md", "README.md"}
        assert is_listed or page.resolve() in linked, f"{page.name} is linked from nowhere"


def test_each_decision_record_has_a_number_of_its_own() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [record.name.partition("-")[0] for record in records]
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record, number in zip(records, numbers, strict=True):
        assert record.read_text(encoding="utf-8").startswith(f"# {number} "), record.name
