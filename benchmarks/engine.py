"""The engine alone, from columns, on one thread: fold, judge, a whole tick, and what a resident costs in memory.

Every home has a meter and a band, all of them known for long. Time is the thread's processor time. Nothing here waits, so it is
what a core of its own would take. Only caches are shared with whoever else runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

import numpy as np

from benchmarks.homes import BAND, HOUR, METER_EVERY, MINUTE, Lives, make_default_rules, make_roster
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from homebeat.engine.engine import Engine, Pace
from homebeat.stream.batch import Batch

NAMES: Final = ("fold_rate", "judge_1m_ms", "state_bytes_per_resident", "learned_bytes_per_resident")
#: What habits are learned from, and what was learned: half hours and days of a resident, hours of a meter, limits.
_LEARNED: Final = ("past", "learned", "days", "hours")
_START: Final = 1_772_352_000_000  # 2026-03-01T08:00:00Z
_GRID_MS: Final = 30_000
_TIMES: Final = 9


def measure(scale: Scale) -> Iterator[Row]:
    """A tenth of the homes folds what it sends in 147 s, as after a pause; all of them live through ordinary ticks."""
    yield make_row("fold_rate", _fold_rate(scale.engine_homes // 10, 147_000))
    yield make_row("fold_1m_tick_rate", _fold_rate(scale.engine_homes, _GRID_MS), "readings/s")
    engine, lives, now = make_known_homes(scale.engine_homes)
    yield from _measure_judging(engine, now)
    yield from _measure_ticks(engine, lives, now)
    held = {name: feature.nbytes / scale.engine_homes for name, feature in engine.state.features.items()}
    learned = sum(held.pop(name) for name in _LEARNED)
    phases = sum(edges.phase.nbytes for edges in engine.judge.edges.values()) / scale.engine_homes
    yield make_row("state_bytes_per_resident", sum(held.values()) + phases)
    yield make_row("learned_bytes_per_resident", learned)


def make_known_homes(homes: int) -> tuple[Engine, Lives, int]:
    """An engine to which all these homes have reported for 40 h, as columns say it; and the moment."""
    now = _START
    engine, lives = Engine(make_roster(homes, now - 40 * HOUR), make_default_rules(), Pace(_GRID_MS)), Lives(homes)
    engine.resume(now - 40 * HOUR)
    engine.now = now
    state, water = engine.state, engine.state.water
    state.advance(now)
    # the first total of a meter is taken in one by one: a million of them are written here as if that had happened
    water.total[:] = lives.litres
    water.base[:] = lives.litres - 100
    water.total_at[:] = now - 1 - np.arange(homes) * 2_654_435_761 % METER_EVERY
    water.before_at[:] = water.total_at - METER_EVERY
    water.known_at[:] = now - 40 * HOUR
    water.ring[:] = 1_000
    _fill_hours(engine)
    _fill_lives(engine, now)
    _fill_habits(engine)
    state.heard.at[:] = now - MINUTE
    band, at = np.arange(homes, dtype=np.int32) * 2 + 1, np.full(4 * homes, now - 5 * MINUTE)
    metric, value = np.repeat(np.array(BAND, np.uint8), homes), np.repeat(np.array([70.0, 0.0, 1.0, 80.0]), homes)
    state.fold(Batch(np.tile(band, 4), metric, at, at, value, np.zeros(4 * homes, np.uint8)))
    return engine, lives, now


def _fill_hours(engine: Engine) -> None:
    """Two days of hours, of which a third were dry; every meter's next total closes one."""
    hours, homes = engine.state.hours, engine.roster.meters
    hours.hour[:] = engine.state.water.total_at // HOUR
    hours.level[:] = 1_000
    hours.use[:] = np.where(np.arange(len(hours.use)) % 24 < 8, 0, 60)[:, None]
    hours.heard[:] = (1 << len(hours.use)) - 1
    hours.heard_h[:] = 100
    hours.longest[:] = 9
    hours.low[:] = 0
    hours.low_at[:] = (hours.hour - 1 - np.arange(homes) % 24) % len(hours.use)


def _fill_lives(engine: Engine, now: int) -> None:
    """Everybody is covered, and was seen within three hours; one in fifty left home half a day ago and more, as devices say."""
    timeline = engine.state.timeline
    row = np.arange(timeline.rows)
    gone = row % 50 == 7
    timeline.covered[:] = ~np.uint64(0)
    timeline.proven_at[:] = now - 5 * MINUTE
    timeline.life_at[:] = now - row * 2_654_435_761 % (3 * HOUR) - np.where(gone, 13 * HOUR, 0)
    timeline.away[:, gone] = ~np.uint64(0)
    timeline.home[:], timeline.home_at[:] = np.where(gone, 0, 1), now - 14 * HOUR


def _fill_habits(engine: Engine) -> None:
    """Limits of four to ten hours, no two neighbours alike: what a resident's last half hour of life says is looked up."""
    learned = engine.state.learned
    learned.limit_minutes[:] = 240 + 7 * np.arange(learned.limit_minutes.size).reshape(learned.limit_minutes.shape) % 360
    learned.ask_minutes[:] = learned.limit_minutes // 2
    learned.at_home_known[:] = True
    engine.state.look_up_limits(np.arange(engine.state.timeline.rows))


def _fold_rate(homes: int, span_ms: int) -> float:
    engine, lives, now = make_known_homes(homes)
    rates, readings = [], 0
    for _ in range(_TIMES):
        batch = lives.make_batch(now, now + span_ms)
        now += span_ms
        engine.state.advance(now)
        took = _measure_ms(lambda batch=batch: engine.state.fold(batch))  # type: ignore[misc]
        readings = len(batch)
        rates.append(readings / took * 1000)
    print(f"  {homes:,} homes, {readings:,} readings a fold")
    return median(rates)


def _measure_judging(engine: Engine, now: int) -> Iterator[Row]:
    """Every rule on every row with news of every kind; then a hundredth of the blocks; nothing stands and nothing opens."""
    away = engine.find_away(now)
    none = engine._make_untouched()  # noqa: SLF001 -- the shape of what an instant is told
    everything = {axis: ~touched for axis, touched in none.items()}
    some = {axis: np.where(np.arange(len(touched)) % 100 == 0, ~touched, touched) for axis, touched in none.items()}
    rows = sum(len(edges.phase) for edges in engine.judge.edges.values())
    print(f"  {rows:,} rows x rules, {sum(len(t) for t in none.values()):,} blocks")
    edges = 0

    def judge(touched: dict) -> Callable[[], None]:  # type: ignore[type-arg]
        def run() -> None:
            nonlocal edges
            edges += len(list(engine.judge.run(engine.state, touched, now, engine.listening_at, away)))

        return run

    # the first ones meet cold memory
    yield make_row("judge_1m_ms", median([_measure_ms(judge(everything)) for _ in range(_TIMES)][2:]))
    yield make_row("judge_1m_1pct_ms", median([_measure_ms(judge(some)) for _ in range(_TIMES)][2:]), "ms")
    if edges:
        raise AssertionError(f"{edges} edges in ordinary homes: what is measured is not what was meant")


def _measure_ticks(engine: Engine, lives: Lives, now: int) -> Iterator[Row]:
    """What arrives in 30 s taken in, folded when the watermark passes it, and judged with the news it brings."""
    took = []
    for _ in range(_TIMES):
        batch = lives.make_batch(now, now + _GRID_MS)
        now += _GRID_MS
        # in order of arrival, half a second after it was observed
        batch = batch.take(batch.received_at <= now)
        took.append(_measure_ms(lambda batch=batch, now=now: engine.advance(batch, now)))  # type: ignore[misc]
    yield make_row("tick_1m_ms", median(took[3:]), "ms")


def _measure_ms(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return (time.thread_time() - begun) * 1000
