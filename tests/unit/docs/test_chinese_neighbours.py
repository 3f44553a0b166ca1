"""The Chinese page of neighbours is whole: the same commands, settings, automations and entities as the English one."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

from tests.docs.pages import DOCS, blocks
from tests.unit.docs.test_chinese import commands

ENGLISH, CHINESE = DOCS / "neighbours.md", DOCS / "zh-CN" / "neighbours.md"


def test_commands_and_files_are_the_same() -> None:
    said = [{line for block in blocks(page, "") for line in commands(block)} for page in (ENGLISH, CHINESE)]
    assert said[0] == said[1] != set()
    assert blocks(ENGLISH, "nginx") == blocks(CHINESE, "nginx")
    (english,), (chinese,) = blocks(ENGLISH, "toml"), blocks(CHINESE, "toml")
    assert tomllib.loads(english) == tomllib.loads(chinese)


def test_automations_differ_in_what_people_read_alone() -> None:
    def strip(found: dict[str, Any]) -> dict[str, Any]:
        for one in found["automation"]:
            one.pop("alias")
            for action in one["actions"]:
                action["data"].pop("message", None)
        return found

    (english,), (chinese,) = blocks(ENGLISH, "yaml"), blocks(CHINESE, "yaml")
    assert strip(yaml.safe_load(english)) == strip(yaml.safe_load(chinese))


def test_every_entity_and_every_chapter_is_there() -> None:
    texts = [page.read_text(encoding="utf-8") for page in (ENGLISH, CHINESE)]
    entities = [set(re.findall(r"`(?:binary_)?sensor\.\w+`", text)) for text in texts]
    assert entities[0] == entities[1] != set()
    assert len({text.count("\n## ") for text in texts}) == 1
