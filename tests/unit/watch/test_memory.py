"""The garbage collector rests while everything is built, and only then."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from homebeat.watch.memory import freeze_objects, pause_collection


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the collector of this process as it was."""
    yield
    gc.unfreeze()
    gc.enable()


def test_it_rests_inside_and_goes_on_after_also_after_a_failure() -> None:
    seen = []

    def build() -> None:
        with pause_collection():
            seen.append(gc.isenabled())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build()
    assert seen == [False]
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with pause_collection():
        pass
    assert not gc.isenabled()


def test_what_is_garbage_when_the_objects_are_frozen_is_not_kept_for_ever() -> None:
    class Ring:
        """Refers to itself."""

        gone = 0

        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            Ring.gone += 1

    gc.disable()
    Ring()
    freeze_objects()
    assert Ring.gone == 1
    assert gc.get_freeze_count() > 0
