"""Readings that somebody else puts into the log reach the running watch: an SOS tried again is told late, not never."""

from __future__ import annotations

import threading

import numpy as np

from homebeat.codecs.wire import Mark
from homebeat.domain.metric import Metric
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.sos import Sos
from homebeat.store import AlertFilter, Store
from homebeat.stream.batch import Batch
from homebeat.watch import Watch, WatchOptions
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, Scripted


def test_an_sos_that_was_tried_again_opens_its_alert_once(store: Store) -> None:
    now, stop = [T0 + HOUR], threading.Event()
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    watch = Watch(store, Scripted(), WatchOptions(), clock=lambda: now[0], book_of=lambda _fleet: RuleBook([{"sos": Sos()}]))
    watch.start()
    watch.tick(stop)
    pressed_at = T0 + HOUR // 2
    with store.begin() as tx:
        numbers = np.fromiter(tx.fleet.device_nos().values(), np.int32)
        sos = Batch.of([0], [Metric.ALARM_SOS], [pressed_at], [now[0]], [1.0], [Mark.NONE])
        assert tx.readings.append(sos, numbers).accepted == 1

    for _ in range(3):
        now[0] += 30_000
        watch.tick(stop)

    with store.read() as reader:
        (entry,) = reader.alerts.page(AlertFilter(is_open=True), limit=10).items
    assert (entry.alert.rule, entry.alert.since) == ("sos", pressed_at)
