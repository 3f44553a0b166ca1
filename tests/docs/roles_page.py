"""The pages of roles, in both languages: made from the table of who may do and see what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from homebeat.domain.durations import HOUR_MS
from homebeat.domain.role import PERMITTED, Field, Operation, Role, When
from homebeat.wording import Wording
from tests.docs.pages import DOCS

PAGES: Final[Mapping[str, Path]] = {"en": DOCS / "roles.md", "zh-CN": DOCS / "zh-CN" / "roles.md"}
_TEXTS: Final[Mapping[str, tuple[str, str, str, str, str, str]]] = {
    "en": (
        """# Roles

Made from `src/homebeat/domain/role.py` by `python -m tests.docs`; a test fails when this page is stale.

A role is given in an area, and holds there and in everything below it; or without an area, for the whole installation.
Somebody may have several roles in several areas: each counts in its own. What lies outside your areas does not exist for
you: it is in no list and no count, and its address answers 404.
""",
        "## What each role may do",
        "## Which personal data each role sees",
        "role",
        "yes",
        "last %s h",
    ),
    "zh-CN": (
        """# 角色和权限

本页由 `src/homebeat/domain/role.py` 生成。

角色按区域授予，在该区域和它下面的所有区域有效；不写区域，就是全部区域。一个人可以在几个区域有几个角色，各管各的。您的区域之外的住户，对您来说不存在：列表和统计里没有，
直接打开地址也是 404。
""",
        "## 每个角色能做什么",
        "## 每个角色能看到哪些个人信息",
        "角色",
        "是",
        "最近 %s 小时",
    ),
}


def page(language: str) -> str:
    """The page in `en` or `zh-CN`."""
    words = Wording(language)
    head, may, sees, role, yes, last = _TEXTS[language]

    def write_when(when: When) -> str:
        return {When.NEVER: "", When.ALWAYS: yes}.get(when) or (words.when(when) if when is not When.NEVER else "")

    def write_field(row: Any, field: Field) -> str:
        text = write_when(row.fields.get(field, When.NEVER))
        span = row.last_ms.get(field)
        return text + (f", {last % (span // HOUR_MS)}" if span and text else "")

    shown = [op for op in Operation if any(op in row.operations for row in PERMITTED.values())]
    operations = _table(role, [words.operation(op) for op in shown], words, lambda row: [
        write_when(row.operations.get(op, When.NEVER)) for op in shown
    ])  # fmt: skip
    fields = _table(
        role, [words.field(field) for field in Field], words, lambda row: [write_field(row, field) for field in Field]
    )
    return f"{head}\n{may}\n\n{operations}\n{sees}\n\n{fields}"


def _table(role: str, columns: list[str], words: Wording, cells: Callable[[Any], list[str]]) -> str:
    lines = [f"| {' | '.join([role, *columns])} |", "|" + "---|" * (len(columns) + 1)]
    lines += [f"| `{one.value}` {words.role(one)} | {' | '.join(cells(PERMITTED[one]))} |" for one in Role]
    return "\n".join(line.replace("  ", " ") for line in lines) + "\n"


def refresh() -> None:
    """Write both pages."""
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
