"""Pushed messages on their way through the watch: read by the format of their cloud, or by a map of fields, which comes first."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

from homebeat.codecs.wire import Limits
from homebeat.domain.field_map import FieldMap, MappedField, MapSpec
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.formats import Formats
from homebeat.store import AlertFilter, Store
from tests.contract.store.conftest import T0
from tests.contract.watch.test_upkeep import HOUR, Scripted, watching

ID = "h1-band"
EVENT = datetime.fromtimestamp((T0 + HOUR) / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def push(cloud: str, message: object, at: int, token: int) -> Message:
    return Message(f"intake/{cloud}", json.dumps(message).encode(), at, -token)


def test_a_reading_that_comes_alone_and_in_a_batch_is_stored_once(store: Store) -> None:
    now = [T0 + HOUR]
    service = {"serviceId": "NBWatch", "data": {"HeartRate": "071", "Battery": "060"}, "eventTime": EVENT}
    at = T0 + HOUR
    single = {"notifyType": "deviceDataChanged", "deviceId": ID, "gatewayId": ID, "service": service}
    batch = {"notifyType": "deviceDatasChanged", "deviceId": ID, "gatewayId": ID, "services": [service]}
    watch = watching(
        store,
        Scripted([push("iotda", single, at + 1, 10)], [push("iotda", batch, at + 2, 20), push("iotda", single, at + 3, 30)]),
        now,
        formats=Formats({"huawei": ["intake/iotda"]}),
    )
    for _ in range(2):
        now[0] += 1_000
        watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        ledger = reader.read_balance()
    assert (ledger.delivered, ledger.accepted, ledger.duplicate, ledger.quarantined) == (3, 1, 2, 0)
    assert (ledger.readings_accepted, ledger.readings_duplicate) == (2, 4)


def test_a_map_of_fields_reads_a_cloud_that_nobody_knows_and_comes_before_a_format(store: Store) -> None:
    spec = MapSpec("intake/+", "/deviceId", (MappedField("/payload/p1", "heart_rate_bpm"),))
    formats = Formats({"ctwing": ["intake/aep"]})
    (mapped, *_) = formats.list_all([FieldMap("watches", spec, None, 1, T0, "x")])
    assert mapped.name == "map:watches"
    for cloud in ("meters", "aep"):
        message = {"deviceId": ID, "messageType": "dataReport", "payload": {"p1": 66}}
        (report,) = mapped.open(f"intake/{cloud}", json.dumps(message).encode(), T0, Limits())
        assert mapped.covers(f"intake/{cloud}")
        assert (report.device, report.readings.metric, report.readings.value) == (ID, [int(Metric.HEART_RATE_BPM)], [66.0])
    assert "intake/+" not in formats.list_topics(formats.list_all([FieldMap("watches", spec, None, 1, T0, "x")]), ())


def test_what_calls_for_help_from_a_device_that_nobody_registered_is_heard(store: Store) -> None:
    now = [T0 + HOUR]
    message = {"deviceId": "8800", "uid": "1", "flag": "AL", "data": "x"}
    watch = watching(
        store, Scripted([push("watches", message, T0 + HOUR + 1, 10)]), now, formats=Formats({"tianshu": ["intake/watches"]})
    )
    now[0] += 1_000
    watch.tick(threading.Event())
    with store.read(EVERYTHING) as reader:
        (entry,) = reader.alerts.read_page(AlertFilter(rule="unregistered_alarm")).items
    assert entry.alert.subject.device == "8800"
