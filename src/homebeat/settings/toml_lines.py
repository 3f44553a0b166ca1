"""Finds the line of each value in a TOML file, so that a fault can name it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any


def find_lines(text: str) -> dict[str, int]:
    """Map each dotted key of a valid TOML text to its line, from 1; a table's own key is the line of its header."""
    lines: dict[str, int] = {}
    table: tuple[str, ...] = ()
    for number, statement in _split_statements(text):
        if statement.lstrip().startswith("["):
            table = next(_iterate_paths(tomllib.loads(statement), tables=True))
            lines.setdefault(".".join(table), number)
        else:
            for path in _iterate_paths(tomllib.loads(statement), tables=False):
                lines.setdefault(".".join(table + path), number)
    return lines


def _split_statements(text: str) -> Iterator[tuple[int, str]]:
    """Split into (line, statement). A value over several lines is one statement; it ends as soon as TOML can read it."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if not parts and not line.split("#")[0].strip():
            continue
        begun = begun if parts else number
        parts.append(line)
        statement = "\n".join(parts)
        if _is_whole(statement):
            yield begun, statement
            parts.clear()


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _iterate_paths(tree: dict[str, Any], *, tables: bool) -> Iterator[tuple[str, ...]]:
    """Yield the paths to the leaves; with `tables`, to the empty tables."""
    for name, value in tree.items():
        inner = value[-1] if tables and isinstance(value, list) else value
        if isinstance(inner, dict) and inner:
            if not tables:
                yield (name,)
            for path in _iterate_paths(inner, tables=tables):
                yield (name, *path)
        else:
            yield (name,)
