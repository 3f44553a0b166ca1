"""Restores the engine after a stop or a crash: the newest checkpoint, the readings after it, and the open alerts."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

import numpy as np

from homebeat.domain.alert import JUDGING_FAILED, Alert, Condition, Edge, Reason, TransitionKind
from homebeat.domain.fleet import Fleet
from homebeat.domain.scope import EVERYTHING
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine, Pace
from homebeat.engine.judge import LEFT
from homebeat.engine.lookup import RowLookup
from homebeat.engine.outages import EXPLAINS
from homebeat.ingest.formats import Formats
from homebeat.rules.catalogue import RULES
from homebeat.store import AlertFilter, ClockStep, Store
from homebeat.stream.batch import EMPTY, I32
from homebeat.stream.roster import Roster
from homebeat.watch.enrolment import BookOf, Enrolment, read_enrolled

_FOLD_AT_A_TIME: Final = 200_000
_log = logging.getLogger(__name__)


def recover(store: Store, book_of: BookOf, pace: Pace, now: int, formats: Formats) -> tuple[Engine, Enrolment, int]:
    """Bring the engine back to where the last commit left it.

    Returns:
        The engine, the registry it was built on, and the log position that is folded.

    Raises:
        Unavailable: The database is away.
    """
    with store.read(EVERYTHING) as reader:
        saved = reader.checkpoints.find_latest(checkpoint.VERSION)
        read = read_enrolled(reader)
        registry, book = read.registry, book_of(Fleet(read.registry.areas), read.changes)
        engine, position = None, 0
        if saved is not None:
            try:
                state = checkpoint.SavedState(saved.state, reader.checkpoints.parts)
                engine, position = checkpoint.restore(state, registry, book, pace), saved.position
            except Exception as stale:  # noqa: BLE001 -- damaged in whatever way: the readings say all that it says
                _log.warning("the checkpoint is not used, readings are folded anew: %s", stale)
        if engine is None:
            engine = Engine(Roster().with_registry(registry, now), book, pace)
        enrolment = Enrolment.make(read, engine.roster, formats)
        rows = map_rows_by_number(enrolment)
        end = reader.log.find_end()
        steps = reader.clock.list_steps(engine.clock_steps)
        while position < end:
            # what the clock did is followed where the log says, so that the same comes out as then
            position = _follow(engine, steps, position)
            upto = steps[0].position if steps else end
            batch, positions = reader.log.read_since(position, min(_FOLD_AT_A_TIME, upto - position), rows)
            if not len(positions):
                break
            if positions[-1] > upto:
                positions = positions[positions <= upto]
                batch = batch.take(slice(0, len(positions)))
            if not len(positions):
                position = upto
                continue
            batch = replace(batch, received_at=np.maximum.accumulate(batch.received_at))
            # the edges of these were committed with them, so they are let go
            engine.advance(batch, int(batch.received_at[-1]))
            position = int(positions[-1])
            _log.info("folded up to reading %d of %d", position, end)
        _follow(engine, steps, end)
    _adopt(store, engine)
    return engine, enrolment, position


def _follow(engine: Engine, steps: list[ClockStep], position: int) -> int:
    """Follow, and take off the list, the steps of the clock up to a position of the log; returns the position."""
    while steps and steps[0].position <= position:
        step = steps.pop(0)
        # by then time alone had been judged up to there
        engine.advance(EMPTY, step.before)
        engine.step_clock(step.before, step.after)
    return position


def map_rows_by_number(enrolment: Enrolment) -> I32:
    """Map the store's device numbers to roster rows, int32[largest number + 1]; -1 for a number without a device now."""
    rows = np.full(int(enrolment.numbers.max(initial=0)) + 1, -1, np.int32)
    known = enrolment.numbers >= 0
    rows[enrolment.numbers[known]] = np.flatnonzero(known)
    return rows


def _adopt(store: Store, engine: Engine) -> None:
    """Restore conditions that the database has as firing: one that opened by time alone left no reading."""
    cursor, rows = None, RowLookup(engine.roster)
    while True:
        with store.read(EVERYTHING) as reader:
            page = reader.alerts.read_plain_page(AlertFilter(is_open=True, condition=Condition.FIRING), limit=200, cursor=cursor)
        for alert in page.items:
            _restore_alert(engine, alert, rows)
        cursor = page.next_cursor
        if cursor is None:
            return


def _restore_alert(engine: Engine, alert: Alert, rows: RowLookup) -> None:
    home = None if alert.subject.household is None else rows.household.get(alert.subject.household)
    if alert.rule == JUDGING_FAILED and home is not None:
        engine.blind.adopt(home, alert.since, str(alert.reason.params.get("rules", "")))
    elif alert.rule == JUDGING_FAILED:
        why = Reason(LEFT, {"rule": alert.rule})
        kind, since = TransitionKind.CLEARED, alert.since
        engine.judge.end(Edge(engine.now, alert.rule, alert.subject, kind, alert.priority, alert.desk, since, why, since))
    elif alert.rule in EXPLAINS and alert.subject.area is not None:
        several = int(float(alert.reason.params.get("homes", 0)))
        engine.outages.adopt(alert.rule, alert.subject, since=alert.since, homes=several)
    elif alert.rule in RULES:
        engine.judge.adopt(alert.rule, alert.subject, rows, since=alert.since, opened_at=min(alert.opened_at, engine.now))
