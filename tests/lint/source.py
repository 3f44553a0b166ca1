"""Project lint for Python: what ruff, mypy and import-linter cannot see, found in the syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from tests.lint.scopes import find_unnarrowed
from tests.lint.words import find_unplain_names

MOST_LINES: Final = 500
LONGEST_FUNCTION: Final = 60

#: Words that say nothing, and words that DESIGN section 2 replaces by others.
BANNED_WORDS: Final = {
    "util": "say what it does",
    "utils": "say what it does",
    "helper": "say what it does",
    "helpers": "say what it does",
    "common": "say what is shared",
    "manager": "say what it does",
    "data": "say of what",
    "process": "say what is done",
    "handle": "say what is done",
    "patient": "resident",
    "tenant": "household",
    "incident": "alert",
    "snooze": "shelve",
    "mute": "silence",
    "timestamp": "..._at",
}
#: In tests a child process is a process.
_FREE_IN_TESTS: Final = frozenset({"process", "data", "timestamp"})
#: Where waiting is spread by chance, so that a thousand clients do not come back in the same second.
_EDGES: Final = ("src/homebeat/bootstrap", "src/homebeat/deliver", "src/homebeat/ingest")
#: Where units of time are defined; what was learned from people's days (`habits`) imports nothing of homebeat.
_UNITS: Final = ("src/homebeat/domain/durations.py", "src/homebeat/habits")
_UNIT_NAME: Final = re.compile(r"_?(SECOND_|MINUTE_|HOUR_|DAY_|WEEK_)?MS")
#: What answers people, and the reads of a session that give personal data as it is.
_DOORS: Final = ("src/homebeat/api", "src/homebeat/console")
_PERSONAL: Final = re.compile(
    r"\.(search\.find_page|homes\.(list_residents|find_residents?|find_by_phone|list_households|find_households?|find_device)"
    r"|homes\.compute_hourly_litres"
    r"|alerts\.(read_page|get)|readings\.\w+|fleet\.(load(_home)?|find_contacts)|quarantine\.(read_page|get|find_received|list_\w+)"
    r"|glass\.(read_page|find)|consents\.list_decisions)$"
)
_Function: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_ALLOWED: Final = re.compile(r"#\s*lint: allow ([a-z-]+) \S+")


class Fault(NamedTuple):
    """One line that must change; `code` is what `# lint: allow CODE reason` names."""

    line: int
    code: str
    text: str


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the top of the repository and its text."""

    path: PurePosixPath
    text: str

    @property
    def is_test(self) -> bool:
        """Tests are held to other rules than what they test."""
        return self.path.parts[0] == "tests"

    def faults(self) -> list[Fault]:
        """Everything found, but for lines that say why they may."""
        lines = self.text.splitlines()
        tree = ast.parse(self.text)
        found = [*_names(self, tree), *_long_file(lines)]
        found += [Fault(*one) for look in (find_unplain_names, find_unnarrowed) for one in look(self.path, tree)]
        if not self.path.is_relative_to("alembic/versions"):  # a revision is one list of tables, never edited again
            found += _long_functions(tree)
        if self.path.is_relative_to("src/homebeat") and not any(map(self.path.is_relative_to, _UNITS)):
            found += _durations(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                found += _calls(self, node)
            elif isinstance(node, ast.FunctionDef) and self.is_test:
                found += _tests(node)
            elif isinstance(node, ast.ImportFrom | ast.Import) and self.is_test:
                found += _imports(node)
        return sorted(f for f in found if not _is_allowed(f, lines))


def _is_allowed(fault: Fault, lines: list[str]) -> bool:
    said = _ALLOWED.search(lines[fault.line - 1]) if fault.line <= len(lines) else None
    return said is not None and said[1] == fault.code


def _long_file(lines: list[str]) -> Iterator[Fault]:
    if len(lines) > MOST_LINES:
        yield Fault(1, "long-file", f"{len(lines)} lines; a file has at most {MOST_LINES}: give a part of it a name of its own")


def _long_functions(tree: ast.Module) -> Iterator[Fault]:
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            inner = sum(_lines(child) for child in ast.walk(node) if isinstance(child, _Function) and child is not node)
            length = _lines(node) - inner  # a router is as long as its longest route
            if length > LONGEST_FUNCTION:
                yield Fault(node.lineno, "long-function", f"{node.name} has {length} lines; a function fits a screen")


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its lines without its docstring."""
    first = node.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    text = (first.end_lineno or first.lineno) - first.lineno + 1 if is_text else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - text


def _names(source: Source, tree: ast.Module) -> Iterator[Fault]:
    """Names that are given here; names of others (`socket.data`) are theirs."""
    given = [(1, source.path.stem)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            given.append((node.lineno, node.name))
        elif isinstance(node, ast.arg):
            given.append((node.lineno, node.arg))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            given.append((node.lineno, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            given.append((node.lineno, node.attr))
    for line, name in given:
        for word in re.findall(r"[a-z]+|[A-Z][a-z]*", name):
            says = BANNED_WORDS.get(word.lower())
            if says and not (source.is_test and word.lower() in _FREE_IN_TESTS):
                yield Fault(line, "word", f"{name}: not {word.lower()!r}: {says}")


def _durations(tree: ast.Module) -> Iterator[Fault]:
    """A second definition of a unit of time, by its name or by its value."""
    for node in ast.walk(tree):
        is_name = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and _UNIT_NAME.fullmatch(node.id)
        is_number = isinstance(node, ast.Constant) and node.value in {3_600_000, 86_400_000}
        is_call = isinstance(node, ast.Call) and ast.unparse(node) == "timedelta(milliseconds=1)"
        if isinstance(node, ast.expr) and (is_name or is_number or is_call):
            yield Fault(node.lineno, "duration", "take MS, MINUTE_MS, HOUR_MS or DAY_MS from domain/durations.py")


def _calls(source: Source, call: ast.Call) -> Iterator[Fault]:
    name = ast.unparse(call.func)
    first = call.args[0] if call.args else None
    text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
    in_store = source.path.is_relative_to("src/homebeat/store")
    if name.endswith("datetime64") and text in {"now", "today"}:
        yield Fault(call.lineno, "clock", "a clock inside numpy: take `now` as a value")
    if name.endswith(".commit") and not in_store and not source.is_test:
        yield Fault(call.lineno, "commit", "only the store's unit of work commits: one tick, one transaction")
    if name == "time.sleep" or (name == "asyncio.sleep" and source.is_test):
        yield Fault(call.lineno, "sleep", "wait on a condition with a deadline (an Event, a Condition, select)")
    is_unseeded = name in {"random.Random", "Random"} or name.endswith("default_rng")
    if is_unseeded and not call.args and not call.keywords and not any(map(source.path.is_relative_to, _EDGES)):
        yield Fault(call.lineno, "chance", "an unseeded generator: pass in a seeded one")
    if source.is_test and text is not None and (name.endswith("monkeypatch.setattr") or name in {"patch", "mock.patch"}):
        yield Fault(call.lineno, "patch", "patches a dotted path: fake a port that we own")
    if any(map(source.path.is_relative_to, _DOORS)) and _PERSONAL.search(name):
        yield Fault(call.lineno, "unmasked", "personal data goes through a view (`actions.view`), which puts masks on it")
    # The lint refuses this mark in other tests: it stands in front of a whole test, which would never run, on any machine.
    is_mark = name.removeprefix("pytest.") == "mark.skip"
    if is_mark or (name == "pytest.skip" and first is None and not call.keywords):
        yield Fault(call.lineno, "skip", "a test that never runs, or does not say why it did not")


def _imports(node: ast.ImportFrom | ast.Import) -> Iterator[Fault]:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    if any(name.startswith("unittest.mock") for name in names):
        yield Fault(node.lineno, "patch", "unittest.mock answers anything: fake a port that we own")


def _tests(node: ast.FunctionDef) -> Iterator[Fault]:
    if node.name.startswith("test_") and not any(map(_asserts, ast.walk(node))):
        yield Fault(node.lineno, "asserts-nothing", f"{node.name} asserts nothing")


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert | ast.Raise):
        return True
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return bool(re.search(r"\b(raises|warns|fail)$|assert|expect|check|verify|prove|must", name))
