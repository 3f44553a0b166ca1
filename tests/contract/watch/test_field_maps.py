"""A map of fields that is written while the watch runs is read by, also for what was set aside before it; and it is put back."""

from __future__ import annotations

import json
import threading

import pytest

from homebeat.actions import Perform, RetryMessages, SetFieldMap, UndoFieldMap
from homebeat.domain.errors import BadMap, NotPermitted, StaleVersion
from homebeat.domain.field_map import FieldMap, MappedField, MapSpec
from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, AuditFilter, Store
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_gone import watching
from tests.people import person

FITTER = person("gao", Role.INSTALLER)
SPEC = MapSpec(
    "homebeat/acme/+/up", "/sn", (MappedField("/d/hr", "heart_rate_bpm", factor=0.5), MappedField("/d/ev", "sos", when=("7",)))
)


def send(at: int, **data: object) -> Message:
    return Message("homebeat/acme/x/up", json.dumps({"sn": "h1-band", "d": data}).encode(), at)


def find_values(store: Store, metric: Metric) -> list[float]:
    with store.read(EVERYTHING) as reader:
        return [one.value for one in reader.readings.read_latest(DeviceId("h1-band")) if one.metric == metric]


def find_rules(store: Store) -> list[str]:
    with store.read(EVERYTHING) as reader:
        return [entry.alert.rule for entry in reader.alerts.read_page(AlertFilter()).items]


def test_the_watch_follows_a_map_and_what_was_set_aside_is_tried_again(store: Store) -> None:
    now = [T0]
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    perform = Perform(store, lambda: now[0])
    watch = watching(store, now, [send(T0, hr=140)], [send(T0 + 2_000, hr=150, ev=7)], [], [send(T0 + 9_000, hr=160)])
    watch.tick(threading.Event())
    assert find_values(store, Metric.HEART_RATE_BPM) == []
    assert perform(FITTER, SetFieldMap("acme", SPEC, 0)).version == 1
    now[0] += 3_000
    watch.tick(threading.Event())
    assert find_values(store, Metric.HEART_RATE_BPM) == [75.0]
    assert find_rules(store) == ["sos"]  # by its arrival, as every alarm
    with store.read(EVERYTHING) as reader:
        (aside,) = reader.quarantine.read_page().items
    assert perform(FITTER, RetryMessages((aside.id,))) == 1
    now[0] += 3_000
    watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        (aside,) = reader.quarantine.read_page().items
    assert aside.retried_outcome == "accepted"
    assert perform(FITTER, UndoFieldMap("acme", 1)).spec is None
    now[0] += 3_000
    watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        assert len(reader.quarantine.read_page().items) == 2
    assert find_values(store, Metric.HEART_RATE_BPM) == [75.0]


def test_maps_are_refused_changed_and_put_back_with_a_row_of_the_audit(store: Store) -> None:
    at = iter(range(T0, T0 + 1_000))
    perform = Perform(store, lambda: next(at))
    perform(FITTER, SetFieldMap("acme", SPEC, 0))
    with pytest.raises(StaleVersion):
        perform(FITTER, SetFieldMap("acme", SPEC, 0))
    with pytest.raises(NotPermitted):
        perform(person("li", Role.INSTALLER, "lane"), SetFieldMap("other", SPEC, 0))
    with pytest.raises(BadMap, match="is among the topics of the map acme"):
        perform(FITTER, SetFieldMap("other", MapSpec("homebeat/acme/#", "/sn", SPEC.fields), 0))
    with pytest.raises(BadMap, match="homebeat's own form"):
        perform(FITTER, SetFieldMap("other", MapSpec("homebeat/v1/#", "/sn", SPEC.fields), 0))
    assert perform(FITTER, SetFieldMap("acme", None, 1)).before == SPEC
    back = perform(FITTER, UndoFieldMap("acme", 2))
    with store.read(EVERYTHING) as reader:
        assert reader.field_maps.list_all() == [back]
        assert reader.field_maps.find("acme") == FieldMap("acme", SPEC, None, 3, back.at, str(FITTER.actor))
        rows = reader.audit.read_page(9, None, AuditFilter(about="field_map:acme")).items
    assert [row.action for row in rows] == ["undo_field_map", "set_field_map", "set_field_map"]
    assert [row.detail["in_use"] for row in rows] == [True, False, True]


def test_maps_in_use_come_before_any_number_of_those_that_are_not(store: Store) -> None:
    with store.begin() as tx:
        for number in range(501):
            tx.field_maps.put(FieldMap(f"a{number}", None, None, 1, T0, "user:gao"))
        tx.field_maps.put(FieldMap("z", SPEC, None, 1, T0, "user:gao"))
    with store.read(EVERYTHING) as reader:
        assert reader.field_maps.list_all()[0].name == "z"
