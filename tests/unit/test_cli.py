"""The command line itself."""

import tomllib
from pathlib import Path

import pytest

from homebeat.cli import main


def test_it_says_which_version_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"homebeat {project['version']}\n"
