"""The tool that puts faults into the code: it finds them, shows them, and tells a test that notices from one that does not."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.mutate.__main__ import chosen_for, files_of
from tests.mutate.mutants import mutants_of
from tests.mutate.replaced import FILE, TEXT

ROOT = Path(__file__).parents[2]
WORTH = '''"""Text."""
LIMIT = 3

def is_late(at: int, now: int) -> bool:
    """Whether it is late — never before."""
    _log.info("asked %d", 1)
    return now - at >= LIMIT and not at < 0

class Count:
    def add(self, n):
        if n in self.seen:
            raise ValueError(n > 1)
        self.total += min(n, 9)
        self.write(n)
'''


def test_every_kind_of_fault_is_found_once_and_is_python() -> None:
    shown = [m.shown(WORTH).splitlines()[-1].strip("+ ") for m in mutants_of(WORTH)]
    assert shown == [
        "LIMIT = 4",
        "return now + at >= LIMIT and not at < 0",
        "return now - at > LIMIT and not at < 0",
        "return now - at >= LIMIT or not at < 0",
        "return now - at >= LIMIT and at < 0",
        "return now - at >= LIMIT and not at <= 0",
        "return now - at >= LIMIT and not at < 1",
        "if not (n in self.seen):",
        "if n not in self.seen:",
        "pass",
        "self.total -= min(n, 9)",
        "self.total += max(n, 9)",
        "self.total += min(n, 10)",
        "pass",
    ]
    for mutant in mutants_of(WORTH):
        ast.parse(mutant.applied(WORTH))


def test_a_fault_knows_its_line_and_its_function() -> None:
    found = mutants_of(WORTH)
    assert [(m.line, m.function) for m in found[:2]] == [(2, None), (7, ("is_late", 4))]
    assert found[0].said == {"LIMIT"}
    assert (found[-1].line, found[-1].function) == (14, ("Count.add", 10))
    assert found[1].shown(WORTH) == "-    return now - at >= LIMIT and not at < 0\n+    return now + at >= LIMIT and not at < 0"


def test_a_package_of_the_core_has_its_tests_and_they_are_there() -> None:
    files = files_of([ROOT / "src/homebeat/rules"])
    assert ROOT / "src/homebeat/rules/sos.py" in files
    assert "tests/scenarios" in chosen_for(files)
    assert all((ROOT / argument.partition("::")[0]).exists() for argument in chosen_for(files))


def test_what_no_test_notices_is_printed_and_counted() -> None:
    """A limit is tested at its boundary and on both sides; nobody asks what a device is called."""
    ran = mutated(
        "src/homebeat/domain/durations.py", "--tests", "tests/unit/domain/test_durations.py", "--most", "1000", "--sample", "12"
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    closing = ran.stdout.strip().splitlines()[-1]
    killed, survived, untested = (int(part.split()[0]) for part in closing.split(", "))
    assert killed > 4
    assert ran.stdout.count("src/homebeat/domain/durations.py:") == survived + untested + 1


def test_more_survivors_than_asked_for_are_a_failure() -> None:
    ran = mutated(
        "src/homebeat/domain/durations.py", "--tests", "tests/unit/domain/test_alert.py", "--most", "0", "--sample", "3"
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "no test runs this line" in ran.stdout


def test_a_module_is_read_from_another_text(tmp_path: Path) -> None:
    module, other = ROOT / "src/homebeat/rules/sos.py", tmp_path / "text"
    other.write_text("CODE = 'another'\n", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", "import tests.mutate.replaced, homebeat.rules.sos as sos; print(sos.CODE)"],
        env={FILE: str(module), TEXT: str(other)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "another\n", ran.stderr


def mutated(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.mutate", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
