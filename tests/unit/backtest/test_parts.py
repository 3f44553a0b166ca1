"""Parts give the same in one process and in several, and stop when told to."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator

import pytest

from homebeat.backtest import Block, ClosedAlert, Plan, ShardResult, split
from homebeat.backtest.parts import PartFailed, Stopped, run_parts
from homebeat.rules.catalogue import RULES
from homebeat.settings.overrides import override_settings
from homebeat.settings.plan import RulePlan
from homebeat.stream.roster import Roster
from tests.unit.backtest.street import PACE, START, blocks, fleet

HOMES = 5
DAYS = 4
PLANS = (RulePlan(RULES), override_settings(RulePlan(RULES), ["rules.no_sign_of_life.limit=PT6H"]))


class Days:
    """The street's days as a source; `at` is called before each."""

    name = "a street"

    def __init__(self, at: threading.Event | None = None) -> None:
        self.fleet = fleet(HOMES)
        self.roster = Roster().with_registry(self.fleet, START)
        self.starts_at = self.count_from = START
        self.end = START
        self._stop = at

    def read_blocks(self) -> Iterator[Block]:
        for block in blocks(DAYS, homes=HOMES):
            self.end = block.until
            yield block
            if self._stop is not None:
                self._stop.set()

    def compute_share(self) -> float:
        return 0.5

    def read_closed_alerts(self) -> list[ClosedAlert] | None:
        return None


def parts(jobs: int, count: int, stop: threading.Event | None = None) -> list[ShardResult]:
    source = Days(stop)
    some = split(source.fleet, source.roster, count)
    return run_parts(source, some, PLANS, Plan(PACE, START, START), jobs, lambda *_: None, stop or threading.Event())


def figures(results: list[ShardResult]) -> list[tuple[object, ...]]:
    return [
        (
            r.residents,
            r.episodes,
            [d.minutes.tolist() for d in r.delays],
            [d.total.tolist() for d in r.delays],
            r.injected,
            r.readings,
        )
        for r in results
    ]


def test_processes_of_their_own_give_what_one_gives() -> None:
    here, there = parts(1, 2), parts(2, 2)
    assert figures(here) == figures(there)
    assert [list(r.residents) for r in here] == [["r0", "r2", "r4"], ["r1", "r3"]]
    assert sum(r.readings for r in here) == HOMES * DAYS * 24
    assert multiprocessing.active_children() == []


def test_a_home_comes_out_the_same_whatever_part_it_is_in() -> None:
    one, three = parts(1, 1), parts(1, 3)
    together = sorted(e.id for r in one for e in r.episodes[1])
    assert together
    assert sorted(e.id for r in three for e in r.episodes[1]) == together
    assert sum(r.injected for r in three) == one[0].injected


@pytest.mark.parametrize("jobs", [1, 2])
def test_it_stops_when_told_and_leaves_nobody_behind(jobs: int) -> None:
    with pytest.raises(Stopped, match="nothing was written"):
        parts(jobs, 2, threading.Event())
    assert multiprocessing.active_children() == []


def test_what_goes_wrong_in_a_part_is_said() -> None:
    source = Days()
    some = split(source.fleet, source.roster, 2)
    upside_down = Plan(PACE, START, "never")  # type: ignore[arg-type]
    with pytest.raises(PartFailed, match="TypeError"):
        run_parts(source, some, PLANS, upside_down, 2, lambda *_: None, threading.Event())
    assert multiprocessing.active_children() == []
