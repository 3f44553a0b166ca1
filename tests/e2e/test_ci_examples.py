"""The examples for CI: each of their steps is run as it stands, but the installation, which this environment is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.installation import ROOT

EXAMPLES = ROOT / "docs" / "examples"
INSTALL = "pip install homebeat"


def read_example(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def list_github_steps() -> list[str]:
    (job,) = read_example("github-actions.yml")["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def list_gitlab_steps() -> list[str]:
    job = read_example("gitlab-ci.yml")["verify"]
    return [*job["before_script"], *job["script"]]


def list_artifacts() -> set[str]:
    (job,) = read_example("github-actions.yml")["jobs"].values()
    gitlab = read_example("gitlab-ci.yml")["verify"]["artifacts"]["paths"]
    return {*gitlab, *(step["with"]["path"] for step in job["steps"] if "artifact" in step.get("uses", ""))}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_step_of_the_github_example_runs_and_finds_everything(tmp_path: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HOMEBEAT_")}
    paths = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    install, *steps = list_github_steps()
    assert install == INSTALL
    for step in steps:
        # as the runner does it: bash, that ends at the first command that fails
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step],
            cwd=tmp_path,
            env=inherited | paths,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"
    for name in list_artifacts():
        verdict = json.loads((tmp_path / name).read_text(encoding="utf-8"))
        assert verdict["is_enough"]
        assert {one["kind"] for one in verdict["happenings"]} == {"sos", "fell"}


def test_both_examples_do_the_same() -> None:
    github = [line for step in list_github_steps() for line in step.splitlines()]
    assert list_gitlab_steps() == github
