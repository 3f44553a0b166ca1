"""A wrong wall clock delays nobody: what is told, what is judged and what is known, over restarts, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from homebeat.actions.pulse import Pulse, pulse
from homebeat.domain.alert import Alert, Outcome, resolve
from homebeat.domain.fleet import Fleet
from homebeat.domain.inbound import Message
from homebeat.domain.scope import EVERYTHING
from homebeat.engine import checkpoint
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.fall import Fall
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Leased, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.stream.batch import EMPTY
from homebeat.watch import Watch, WatchOptions
from homebeat.watch.timekeeping import PATIENCE_MS
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted

DAY = 24 * HOUR
BOOK = RuleBook([{"sos": Sos(), "fall": Fall()}])


@dataclass
class Machine:
    """A watch on a machine whose wall clock somebody sets, and a broker."""

    store: Store
    right: int = T0 + HOUR
    wrong_by: int = 0
    source: Scripted = field(default_factory=Scripted)

    def __post_init__(self) -> None:
        with self.store.begin() as tx:
            tx.fleet.apply(STREET, T0)
        self.watch = self.started()

    def wall(self) -> int:
        return self.right + self.wrong_by

    def started(self) -> Watch:
        watch = Watch(
            self.store,
            self.source,
            WatchOptions(keep=KEEP, patience_s=20.0),
            clock=self.wall,
            steady=lambda: self.right,
            book_of=lambda *_: BOOK,
        )
        watch.start()
        return watch

    def killed_and_started(self) -> None:
        self.right += 5_000
        self.watch = self.started()

    def passes(self, seconds: int, *texts: str, device: str = "h1-band") -> None:
        """Time passes, a tick a second; the band (of the first home) says this, without a time of its own."""
        said = [Message(f"homebeat/v1/{device}/readings", text.encode(), self.wall()) for text in texts]
        self.source.ticks = [said] if said else []
        for _ in range(seconds):
            self.watch.tick(threading.Event())
            self.right += 1_000

    def told(self) -> list[Leased]:
        with self.store.begin() as tx:
            return tx.outbox.claim(self.wall(), "here", 10, 45_000)

    def pulse(self) -> Pulse:
        with self.store.read(EVERYTHING) as reader:
            return pulse(reader, self.wall(), {})

    def alerts(self) -> Sequence[tuple[str, str]]:
        with self.store.read(EVERYTHING) as reader:
            items = reader.alerts.read_page(AlertFilter(), limit=50).items
        return sorted((entry.alert.rule, entry.alert.priority.value) for entry in items)


@pytest.fixture
def machine(store: Store) -> Machine:
    return Machine(store)


def test_an_sos_is_told_at_once_before_while_and_after_the_clock_is_wrong_and_after_a_restart(machine: Machine) -> None:
    machine.passes(3, '{"alarm": "sos"}')
    assert len(machine.told()) == 1
    machine.wrong_by = 2 * DAY
    machine.killed_and_started()
    machine.passes(12, '{"alarm": "fall", "worn": true}')
    machine.wrong_by = 0
    machine.passes(1)
    clock = machine.pulse().clock
    assert clock is not None
    assert "stepped back by 1728" in clock
    for _ in range(2):
        _resolve(machine)
        machine.passes(2, '{"alarm": "sos"}')
        assert "alert.opened" in [notice.event for notice in machine.told()]
        assert machine.pulse().ages["watch"] is not None
        machine.killed_and_started()
    machine.passes(PATIENCE_MS // 1000 + 2)
    assert machine.watch.engine.now <= machine.wall()
    machine.passes(130, '{"alarm": "fall", "worn": true}')
    assert ("fall", "critical") in machine.alerts()
    assert "went back by" in (machine.pulse().clock or "")


def _resolve(machine: Machine) -> None:
    with machine.store.begin() as tx:
        for entry in _open(machine.store):
            AlertWrites(tx).apply(*resolve(entry, machine.wall(), "user:li", Outcome.FINE))


def _open(store: Store) -> list[Alert]:
    with store.read(EVERYTHING) as reader:
        return [entry.alert for entry in reader.alerts.read_page(AlertFilter(is_open=True), limit=50).items]


def test_a_clock_that_comes_right_within_a_minute_is_never_followed(machine: Machine) -> None:
    machine.passes(3)
    machine.wrong_by = -400 * DAY
    machine.passes(30, '{"alarm": "sos"}')
    assert machine.watch.engine.now >= T0
    assert machine.pulse().clock is not None
    machine.wrong_by = 0
    machine.passes(2)
    assert machine.watch.engine.clock_steps == 0
    assert machine.pulse().clock is None
    assert machine.alerts() == [("sos", "critical")]


def test_a_clock_that_says_a_time_before_homebeat_existed_is_not_followed(machine: Machine) -> None:
    machine.passes(3)
    machine.wrong_by = -(T0 - 86_400_000)  # the second of January 1970
    machine.passes(700)
    assert machine.watch.engine.clock_steps == 0
    assert "set the clock" in (machine.pulse().clock or "")


def test_a_leap_ahead_is_said_until_somebody_says_that_it_is_right(machine: Machine) -> None:
    machine.passes(3)
    machine.wrong_by = 3 * HOUR
    machine.passes(PATIENCE_MS // 1000 + 2)
    assert machine.watch.engine.clock_steps == 1
    machine.right += 5 * DAY
    assert "leapt ahead by 1080" in (machine.pulse().clock or "")
    with machine.store.begin() as tx:
        assert tx.clock.accept("user:li", machine.wall()) == 1
    assert machine.pulse().clock is None


def test_a_step_back_that_was_followed_is_said_for_an_hour(machine: Machine) -> None:
    machine.passes(3)
    machine.wrong_by = -2 * HOUR
    machine.passes(PATIENCE_MS // 1000 + 5)
    assert "went back by" in (machine.pulse().clock or "")
    machine.right += HOUR
    assert machine.pulse().clock is None


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_restart_follows_the_clock_where_the_log_says_so(machine: Machine, is_kept: bool) -> None:
    machine.passes(3, '{"steps": 5}')
    machine.wrong_by = 2 * DAY
    machine.passes(PATIENCE_MS // 1000 + 5, '{"steps": 9}')
    if is_kept:
        machine.watch._checkpoint_writer.take(machine.watch.engine)
        machine.watch._checkpoint_writer.finish()
    machine.passes(2, '{"steps": 12}')
    machine.wrong_by = 0
    machine.passes(2, '{"steps": 15}')
    machine.passes(PATIENCE_MS // 1000 + 5, '{"steps": 20, "worn": true}')
    machine.passes(2, '{"steps": 22}')
    live = machine.watch.engine
    machine.watch = machine.started()
    again = machine.watch.engine
    assert (again.clock_steps, live.clock_steps) == (2, 2)
    assert again.now <= machine.wall()
    for engine in (live, again):
        engine.advance(EMPTY, machine.wall() + HOUR)
    for name, feature in live.state.features.items():
        for column, array in feature.list_arrays().items():
            same = again.state.features[name].list_arrays()[column]
            assert np.array_equal(array, same, equal_nan=array.dtype.kind == "f"), (name, column)


def test_a_restart_follows_the_clock_in_its_place_where_those_who_spoke_before_have_left(machine: Machine) -> None:
    machine.passes(3, '{"steps": 5}')
    machine.passes(3, *(f'{{"steps": {n}}}' for n in range(3)), device="h2-band")
    machine.wrong_by = 3 * HOUR
    machine.passes(PATIENCE_MS // 1000 + 5)
    machine.passes(3, '{"steps": 12}')
    with machine.store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, STREET.households[:1]), machine.wall())
    again = machine.started().engine
    assert again.clock_steps == 1
    # what was silent while the clock leapt was not silent
    assert again.listening_at >= T0 + 4 * HOUR


def test_nothing_is_forgotten_by_a_clock_that_leapt_ahead(machine: Machine) -> None:
    machine.passes(3, '{"mood": "good"}')
    machine.wrong_by = 900 * DAY
    machine.passes(620)
    assert machine.watch.engine.clock_steps == 1
    machine.right += 2 * HOUR
    machine.passes(5)
    with machine.store._database.begin_read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM extra_reading").scalar_one() == 1


def test_a_checkpoint_knows_the_steps_that_it_includes(machine: Machine) -> None:
    machine.passes(3)
    machine.wrong_by = -HOUR
    machine.passes(PATIENCE_MS // 1000 + 5)
    machine.watch._checkpoint_writer.take(machine.watch.engine)
    machine.watch._checkpoint_writer.finish()
    with machine.store.read(EVERYTHING) as reader:
        assert reader.checkpoints.find_latest(checkpoint.VERSION) is not None
        assert [(step.no, step.is_back) for step in reader.clock.list_steps()] == [(1, True)]
        assert reader.clock.list_steps(after=1) == []
    machine.watch = machine.started()
    assert machine.watch.engine.clock_steps == 1
