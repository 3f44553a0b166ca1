"""A checkpoint in parts: what did not change is not written again, what is missing is said."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.stream.batch import Batch
from homebeat.stream.roster import Roster

T0 = 1_772_352_000_000
HOMES = 3_000


def fleet() -> Fleet:
    return Fleet(
        (),
        tuple(
            Household(
                HouseholdId(f"h{i}"),
                AreaId("a"),
                "UTC",
                residents=(Resident(ResidentId(f"r{i}"), ""),),
                devices=(Device(DeviceId(f"b{i}"), DeviceKind.WRISTBAND, ResidentId(f"r{i}")),),
            )
            for i in range(HOMES)
        ),
    )


def lived(engine: Engine, minute: int) -> None:
    """Everybody's band reports a pulse of its own."""
    at, n = T0 + minute * 60_000, HOMES
    times = np.full(n, at, np.int64)
    pulse = (60 + np.arange(n) % 40 + minute % 7).astype(np.float64)
    engine.advance(
        Batch(
            np.arange(n, dtype=np.int32), np.full(n, Metric.HEART_RATE_BPM, np.uint8), times, times, pulse, np.zeros(n, np.uint8)
        ),
        at,
    )


@pytest.fixture
def engine() -> Engine:
    made = Engine(Roster().with_registry(fleet(), T0), RuleBook([{}]))
    for minute in range(1, 60, 5):
        lived(made, minute)
    made.state.past.life[:] = np.random.default_rng(1).integers(0, 1 << 60, made.state.past.life.shape, np.uint64)
    return made


def test_it_comes_back_as_it_was(engine: Engine) -> None:
    saved = checkpoint.save(engine)
    again = checkpoint.restore(saved, fleet(), engine.book)
    assert checkpoint.save(again) == saved
    assert saved.uses == set(saved.parts)
    for name, feature in engine.state.features.items():
        for column, array in feature.list_arrays().items():
            restored = again.state.features[name].list_arrays()[column]
            assert np.array_equal(array, restored, equal_nan=array.dtype.kind == "f"), (name, column)


def test_what_is_known_is_neither_copied_nor_missing(engine: Engine) -> None:
    before = checkpoint.save(engine)
    lived(engine, 65)
    after = checkpoint.save(engine, before.uses)
    size = sum(map(len, after.parts.values()))
    assert 0 < size < sum(map(len, before.parts.values())) / 2
    assert not set(after.parts) & before.uses
    assert after.uses <= {*before.parts, *after.parts}
    whole = checkpoint.SavedState(after.head, {**before.parts, **after.parts})
    assert checkpoint.save(checkpoint.restore(whole, fleet(), engine.book)).head == after.head


def test_a_checkpoint_of_which_a_part_is_gone_is_stale(engine: Engine) -> None:
    saved = checkpoint.save(engine)
    for digest in saved.parts:
        rest = {name: content for name, content in saved.parts.items() if name != digest}
        with pytest.raises(checkpoint.StaleCheckpoint):
            checkpoint.restore(checkpoint.SavedState(saved.head, rest), fleet(), engine.book)


def test_what_knows_nothing_takes_no_part() -> None:
    empty = Engine(Roster().with_registry(fleet(), T0), RuleBook([{}]))
    assert sum(map(len, checkpoint.save(empty).parts.values())) < 40 * HOMES
