"""Project lint for names: functions begin with a verb, and words that only this project would understand are not used.

In the packages of `PLAIN`. A line that must: `# lint: allow participle reason`, or `coined`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

#: Where the rule holds.
PLAIN: Final = (
    *(
        f"src/homebeat/{package}"
        for package in (
            "actions", "api", "backtest", "bootstrap", "codecs", "console", "deadlines", "deliver", "domain", "egress", "engine",
            "evidence", "habits", "identity", "ingest", "registry", "response", "rules", "settings", "store", "stream", "watch",
            "wording",
        )
    ),
    "simulators",
)  # fmt: skip

#: Words that end like a participle and are none.
_ENDS_ALIKE: Final = re.compile(r"bed|breed|embed|exceed|feed|need|proceed|red|seed|shed|speed|succeed|weed")
_IRREGULAR: Final = re.compile(
    r"begun|bought|bound|broken|brought|built|caught|chosen|done|drawn|driven|fallen|felt|forgotten|found|given|gone|grown|heard|"
    r"held|hidden|kept|known|left|lost|made|meant|met|moved|paid|risen|said|seen|sent|shown|sold|sought|spent|spoken|stolen|stood|"
    r"struck|taken|taught|thought|thrown|told|torn|understood|woken|worn|woven|written"
)
#: Words of this project's own making, and what the trade says.
_COINED: Final = {
    "told": "notified, or the noun of what it holds",
    "stir": "move",
    "stirs": "moves",
    "stirred": "moved",
    "stirring": "movement",
    "minding": "order_matters",
    "wave": "round",
    "waves": "rounds",
    "glance": "peek",
    "glanced": "peeked",
    "afresh": "again",
    "anew": "again, or reset",
    "unsay": "retract",
    "unsaid": "retracted",
    "unlive": "remove_life",
    "bench": "timetable",
    "prompt": "question",
    "prompts": "questions",
}
_Function: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


def find_unplain_names(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Find names that are not plain: (line, code of the fault, text)."""
    if not any(path.is_relative_to(package) for package in PLAIN):
        return
    for node in ast.walk(tree):
        if isinstance(node, _Function) and _is_participle(node.name) and not _has_another_form(node):
            yield node.lineno, "participle", f"{node.name}: a function begins with a verb (find_, make_, with_...)"
    yield from _find_coined(path.stem, 1)
    for node in ast.walk(tree):
        for name in _names_given(node):
            yield from _find_coined(name, getattr(node, "lineno", 1))


def _is_participle(name: str) -> bool:
    first = name.strip("_").split("_")[0]
    if _IRREGULAR.fullmatch(first):
        return True
    return first.endswith("ed") and not _ENDS_ALIKE.fullmatch(first)


def _has_another_form(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A property is a noun to its reader, and so is a fixture."""
    return any(re.search(r"property|fixture|\.setter", ast.unparse(decorator)) for decorator in node.decorator_list)


def _names_given(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (*_Function, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.attr


def _find_coined(name: str, line: int) -> Iterator[tuple[int, str, str]]:
    for word in re.findall(r"[a-z]+|[A-Z][a-z]*", name):
        plain = _COINED.get(word.lower())
        if plain:
            yield line, "coined", f"{name}: not {word.lower()!r}: {plain}"
