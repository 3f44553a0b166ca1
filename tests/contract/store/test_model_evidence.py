"""What the report about models reads from the database: devices, alerts, batteries, late readings and messages set aside."""

from __future__ import annotations

from dataclasses import replace

from homebeat.domain.alert import Desk, Outcome
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import AreaId, DeviceId
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.last_message import DeviceHint, HintCode, LastMessage
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.evidence.model_report import IndexRule, ModelFigures, ModelReport
from homebeat.store import DeviceState, Store
from homebeat.stream.batch import Batch
from tests.contract.store.conftest import STREET, T0, Street
from tests.contract.store.test_evidence import answer, write

DAY = 86_400_000
LATE_MS = 60_000


def fit(store: Store) -> None:
    """Name models: all bands `Loop 1`, the meters of h1 and h2 `Drop 2`."""
    homes = []
    for home in STREET.households:
        meter, band = home.devices
        named = (replace(meter, model="Drop 2" if home.id != "h3" else ""), replace(band, model="Loop 1"))
        homes.append(replace(home, devices=named))
    with store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, tuple(homes)), T0)


def read(store: Store, scope: Scope = EVERYTHING, area: str | None = None, *, since: int = T0) -> ModelReport:
    span = (since, T0 + 10 * DAY)
    rule, own = IndexRule(devices=1, device_months=0), AreaId(area) if area else None
    with store.read(EVERYTHING) as whole:
        late = (whole.log.find_end(), LATE_MS)
    with store.read(scope) as reader:
        return reader.model_evidence.compute_report(span, span[1], rule, late, 0, own)


def find(report: ModelReport, model: str) -> ModelFigures:
    (one,) = (one for one in report.models if one.model == model)
    return one


def test_devices_and_homes_of_each_model_by_area(street: Street) -> None:
    fit(street.store)
    assert {one.model: (one.kind, one.devices, one.homes) for one in read(street.store).models} == {
        "Loop 1": ("wristband", 3, 3),
        "Drop 2": ("water_meter", 2, 2),
        "": ("water_meter", 1, 1),
    }
    of_hill = read(street.store, Scope(frozenset({AreaId("hill")})))
    assert {(one.model, one.devices) for one in of_hill.models} == {("", 1), ("Loop 1", 1)}
    assert read(street.store, area="hill").models == of_hill.models


def test_false_alarms_of_a_band(street: Street) -> None:
    fit(street.store)
    answer(street.store, write(street.store, "h1", "sos", T0 + DAY, device="h1-band"), 1_000, 2_000, Outcome.FALSE)
    one = find(read(street.store), "Loop 1")
    assert (one.alerts, one.closed, one.false) == (1, 1, 1)


def test_states_late_readings_and_messages_set_aside(street: Street) -> None:
    fit(street.store)
    metric = int(Metric.STEPS)
    batch = Batch.of([1, 1], [metric, metric], [T0, T0 + 1_000], [T0 + 2 * LATE_MS, T0 + 2_000], [1.0, 2.0], [0, 0])
    hint = DeviceHint(HintCode.NO_VALUE, {"metric": "heart_rate_bpm"})
    with street.store.begin() as tx:
        tx.readings.append(batch, street.device_nos)
        tx.states.put([], [DeviceState(DeviceId("h1-band"), T0, 80.0, True, T0, None, None)])
        tx.last_messages.put([LastMessage(DeviceId("h1-band"), "t", b"", T0, hint=hint)])
        tx.quarantine.add([Quarantined("t", b"x", T0 + 5, QuarantineReason.WRONG_SHAPE, "odd", device=DeviceId("h1-band"))])
    one = find(read(street.store), "Loop 1")
    assert (one.readings, one.late) == (2, 1)
    assert (one.silent_now, one.devices_now, one.set_aside, one.misread) == (1, 3, 1, 1)
    assert (one.lives, one.lives_ended) == (1, 0), "one of the three says how its battery is"


def test_a_battery_from_its_registration_until_it_is_low(street: Street) -> None:
    fit(street.store)
    write(street.store, "h1", "device_battery_low", T0 + 4 * DAY, device="h1-band", desk=Desk.DEVICES)
    one = find(read(street.store), "Loop 1")
    assert (one.low_batteries, one.lives, one.lives_ended, one.life_days) == (1, 1, 1, 4.0)


def test_a_battery_that_was_low_before_the_span_is_followed_and_counted_once(street: Street) -> None:
    fit(street.store)
    alert = write(street.store, "h1", "device_battery_low", T0 + 2 * DAY, device="h1-band", desk=Desk.DEVICES)
    answer(street.store, alert, 1_000, 5 * DAY, Outcome.FINE)  # it is open as the span begins
    one = find(read(street.store, since=T0 + 3 * DAY), "Loop 1")
    assert (one.low_batteries, one.lives, one.lives_ended) == (0, 1, 1)


def test_how_long_a_device_was_silent_and_a_band_not_worn(street: Street) -> None:
    fit(street.store)
    for rule, days in (("device_silent", 3), ("not_worn", 6)):
        alert = write(street.store, "h1", rule, T0, device="h1-band", desk=Desk.DEVICES)
        answer(street.store, alert, 1_000, days * DAY, Outcome.FINE)
    one = find(read(street.store), "Loop 1")
    assert (one.silent_share, one.not_worn_share) == (0.1, 0.2), "of three bands for ten days"
