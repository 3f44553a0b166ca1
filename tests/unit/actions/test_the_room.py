"""The laws of the package `actions`: a file per action, named by its verb, with its steps numbered and its operation declared."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from homebeat import actions
from homebeat.domain.role import MACHINES, NOT_GIVEN, PERMITTED, Operation

ROOT = Path(__file__).parents[3]


def classes() -> list[type[Any]]:
    """Every class of the package that has an operation: the actions."""
    found: list[type[Any]] = []
    for module in pkgutil.iter_modules(actions.__path__, "homebeat.actions."):
        loaded = importlib.import_module(module.name)
        found += [
            thing
            for thing in vars(loaded).values()
            if inspect.isclass(thing) and thing.__module__ == module.name and hasattr(thing, "operation")
        ]
    return found


def test_the_package_offers_every_action() -> None:
    assert len(classes()) >= 8
    assert {thing.__name__ for thing in classes()} <= set(actions.__all__)


@pytest.mark.parametrize("action", classes(), ids=lambda thing: thing.__name__)
def test_an_action_is_a_file_named_by_its_verb_with_numbered_steps(action: type[Any]) -> None:
    file = action.__module__.rpartition(".")[2]
    assert action.name == file == re.sub(r"(?<!^)(?=[A-Z])", "_", action.__name__).lower()
    numbers = [int(n) for n in re.findall(r"^\s*(\d+)\. [A-Z]", action.__doc__ or "", flags=re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1)) != []
    assert {"run", "record"} <= vars(action).keys()


@pytest.mark.parametrize("action", classes(), ids=lambda thing: thing.__name__)
def test_the_operation_of_an_action_is_in_the_table(action: type[Any]) -> None:
    declared = set[Operation]().union(*(row.operations for row in (*PERMITTED.values(), *NOT_GIVEN.values())), *MACHINES.values())
    assert action.operation in declared


def test_nothing_but_the_writes_of_the_audit_adds_to_it() -> None:
    """A unit of work carries the entries of its transaction; an import contract cannot see who adds to them."""
    calls = re.compile(r"\baudit\.note(_cut)?\(")
    found = {file.relative_to(ROOT).as_posix() for file in (ROOT / "src").rglob("*.py") if calls.search(file.read_text("utf-8"))}
    assert found == {"src/homebeat/store/audit/writes.py"}


@pytest.mark.parametrize("room", ["watch", "console", "deliver"])
def test_another_room_that_writes_alerts_breaks_the_build(tmp_path: Path, room: str) -> None:
    """The contract is tried on a copy in which a file of another room imports what writes alerts."""
    for name in ("src", "simulators"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    intruder = tmp_path / "src/homebeat" / room / "intruder.py"
    intruder.write_text("from homebeat.store.alert.writes import AlertWrites\n\n__all__ = ['AlertWrites']\n")
    ran = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}/src:{tmp_path}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "Only actions write alerts and the audit BROKEN" in ran.stdout
    assert f"homebeat.{room}.intruder -> homebeat.store.alert.writes" in ran.stdout
