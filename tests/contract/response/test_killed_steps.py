"""kill -9 at each commit of each step from a call for help to its follow-up: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.contract.response.killed_course import STEPS

ROOT = Path(__file__).parents[3]
#: Once before and once after its only commit.
_LEAST = 2


def test_each_step_survives_a_kill_at_each_of_its_commits(tmp_path: Path) -> None:
    """What stands in the tables and what has left is the same as where nobody was killed, to the row and to the id."""
    command = [sys.executable, "-m", "tests.contract.response.killed_course", str(tmp_path)]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=surroundings, timeout=110, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["step"] for one in seen] == [step.name for step in STEPS]
    assert [one for one in seen if one["faults"]] == []
    assert [one["step"] for one in seen if one["kills"] < _LEAST] == []
