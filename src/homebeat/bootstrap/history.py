"""Stores a past as if homebeat had run then: readings, alerts, checkpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from homebeat.actions import RecordPast, perform_in
from homebeat.bootstrap.parts import make_book_compiler
from homebeat.codecs.wire import Mark
from homebeat.domain.fleet import Fleet
from homebeat.domain.principal import make_service
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.settings.model import InForce
from homebeat.store import Checkpoint, Store
from homebeat.stream.batch import Batch
from homebeat.stream.roster import Roster
from homebeat.watch.enrolment import make_pace
from homebeat.watch.tick import collect_learned
from simulators.street import History

_ACTOR: Final = make_service("history")
#: The past is judged on a coarser grid, for speed: at these whole spans of the clock.
GRID_MS: Final = 1_800_000


def store_past(force: InForce, store: Store, fleet: Fleet, blocks: Iterable[History], start: int) -> None:
    """Fold and store a past, block by block, each in one transaction.

    An alert that cleared in the past is resolved; one that still fires stays in the queue. Nobody is notified of any of them.
    """
    pace = make_pace(force.settings)
    with store.begin() as tx:
        book = make_book_compiler(force)(fleet, tx.setting_changes.list_in_force())
        coarse = replace(pace, grid_ms=max(pace.grid_ms, GRID_MS))
        saved, numbers = tx.checkpoints.find_latest(checkpoint.VERSION), tx.fleet.read_device_nos()
        engine = (
            checkpoint.restore(checkpoint.SavedState(saved.state, tx.checkpoints.parts), fleet, book, coarse)
            if saved is not None
            else Engine(Roster().with_registry(fleet, start), book, coarse)
        )
    number_of_row = np.array([numbers.get(d, -1) for d in engine.roster.device_ids], np.int32)
    for block in blocks:
        if len(block):
            batch = _make_batch(block, engine.roster)
            # a second start goes on behind what was seen live
            batch = batch.take(batch.received_at >= engine.now)
            edges = engine.advance(batch, int(block.received_at[-1]))
            with store.begin() as tx:
                appended = tx.readings.append(batch, number_of_row)
                perform_in(tx, _ACTOR, RecordPast(edges), engine.now)
                tx.learned.put(collect_learned(engine))
                now_known = checkpoint.save(engine)
                tx.checkpoints.add_parts(now_known.parts)
                tx.checkpoints.put(Checkpoint(appended.position, engine.now, checkpoint.VERSION, now_known.head), now_known.uses)


def _make_batch(block: History, roster: Roster) -> Batch:
    rows = np.array([roster.device_row.get(d, -1) for d in block.devices], np.int32)
    mark = np.where(block.untimed, np.uint8(Mark.UNTIMED), np.uint8(Mark.NONE)).astype(np.uint8)
    return Batch(rows[block.device], block.metric, block.observed_at, block.received_at, block.value, mark)
