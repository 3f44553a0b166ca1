"""The Chinese pages are whole: what the English ones name, they name, and what can be copied is the same."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from homebeat.wording.catalogue import find_po_file
from homebeat.wording.language import Language
from tests.docs.pages import DOCS, blocks, first_cells, pages

CHINESE = DOCS / "zh-CN"
PAIRS = {"street-office.md": "office.md"} | {
    name: name
    for name in (
        "runbook.md",
        "backup.md",
        "privacy.md",
        "fleet.md",
        "channels.md",
        "events.md",
        "evidence.md",
        "export.md",
        "neighbours.md",
    )
}


@pytest.mark.parametrize("english, chinese", PAIRS.items())
def test_a_table_leaves_out_no_row(english: str, chinese: str) -> None:
    rows = [
        len(re.findall(r"^\|", (folder / name).read_text(encoding="utf-8"), re.MULTILINE))
        for folder, name in ((DOCS, english), (CHINESE, chinese))
    ]
    assert rows[1] >= rows[0]
    assert first_cells(CHINESE / chinese) >= first_cells(DOCS / english)


@pytest.mark.parametrize("english, chinese", PAIRS.items())
def test_every_setting_and_address_is_named(english: str, chinese: str) -> None:
    named = re.compile(r"`((?:retention|http|mqtt)\.\w+|GET /[\w/]+)`")
    texts = [(DOCS / english).read_text(encoding="utf-8"), (CHINESE / chinese).read_text(encoding="utf-8")]
    assert set(named.findall(texts[1])) >= {word for word in named.findall(texts[0]) if not word.startswith("http.")}


@pytest.mark.parametrize("language", ["ini", "nginx"])
def test_what_is_copied_into_a_file_is_the_same(language: str) -> None:
    assert blocks(CHINESE / "office.md", language) == blocks(DOCS / "street-office.md", language)
    assert len(blocks(CHINESE / "office.md", language)) == 1


def test_the_commands_are_those_of_the_english_pages() -> None:
    for english, chinese in PAIRS.items():
        told = {line for block in blocks(DOCS / english, "") for line in commands(block)}
        assert {line for block in blocks(CHINESE / chinese, "") for line in commands(block)} >= told, chinese


def commands(block: str) -> list[str]:
    """The commands of a block, without names that a page may choose."""
    lines = (line.partition(" #")[0].strip() for line in block.splitlines())
    return [
        line
        for line in lines
        if line.startswith(("sudo ", "homebeat ", "pg_", "sqlite3 ", "dropdb ", "cp ")) and "token create" not in line
    ]


def test_the_handbook_calls_buttons_and_labels_what_the_page_calls_them() -> None:
    shown = {said.replace("%(name)s", "…") for message in catalogue() for said in sentences(message.string or "")}
    named = {label for page in CHINESE.glob("*.md") for label in re.findall(r"【([^】]+)】", page.read_text(encoding="utf-8"))}
    assert len(named) > 30
    assert named - {"这样"} <= shown, "the page has no such text"


def catalogue() -> Catalog:
    with find_po_file(Language.CHINESE).open("rb") as source:
        return read_po(source, locale=Language.CHINESE.locale)


def sentences(said: str | tuple[str, ...] | list[str]) -> list[str]:
    """The forms of a message: one, or one for each number."""
    return [said] if isinstance(said, str) else list(said)


def test_chinese_pages_use_the_marks_of_chinese() -> None:
    for page in pages():
        if page.parent == CHINESE:
            text = re.sub(r"`[^`]*`|\([^)\s]*\)", "", page.read_text(encoding="utf-8"))
            assert not re.findall(r"[\u4e00-\u9fff][,;?!:][\u4e00-\u9fff]", text), page.name
