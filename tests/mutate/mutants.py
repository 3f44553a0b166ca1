"""Small faults put into a source text, one at a time: each a place in the text and what stands there instead.

A comparison off by one or the other way round, `and` for `or`, `+` for `-`, `min` for `max`, a condition negated, a number
one higher, a flag the other way, a statement left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_COMPARED: Final[dict[type[ast.cmpop], tuple[str, str]]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}  # fmt: skip
_CALCULATED: Final[dict[type[ast.operator], tuple[str, str]]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "//"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"), ast.LShift: ("<<", ">>"), ast.RShift: (">>", "<<"),
}  # fmt: skip
_OPPOSITES: Final = {"min": "max", "minimum": "maximum", "any": "all", "argmin": "argmax"}
_NAMES: Final = {**_OPPOSITES, **{now: was for was, now in _OPPOSITES.items()}}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        line: Where it stands, from 1.
        start: Where what is replaced begins in the text, in bytes; `end`: where it ends.
        new: What stands there instead.
        function: Name and first line of the outermost function it is in; None where it is run as the module is imported.
        said: For such a one: the names that are bound there.
    """

    line: int
    start: int
    end: int
    new: str
    function: tuple[str, int] | None
    said: frozenset[str] = frozenset()

    def applied(self, source: str) -> str:
        """The text with the fault in it."""
        raw = source.encode()
        return (raw[: self.start] + self.new.encode() + raw[self.end :]).decode()

    def shown(self, source: str) -> str:
        """The lines that differ, the old ones with `-`, the new ones with `+`."""
        before, after = source.splitlines(), self.applied(source).splitlines()
        same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
        tail = next((i for i, (a, b) in enumerate(zip(before[::-1], after[::-1], strict=False)) if a != b), 0)
        old, new = before[same : len(before) - tail], after[same : len(after) - tail]
        return "\n".join([*(f"-{line}" for line in old), *(f"+{line}" for line in new)])


def mutants_of(source: str) -> list[Mutant]:
    """Every fault that can be put into this text, in the order of their places; all of them are Python."""
    found = [m for m in _Finder(source).of_body(ast.parse(source).body) if _is_python(m.applied(source))]
    return sorted(found, key=lambda m: (m.start, m.end, m.new))


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


class _Finder:
    def __init__(self, source: str) -> None:
        self._raw = source.encode()
        lines = [0]
        for line in self._raw.splitlines(keepends=True):
            lines.append(lines[-1] + len(line))
        self._lines = lines
        self._function: tuple[str, int] | None = None
        self._within = ""
        self._said: frozenset[str] = frozenset()

    def of_body(self, body: list[ast.stmt]) -> Iterator[Mutant]:
        for statement in body:
            yield from self._of_statement(statement)

    def _of_statement(self, node: ast.stmt) -> Iterator[Mutant]:
        if isinstance(node, _Function):
            yield from self._of_function(node)
        elif isinstance(node, ast.ClassDef):
            within, self._within = self._within, f"{self._within}{node.name}."
            yield from self.of_body(node.body)
            self._within = within
        elif not _is_for_readers(node):
            if self._function is None:
                self._said = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            if self._function is not None and _may_be_left_out(node):
                yield self._mutant(*self._place(node), "pass")
            if isinstance(node, ast.If | ast.While):
                yield self._negated(node.test)
            if isinstance(node, ast.AugAssign) and type(node.op) in _CALCULATED:
                was, now = _CALCULATED[type(node.op)]
                yield from self._between(node.target, node.value, f"{was}=", f"{now}=")
            yield from self._of_parts(node)

    def _of_function(self, node: _Function) -> Iterator[Mutant]:
        for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)):
            yield from self._of(default)
        if self._function is not None:
            yield from self.of_body(node.body)
            return
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        self._function = (f"{self._within}{node.name}", first)
        yield from self.of_body(node.body)
        self._function = None

    def _of_parts(self, node: ast.AST) -> Iterator[Mutant]:
        for name, part in ast.iter_fields(node):
            if name == "annotation":
                continue
            for one in part if isinstance(part, list) else [part]:
                if isinstance(one, ast.stmt):
                    yield from self._of_statement(one)
                elif isinstance(one, ast.AST):
                    yield from self._of(one)

    def _of(self, node: ast.AST) -> Iterator[Mutant]:
        if isinstance(node, ast.JoinedStr):  # its parts have no places before Python 3.12
            return
        if isinstance(node, ast.Compare):
            for (left, right), op in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
                yield from self._between(left, right, *_COMPARED[type(op)])
        elif isinstance(node, ast.BoolOp):
            swap = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in pairwise(node.values):
                yield from self._between(left, right, *swap)
        elif isinstance(node, ast.BinOp) and type(node.op) in _CALCULATED:
            yield from self._between(node.left, node.right, *_CALCULATED[type(node.op)])
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
            yield self._mutant(self._place(node)[0], self._place(node.operand)[0], "")
        elif isinstance(node, ast.Constant):
            yield from self._of_constant(node)
        elif isinstance(node, ast.Name | ast.Attribute):
            yield from self._of_name(node)
        elif isinstance(node, ast.IfExp):
            yield self._negated(node.test)
        elif isinstance(node, ast.comprehension):
            yield from map(self._negated, node.ifs)
        yield from self._of_parts(node)

    def _of_name(self, node: ast.Name | ast.Attribute) -> Iterator[Mutant]:
        name = node.id if isinstance(node, ast.Name) else node.attr
        if name in _NAMES:
            end = self._place(node)[1]
            yield self._mutant(end - len(name), end, _NAMES[name])

    def _of_constant(self, node: ast.Constant) -> Iterator[Mutant]:
        value = node.value
        if isinstance(value, bool):
            yield self._mutant(*self._place(node), str(not value))
        elif isinstance(value, int | float):
            yield self._mutant(*self._place(node), repr(value + 1))

    def _between(self, left: ast.expr, right: ast.expr, was: str, now: str) -> Iterator[Mutant]:
        """Another operator in the gap between two operands."""
        start, end = self._place(left)[1], self._place(right)[0]
        gap = self._raw[start:end].decode()
        at = gap.find(f" {was} ") if was.isalpha() or " " in was else gap.find(was)
        if at >= 0:
            at += gap[at] == " "
            yield self._mutant(start + len(gap[:at].encode()), start + len(gap[: at + len(was)].encode()), now)

    def _negated(self, test: ast.expr) -> Mutant:
        start, end = self._place(test)
        return self._mutant(start, end, f"not ({self._raw[start:end].decode()})")

    def _mutant(self, start: int, end: int, new: str) -> Mutant:
        line = self._raw.count(b"\n", 0, start) + 1
        return Mutant(line, start, end, new, self._function, self._said if self._function is None else frozenset())

    def _place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[node.end_lineno - 1] + node.end_col_offset


def _is_for_readers(node: ast.stmt) -> bool:
    """Imports, docstrings, log lines and the text of an error: what people at the desk never see of the product."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.unparse(node.value.func).startswith(("_log.", "log."))
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Raise | ast.Assert) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _may_be_left_out(node: ast.stmt) -> bool:
    """What leaves a program that still runs: calls, writes into something that is there already, jumps."""
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets)
    return isinstance(node, ast.Expr | ast.AugAssign | ast.Continue | ast.Break | ast.Delete)
