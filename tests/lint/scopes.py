"""Project lint for the store: a query on what belongs to an area is narrowed to the scope of whoever reads.

A `select` on such a table is the first argument of `narrow`, or is put under a name that is; or its function calls
`require_everything`. Statements that change rows are not looked at: they change what was read in the scope before.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

STORE: Final = PurePosixPath("src/homebeat/store")
#: As `homebeat.store.scoping.LEADS` names them; a test holds the two against each other.
SCOPED: Final = frozenset(
    {
        "alert",
        "alert_area",
        "alert_event",
        "alert_home",
        "area",
        "away",
        "broken_glass",
        "change",
        "closing",
        "circuit",
        "circuit_step",
        "complaint",
        "consent",
        "contact",
        "deadline",
        "delivery",
        "device",
        "device_state",
        "door_code",
        "disregarded",
        "extra_reading",
        "follow_up",
        "message_link",
        "guide",
        "held_edge",
        "household",
        "last_message",
        "learned",
        "limit_choice",
        "outbox",
        "provider_order",
        "quarantine",
        "resident",
        "resident_state",
        "responder",
        "responder_area",
        "rota",
        "search_pending",
        "search_term",
        "shift",
        "shift_change",
        "shift_feed",
        "leave",
        "hand_over",
        "home_change",
        "hours_correction",
        "service_entry",
        "setting_change",
        "silence",
        "suppression",
        "transition",
        "visit",
        "visit_photo",
    }
)
_IMPORT: Final = "a step of the import, which requires everything"
#: Functions that read such tables unnarrowed, and why they may; "" for what stands outside every function.
_NOTES: Final = "is reached through FamilyNoteQueries, which requires everything"
EXCEPTIONS: Final[dict[tuple[str, str], str]] = {
    ("alert/reads.py", "_filter"): "a step of an alert that the query around it has narrowed",
    ("alert/areas.py", "_move"): _IMPORT,
    ("alert/areas.py", "follow_homes"): _IMPORT,
    ("alert/areas.py", "_insert_places"): "keeps alert_area, which nobody is shown",
    ("alert/queues.py", ""): "by the areas that find_roots has made of the scope",
    ("alert/queues.py", "_select_heads"): "by the areas that find_roots has made of the scope",
    ("notice/reads.py", "list_tests"): "narrows by who gets the message: a contact or a responder of the scope",
    ("alert/silences.py", "_select_seen"): "narrows by match_scope: by the home, or where there is none by the area",
    ("notice/early_receipts.py", "_has_attempt"): "part of queries that require everything",
    ("home/areas.py", "rebuild_lines"): _IMPORT,
    ("home/areas.py", "follow_responders"): _IMPORT,
    ("home/columns.py", ""): "read_registry is reached through FleetQueries.read_registry, which requires everything",
    ("home/fleet.py", "_give_ids"): _IMPORT,
    ("home/fleet.py", "_add_kept_areas"): _IMPORT,
    ("home/fleet_queries.py", "lies_in"): "a condition of queries that are narrowed",
    ("home/fleet_queries.py", "has_home"): "says of an id whether it is taken, and nothing else",
    ("home/fleet_queries.py", "has_area"): "the same",
    ("home/fleet_queries.py", "_load_areas"): "the areas above one that the action has found in the scope",
    ("home/table_writes.py", "_find_last_place"): "a place behind those of everybody, which nobody is shown",
    ("home/table_writes.py", "find"): "the rows of homes that the action has found in the scope",
    ("home/table_writes.py", "_select"): "the rows of homes that the action has found in the scope",
    ("home/erasing.py", "erase_people"): "deletes what finds them, and shows nobody",
    ("home/search.py", ""): "counts rows of a term, which nobody is shown",
    ("home/search_index.py", "list_terms"): "writes what finds them, and shows nobody",
    ("home/search_index.py", "_read"): "as list_terms",
    ("notice/following.py", "_follow_ids_and_places"): _IMPORT,
    ("notice/platforms.py", "_meet"): "the number of the newest event, which nobody is shown",
    ("scoping.py", "_match"): "makes the filter itself",
    ("second_fence.py", "_list_conditions"): "makes the fence itself",
    ("operation/changes.py", ""): "the number of the newest change of all, and nothing of what it is about",
    ("operation/retention.py", "_prune_learning"): "a step of prune, which requires everything",
    ("operation/retention.py", "_delete"): "a step of prune, which requires everything",
    ("operation/retention.py", "_prune_deliveries"): "a step of prune, which requires everything",
    ("operation/retention.py", "_prune_alerts"): "a step of prune, which requires everything",
    ("operation/retention.py", "_prune_notes"): "a step of prune, which requires everything",
    ("operation/retention.py", "_prune_news"): "a step of prune, which requires everything",
    ("notice/family_notes.py", "_select_due"): _NOTES,
    ("notice/family_notes.py", "_list_well"): _NOTES,
    ("notice/family_notes.py", "_has_open"): _NOTES,
    ("notice/family_notes.py", "_all_agree"): _NOTES,
    ("notice/family_notes.py", "_has_died"): _NOTES,
    ("alert/deleting.py", "delete_alerts"): "deletes, and shows nobody",
    ("home/person_rows.py", "_delete_home"): "a step of erase, which requires everything",
    ("home/person_rows.py", "_delete_silences"): "a step of erase, which requires everything",
    ("home/person_rows.py", "_list_devices"): "a step of find and erase, which require everything",
    ("portable/lies.py", "_list_work"): "makes the condition of an area that leaves, for queries that require everything",
    ("portable/reads.py", "_list_order"): "a step of read_rows, which requires everything",
    ("portable/writes.py", "_has_rows"): "says of a table whether it is empty, and nothing else",
    ("portable/writes.py", "_address_notices"): "a step of finish, which requires everything",
    ("home/first_signs.py", "note_first_signs"): "keeps first_sign, which nobody is shown",
}
_SQL: Final = re.compile(rf"\b(?:FROM|JOIN)\s+({'|'.join(sorted(SCOPED))})\b")
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Parents = dict[ast.AST, ast.AST]


def find_unnarrowed(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Find queries that are not narrowed: (line, code of the fault, text)."""
    for line, table, _ in find_open_queries(path, tree):
        yield line, "scope", f"a query on {table} that no scope narrows: see homebeat.store.scoping"


def find_open_queries(path: PurePosixPath, tree: ast.Module, *, with_exceptions: bool = False) -> Iterator[tuple[int, str, str]]:
    """Find queries that are not narrowed: (line, table, function); those of `EXCEPTIONS` only where asked for."""
    if not path.is_relative_to(STORE):
        return
    name = str(path.relative_to(STORE))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    shared = _find_tables(tree.body, {})
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call | ast.Constant):
            continue  # most nodes: looking for the function of each would take minutes
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id == "select"):
            continue
        function = _find_function(node, parents)
        own = function.name if function is not None else ""
        if not with_exceptions and (name, own) in EXCEPTIONS:
            continue
        if function is not None and _requires_everything(function):
            continue
        if isinstance(node, ast.Call):
            known = shared if function is None else _find_tables(list(ast.walk(function)), shared) | _find_parameters(function)
            chain = _find_chain(node, parents)
            table = _find_scoped(chain, known)
            if table is not None and not _is_narrowed(chain, function, parents):
                yield node.lineno, table, own
        elif isinstance(node.value, str):
            found = _SQL.search(node.value)
            if found is not None and not _is_documentation(node, parents):
                yield node.lineno, found[1], own


def _find_tables(statements: list[ast.stmt] | list[ast.AST], known: dict[str, str]) -> dict[str, str]:
    """Find the names that stand for tables: what each is called here, and the table."""
    found = dict(known)
    for statement in statements:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").endswith(".tables"):
            found |= {alias.asname or alias.name: alias.name for alias in statement.names if alias.name in SCOPED}
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        elif isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value  # type: ignore[assignment]
        else:
            continue
        for target in targets:
            pairs = (
                zip(target.elts, value.elts, strict=False)
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
                else ((target, value),)
            )
            for given, meant in pairs:
                table = _read_table(meant, found)
                if isinstance(given, ast.Name) and table is not None:
                    found[given.id] = table
    return found


def _read_table(node: ast.expr, known: dict[str, str]) -> str | None:
    """Read the table that an expression stands for: `tables.alert`, a name of one, or an alias of one."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "alias":
        return _read_table(node.func.value, known)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id.endswith("tables"):
        return node.attr if node.attr in SCOPED else None
    return known.get(node.id) if isinstance(node, ast.Name) else None


def _find_parameters(function: _Function) -> dict[str, str]:
    """Tables that a function is given: which one is not known here, so it counts as one that belongs to an area."""
    given = [*function.args.args, *function.args.kwonlyargs]
    return {
        arg.arg: "a table that is given" for arg in given if arg.annotation is not None and ast.unparse(arg.annotation) == "Table"
    }


def _find_chain(node: ast.expr, parents: _Parents) -> ast.expr:
    """Find the whole of `select(...).where(...).limit(...)`."""
    while True:
        dot = parents.get(node)
        if not isinstance(dot, ast.Attribute):
            return node
        call = parents.get(dot)
        if not isinstance(call, ast.Call) or call.func is not dot:
            return node
        node = call


def _find_scoped(chain: ast.expr, known: dict[str, str]) -> str | None:
    """Find a table in a chain that belongs to an area; queries within it are looked at by themselves."""
    rest: list[ast.AST] = [chain]
    while rest:
        node = rest.pop()
        table = _read_table(node, known) if isinstance(node, ast.expr) else None
        if table is not None:
            return table
        rest += [child for child in ast.iter_child_nodes(node) if not _begins_query(child, chain)]
    return None


def _begins_query(node: ast.AST, chain: ast.expr) -> bool:
    """Whether another query begins here, as in `column.in_(select(...))`."""
    if node is chain or not isinstance(node, ast.Call):
        return False
    inner: ast.AST = node
    while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
        inner = inner.func.value
    is_select = isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "select"
    return is_select and not any(inner is own for own in _walk_receivers(chain))


def _walk_receivers(chain: ast.expr) -> Iterator[ast.AST]:
    """The chain itself, and what its calls are made on."""
    node: ast.AST = chain
    yield node
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
        yield node


def _is_narrowed(chain: ast.expr, function: _Function | None, parents: _Parents) -> bool:
    node: ast.AST = chain
    while (above := parents.get(node)) is not None and not isinstance(above, ast.stmt):
        if isinstance(above, ast.Call) and _is_narrow(above) and above.args[0] is node:
            return True
        node = above
    statement = parents.get(node) if not isinstance(node, ast.stmt) else node
    if function is None or not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    own = statement.targets[0].id
    calls = (call for call in ast.walk(function) if isinstance(call, ast.Call) and _is_narrow(call))
    return any(isinstance(part, ast.Name) and part.id == own for call in calls for part in ast.walk(call.args[0]))


def _is_narrow(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "narrow" and bool(call.args)


def _requires_everything(function: _Function) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "require_everything"
        for node in ast.walk(function)
    )


def _find_function(node: ast.AST, parents: _Parents) -> _Function | None:
    """Find the outermost function that this stands in."""
    found = None
    while (above := parents.get(node)) is not None:
        if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
            found = above
        node = above
    return found


def _is_documentation(node: ast.AST, parents: _Parents) -> bool:
    return isinstance(parents.get(node), ast.Expr)
