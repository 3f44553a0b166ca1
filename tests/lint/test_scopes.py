"""The lint on scopes sees every query that is not narrowed: in examples, and in the store with any one filter taken away."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath

import pytest

from homebeat.store.scoping import LEADS
from tests.lint.scopes import EXCEPTIONS, SCOPED, STORE, find_open_queries, find_unnarrowed

ROOT = Path(__file__).parents[2]
HEAD = """
from homebeat.store.alert import tables
from homebeat.store.home import tables as home_tables
from homebeat.store.operation.tables import change as _change
_alert, _home = tables.alert, home_tables.household
_above = home_tables.area.alias("above")
_meta = operation_tables.meta
"""


def find_faults(body: str) -> list[str]:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    tree = ast.parse(f"{HEAD}\ndef read(self, scope, table: Table):\n{lines}\n")
    return [text for _, code, text in find_unnarrowed(STORE / "alert/some.py", tree) if code == "scope"]


@pytest.mark.parametrize(
    "body",
    [
        "return execute(select(_alert))",
        "return execute(select(_alert.c.id).where(_alert.c.id == 1))",
        "return execute(select(func.count()).select_from(_home).limit(1))",
        "return execute(select(_meta.c.value).join(_home, _home.c.id == 1))",
        "return execute(select(_change.c.id))",
        "return execute(select(_above.c.name))",
        "return execute(select(table.c.id))",
        "other = tables.transition\nreturn execute(select(other))",
        "query = select(_alert)\nreturn execute(query.limit(1))",
        "query = select(_alert)\nother = narrow(select(_home), _home.c.area, scope)\nreturn execute(query)",
        "return execute(narrow(select(_meta), 1, scope).where(_meta.c.id.in_(select(_alert.c.id))))",
        "return execute(text('SELECT id FROM alert WHERE id = 1'))",
        "return execute(f'SELECT id, {x} FROM device JOIN household ON 1')",
    ],
)
def test_a_query_that_is_not_narrowed_is_seen(body: str) -> None:
    assert find_faults(body)


@pytest.mark.parametrize(
    "body",
    [
        "return execute(narrow(select(_alert), _alert.c.area, scope))",
        "return execute(narrow(select(_alert).where(_alert.c.id == 1), _alert.c.area, scope).limit(1))",
        "query = select(_alert).limit(1)\nquery = narrow(query, _alert.c.area, scope)\nreturn execute(query)",
        "query = select(_alert)\nreturn execute(narrow(query.limit(1), _alert.c.area, scope))",
        "require_everything(scope)\nreturn execute(select(_alert))",
        "return execute(select(_meta.c.value))",
        "return execute(text('SELECT value FROM meta'))",
        "'''Select from alert: FROM alert is no query here.'''\nreturn 1",
    ],
)
def test_a_query_that_is_narrowed_or_is_on_something_else_is_left_alone(body: str) -> None:
    assert find_faults(body) == []


def test_elsewhere_than_in_the_store_nothing_is_looked_at() -> None:
    assert not list(find_unnarrowed(PurePosixPath("src/homebeat/api/x.py"), ast.parse("select(tables.alert)")))


def test_the_tables_are_those_of_the_store() -> None:
    assert {table.name for table in LEADS} == SCOPED


def list_files() -> list[tuple[PurePosixPath, str]]:
    found = sorted((ROOT / STORE).rglob("*.py"))
    return [(PurePosixPath(path.relative_to(ROOT)), path.read_text()) for path in found if "migrations" not in path.parts]


class Without(ast.NodeTransformer):
    """Takes one call of `narrow` away: what it narrowed stays."""

    def __init__(self, number: int) -> None:
        self.left = number

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "narrow":
            self.left -= 1
            if self.left < 0:
                self.left = 1_000_000
                return node.args[0]
        return self.generic_visit(node)


def test_any_one_filter_of_the_store_that_is_taken_away_is_seen() -> None:
    taken = 0
    for path, text in list_files():
        if path.name == "scoping.py":
            continue
        calls = sum(
            isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "narrow" for n in ast.walk(ast.parse(text))
        )
        for number in range(calls):
            tree = Without(number).visit(ast.parse(text))
            tree = ast.parse(ast.unparse(ast.fix_missing_locations(tree)))
            assert list(find_unnarrowed(path, tree)), f"{path}: filter {number} could be missing"
            taken += 1
    assert taken > 50


def test_every_exception_is_needed() -> None:
    needed = {
        (str(path.relative_to(STORE)), function)
        for path, text in list_files()
        for _, _, function in find_open_queries(path, ast.parse(text), with_exceptions=True)
    }
    assert set(EXCEPTIONS) == needed
    assert all(EXCEPTIONS.values())
