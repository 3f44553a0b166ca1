"""The pages of devices: what is wrong with which, by model, and what was set aside and is tried again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from homebeat.domain.alert import Alert
from homebeat.domain.as_of import STALE_MS
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.last_message import DeviceHint, HintCode, LastMessage
from homebeat.domain.metric import Metric
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import DeviceState
from homebeat.stream.batch import Batch
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street, fleet
from tests.unit.console.fixtures import csrf_of

HOSTILE = '<script>alert(1)</script>"'


@pytest.fixture
def fitted(street: Street, guest: TestClient) -> Street:
    """The meters of homes 0 to 3: silent, with a low battery, heard in time, and never heard."""
    before = fleet(street.homes)
    homes = tuple(
        replace(home, devices=tuple(replace(one, model="A1" if at % 2 else HOSTILE) for one in home.devices))
        for at, home in enumerate(before.households)
    )
    names = [home.devices[0].id for home in homes[:3]]
    now = street.clock()
    states = [
        DeviceState(DeviceId(name), now - 60_000, level, at == 0, now)
        for at, (name, level) in enumerate(zip(names, (80, 9, 80), strict=True))
    ]
    states.append(DeviceState(DeviceId(homes[3].devices[0].id), None, None, False, now))
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes), now)
        tx.states.put((), states)
        tx.quarantine.add(
            [
                Quarantined("homebeat/v1/wm-new/readings", b'{"volume_m3": 12.5}', now, QuarantineReason.UNKNOWN_DEVICE),
                Quarantined("odd/topic", HOSTILE.encode(), now, QuarantineReason.NOT_JSON, HOSTILE),
            ]
        )
    add_account(street.store, "of-installer", Role.INSTALLER)
    add_account(street.store, "of-desk", Role.DESK)
    assert sign_in(guest, street.store, "of-installer", now=now).status_code == 303
    return street


def test_devices_by_what_is_wrong_with_them(guest: TestClient, fitted: Street, clock: Clock) -> None:
    names = [home.devices[0].id for home in fleet(fitted.homes).households]
    shown = {
        kind: guest.get("/devices", params={"trouble": kind}).text for kind in ("silent", "low_battery", "never_heard", "alerted")
    }
    assert [names[0] in shown["silent"], names[1] in shown["silent"]] == [True, False]
    assert [names[1] in shown["low_battery"], names[0] in shown["low_battery"]] == [True, False]
    fitted.open("device_battery_low", 2, device=names[2])  # it says so, and never how much is left
    said = guest.get("/devices", params={"trouble": "low_battery"}).text
    assert [names[1] in said, names[2] in said, names[0] in said] == [True, True, False]
    assert [names[3] in shown["never_heard"], names[2] in shown["never_heard"]] == [True, False]
    alert: Alert = fitted.open("device_silent", 2, device=names[2])
    assert alert.subject.device == names[2]
    assert names[2] in guest.get("/devices", params={"trouble": "alerted"}).text
    assert names[3] not in guest.get("/devices", params={"trouble": "alerted"}).text
    assert guest.get("/devices", params={"trouble": "no-such"}).status_code == 422
    clock.now += STALE_MS + 1
    stale = guest.get("/devices").text
    assert "which devices are silent is not known" in stale
    assert "Heard in time" not in stale


def test_models_and_texts_from_outside_stay_text(guest: TestClient, fitted: Street) -> None:
    html = guest.get("/devices").text
    assert "By model" in html
    assert 'href="/devices?model=A1"' in html
    only = guest.get("/devices", params={"model": "A1"}).text
    first, second = (home.devices[0].id for home in fleet(fitted.homes).households[:2])
    assert [first in only, second in only] == [False, True]
    for page in (html, guest.get("/devices/set-aside").text):
        assert "<script>alert" not in page


def test_what_was_set_aside_is_tried_again(guest: TestClient, fitted: Street) -> None:
    html = guest.get("/devices/set-aside").text
    assert "device wm-new" in html
    only = guest.get("/devices/set-aside", params={"reason": "unknown_device"}).text
    assert ["wm-new" in only, "odd/topic" in only] == [True, False]
    with fitted.store.read(EVERYTHING) as reader:
        (first, second) = (one.id for one in reader.quarantine.read_page().items)
    sent = guest.post("/console/devices/set-aside/retry", data={"csrf": csrf_of(guest.get("/").text), "message": [first, second]})
    assert "2 messages are tried again within seconds." in sent.text
    with fitted.store.read(EVERYTHING) as reader:
        assert {one.id for one in reader.quarantine.list_requested()} == {first, second}
        assert "retry_messages" in {row.action for row in reader.audit.read_page(20).items}
    assert (
        guest.post("/console/devices/set-aside/retry", data={"csrf": csrf_of(guest.get("/").text), "message": [999]}).status_code
        == 404
    )
    assert guest.post("/console/devices/set-aside/retry", data={"csrf": csrf_of(guest.get("/").text)}).status_code == 422
    assert "<option>wm-new</option>" in html
    found = guest.get("/devices/register", params={"device": "wm-new", "household": "h-5"}, follow_redirects=False)
    assert found.headers["location"] == "/homes/h-5/edit?device=wm-new#devices"
    assert 'value="wm-new"' in guest.get("/homes/h-5/edit", params={"device": "wm-new"}).text
    assert sign_in(guest, fitted.store, "of-desk", now=fitted.clock()).status_code == 303
    assert 'name="message"' not in guest.get("/devices/set-aside").text, "the desk looks, and fits no devices"


def test_a_device_is_claimed_out_of_quarantine(guest: TestClient, fitted: Street) -> None:
    """From the message that was set aside, by the form that is filled in with its id, into the registry."""
    aside = guest.get("/devices/set-aside").text
    form = next(part for part in aside.split("<form ") if 'action="/devices/register"' in part).split("</form>")[0]
    assert [f"<option>{name}</option>" in form for name in ("wm-new", "odd/topic")] == [True, False]
    led = guest.get("/devices/register", params={"device": "wm-new", "household": "h-5"})
    page = guest.get(led.headers["location"]).text
    (form,) = (part for part in page.split("<form ") if 'action="/console/homes/h-5/devices"' in part and "[0].kind" in part)
    assert 'value="wm-new"' in form.split("</form>")[0]
    typed = {"csrf": csrf_of(page), "devices[0].id": "wm-new", "devices[0].kind": "water_meter", "devices[0].model": "Tarn M1"}
    refused = guest.post("/console/homes/h-5/devices", data={**typed, "devices[0].kind": "kettle"})
    assert refused.status_code == 422
    assert 'value="wm-new"' in refused.text, "what was typed stays"
    assert _find_claimed(fitted) == []
    assert guest.post("/console/homes/h-5/devices", data=typed, follow_redirects=False).status_code == 303
    assert _find_claimed(fitted) == [("h-5", "water_meter", "Tarn M1")]
    with fitted.store.read(EVERYTHING) as reader:
        assert "add_device" in {row.action for row in reader.audit.read_page(20).items}
    aside = guest.get("/devices/set-aside").text
    assert "wm-new" in aside, "its message is still there, and can be tried again"
    assert ["<option>wm-new</option>" in aside, 'action="/devices/register"' in aside] == [False, False], "it is in a home"
    again = guest.post("/console/homes/h-6/devices", data={**typed, "csrf": csrf_of(guest.get("/").text)})
    assert again.status_code != 303, "a device stands in one home"
    assert _find_claimed(fitted) == [("h-5", "water_meter", "Tarn M1")]
    sent = {"csrf": typed["csrf"], "device": "wm-new"}
    assert guest.post("/console/homes/h-5/devices/retire", data=sent, follow_redirects=False).status_code == 303
    assert "<option>wm-new</option>" in guest.get("/devices/set-aside").text, "retired, it can be fitted elsewhere"


def test_who_fits_no_devices_claims_none(guest: TestClient, fitted: Street) -> None:
    assert sign_in(guest, fitted.store, "of-desk", now=fitted.clock()).status_code == 303
    assert 'action="/devices/register"' not in guest.get("/devices/set-aside").text
    asked = {"device": "wm-new", "household": "h-5"}
    assert guest.get("/devices/register", params=asked, follow_redirects=False).status_code == 403
    typed = {"csrf": csrf_of(guest.get("/").text), "devices[0].id": "wm-new", "devices[0].kind": "water_meter"}
    assert guest.post("/console/homes/h-5/devices", data=typed).status_code == 403
    assert _find_claimed(fitted) == []


def _find_claimed(street: Street) -> list[tuple[str, str, str]]:
    with street.store.read(EVERYTHING) as reader:
        homes = reader.fleet.load().households
    return [(home.id, one.kind.value, one.model) for home in homes for one in home.devices if one.id == "wm-new"]


def test_how_often_readings_of_a_model_came_late(guest: TestClient, fitted: Street) -> None:
    homes = fleet(fitted.homes).households
    now = fitted.clock()
    with fitted.store.begin() as tx:
        numbers = tx.fleet.read_device_nos()
        for at, lag_s in ((1, 1), (1, 120), (3, 200), (3, 61)):
            observed = np.array([now - 1_000 * lag_s - at])
            batch = Batch(
                np.zeros(1, np.int32),
                np.full(1, int(Metric.VOLUME_M3), np.uint8),
                observed,
                observed + 1_000 * lag_s,
                np.ones(1),
                np.zeros(1, np.uint8),
            )
            tx.readings.append(batch, np.array([numbers[homes[at].devices[0].id]], np.int32))
    # it is computed beside the page, which does not wait for it
    rows = [guest.get("/devices").text.split('href="/devices?model=A1"')[-1].split("</tr>")[0] for _ in range(5)]
    assert "75\u00a0% of 4 readings" in rows[-1]


def test_labels_of_devices_lead_whoever_fits_them_to_where_they_are_replaced(guest: TestClient, fitted: Street) -> None:
    device = fleet(fitted.homes).households[1].devices[0].id
    listed = guest.get("/devices", params={"trouble": "low_battery"}, headers={"Accept-Language": "en"}).text
    assert 'href="/devices/labels?trouble=low_battery"' in listed
    sheet = guest.get("/devices/labels", params={"trouble": "low_battery"}).text
    assert (sheet.count('class="cut"'), f'<p class="code">{device}</p>' in sheet) == (1, True)
    assert "<svg" in sheet
    assert ">水表<" in sheet
    for never in ("Plum Lane", "赵德明", "<script"):
        assert never not in sheet
    assert guest.get("/devices/labels", params={"household": "h-1"}).text.count('class="cut"') >= 1
    assert "There is no device here." in guest.get("/devices/labels?household=none", headers={"Accept-Language": "en"}).text
    scanned = guest.get(f"/device/{device}", follow_redirects=False)
    assert (scanned.status_code, scanned.headers["location"]) == (303, "/homes/h-1/edit#devices")
    assert 'id="devices"' in guest.get("/homes/h-1/edit").text
    assert guest.get("/device/none").status_code == 404
    guest.cookies.clear()
    assert guest.get(f"/device/{device}", follow_redirects=False).headers["location"] == f"/sign-in?next=%2Fdevice%2F{device}"
    assert sign_in(guest, fitted.store, "of-desk", now=fitted.clock()).status_code == 303
    assert guest.get(f"/device/{device}", follow_redirects=False).headers["location"] == "/resident/r-1"
    assert guest.get("/devices/labels").status_code == 403


def test_the_page_of_a_device_shows_its_last_message_and_what_is_wrong(guest: TestClient, fitted: Street) -> None:
    meter, heard = (DeviceId(home.devices[0].id) for home in fleet(fitted.homes).households[:2])
    hint = DeviceHint(HintCode.CODEC, {"codec": "wmbusmeters"})
    message = LastMessage(meter, "meters/7", HOSTILE.encode(), fitted.clock(), "native", (), ("total_m3",), "", hint)
    with fitted.store.begin() as tx:
        tx.last_messages.put([message, replace(message, device=heard, hint=None, understood=("volume_m3",), payload=b"{}")])
    listed = guest.get("/devices", params={"trouble": "misread"}).text
    assert "look like those of wmbusmeters" in listed
    assert [meter in listed, f"one?id={heard}" in listed] == [True, False]
    page = guest.get("/devices/one", params={"id": meter}).text
    for text in ("look like those of wmbusmeters", "meters/7", "total_m3", "native", "Nothing"):
        assert text in page
    assert HOSTILE not in page
    assert "<dd>1 h</dd>" in page, "a meter reports each hour"
    other = guest.get("/devices/one", params={"id": heard}).text
    assert "Meter total" in other
    assert "look like those" not in other
    assert guest.get("/devices/one", params={"id": "nobody"}).status_code == 404
    assert (
        "None has been kept yet" in guest.get("/devices/one", params={"id": fleet(fitted.homes).households[2].devices[0].id}).text
    )


def test_who_does_not_see_what_a_device_measures_gets_no_bytes_of_it(guest: TestClient, fitted: Street) -> None:
    meter = DeviceId(fleet(fitted.homes).households[0].devices[0].id)
    with fitted.store.begin() as tx:
        tx.last_messages.put([LastMessage(meter, "meters/7", b'{"volume_m3": 98.765}', fitted.clock(), "native", ("volume_m3",))])
    assert "98.765" not in guest.get("/devices/one", params={"id": meter}).text
    assert "Meter total" in guest.get("/devices/one", params={"id": meter}).text


def test_the_page_of_a_device_says_what_it_may_claim_and_what_it_gives_besides(guest: TestClient, fitted: Street) -> None:
    before = fleet(fitted.homes)
    homes = tuple(
        replace(home, devices=tuple(replace(one, measures=("volume_m3", "battery_pct")) for one in home.devices))
        if not at
        else home
        for at, home in enumerate(before.households)
    )
    meter = homes[0].devices[0].id
    hint = DeviceHint(HintCode.UNCLAIMED, {"metrics": "heart_rate_bpm steps"})
    with fitted.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes), fitted.clock())
        last = LastMessage(
            meter, "meters/7", b"{}", fitted.clock(), "native", ("volume_m3",), ("heart_rate_bpm", "steps"), "", hint
        )
        tx.last_messages.put([last])
    page = guest.get("/devices/one", params={"id": meter}).text
    assert "What it can measure" in page
    assert "kept and not believed: Heart rate" in page
    assert "What it can measure" not in guest.get("/devices/one", params={"id": homes[1].devices[0].id}).text, "anything"
    assert "kept and not believed" in guest.get("/devices", params={"trouble": "misread"}).text
