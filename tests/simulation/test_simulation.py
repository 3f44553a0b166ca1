"""Some weeks of simulated streets, the same on both databases; and each safeguard switched off once, which must be noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.simulation.run import Result, simulate
from tests.simulation.safeguards import SAFEGUARDS, switch_off

_SEEDS = (1,)
#: What has happened at least once: else the street proves less than it says.
_KINDS = (
    *("deaths", "StaleVersion", "NotAllowed", "Fenced", "clock steps", "held", "put off", "next channels"),
    *("asked", "said afterwards", "circuits opened", "events of the city", "reports of the city"),
)
#: A safeguard that is off is noticed with one of these.
_ENOUGH = (4, 2, 6, 1, 3)


@pytest.fixture
def street(sqlite_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_model, tmp_path / "street.db"))


def run(model: Path, folder: Path, seed: int, days: int) -> Result:
    path = Path(shutil.copy(model, folder / f"{seed}.db"))
    try:
        return simulate(f"sqlite:///{path}", seed, days)
    finally:
        path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("seed", _SEEDS)
def test_whatever_goes_wrong_every_promise_is_kept(street: Path, tmp_path: Path, seed: int) -> None:
    result = run(street, tmp_path, seed, 3)
    assert result.violation == "", f"seed {seed}:\n" + "\n".join(result.tail)
    assert min(result.acts[kind] for kind in _KINDS) > 0, "nothing went wrong, or nothing had to wait"


@pytest.mark.slow
def test_the_same_seed_is_the_same_street_on_both_databases(street: Path, tmp_path: Path, postgres_url: str) -> None:
    on_a_file, on_a_server = run(street, tmp_path, 3, 1), simulate(postgres_url, 3, 1)
    assert (on_a_file.violation, on_a_server.violation) == ("", "")
    assert on_a_file.acts == on_a_server.acts
    assert on_a_file.acts["transactions"] > 1_000, "little has happened that could differ"
    assert on_a_server.trace == on_a_file.trace, "\n".join(on_a_server.tail)


@pytest.mark.slow
@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_a_safeguard_that_is_switched_off_is_noticed(street: Path, tmp_path: Path, safeguard: str) -> None:
    with switch_off(safeguard) as finding:
        found = next(filter(None, (run(street, tmp_path, seed, 3).violation for seed in _ENOUGH)), "")
    assert finding in found
