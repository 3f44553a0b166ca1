"""The glossary: its rows, and what the catalogue decides in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from homebeat.wording import names
from homebeat.wording.catalogue import load_translations
from homebeat.wording.language import Language
from tests.docs.pages import DOCS

PAGE: Final = DOCS / "glossary.md"
_COLUMNS: Final = 5
_NAMES: Final = "## Names on the page\n"
_HEAD: Final = f"""{_NAMES}
Made from `src/homebeat/wording/names.py` and the Chinese catalogue by `python -m tests.docs`.

| code | English | 中文 |
|---|---|---|
"""
_LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    "priority": names.PRIORITIES,
    "desk": names.DESKS,
    "condition": names.CONDITIONS,
    "answer": names.ANSWERS,
    "transition": names.TRANSITIONS,
    "outcome": names.OUTCOMES,
    "role": names.ROLES,
    "state": names.HOME_STATES,
}


class Entry(NamedTuple):
    """One row: its cells without the blanks around them."""

    word: str
    chinese: str
    code: str
    means: str
    unused: str


def entries(text: str) -> Iterator[Entry]:
    """The rows that are written by hand."""
    for line in text.partition(_NAMES)[0].splitlines():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        if line.startswith("|") and len(cells) == _COLUMNS and cells[0] != "word" and not cells[0].startswith("---"):
            yield Entry(*cells)


def chinese_of(word: str) -> str:
    """What the catalogue says for the word, or for each state of an axis, as a text of its own; empty where it has none."""
    axes = {**names.CONDITIONS, **names.ANSWERS}
    parts = word.split(", ")
    msgids = [axes[part] for part in parts] if axes.keys() >= set(parts) else [word[:1].upper() + word[1:]]
    found = [load_translations(Language.CHINESE).gettext(msgid) for msgid in msgids]
    return "" if found == msgids else " / ".join(found)


def refreshed(text: str) -> str:
    """The page with the catalogue's Chinese, and its closed lists."""
    by_hand = text.partition(_NAMES)[0]
    for entry in entries(text):
        said = chinese_of(entry.word) or entry.chinese
        by_hand = by_hand.replace(f"| {entry.word} | {entry.chinese} |", f"| {entry.word} | {said} |")
    rows = [
        f"| {kind} `{code}` | {english} | {load_translations(Language.CHINESE).gettext(english)} |\n"
        for kind, listed in _LISTS.items()
        for code, english in listed.items()
    ]
    return by_hand + _HEAD + "".join(rows)


def refresh(page: Path = PAGE) -> None:
    """Write the page anew."""
    page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8")
