"""The pages of maps of fields: made from a sample, tried, saved, taken out of use and put back."""

from __future__ import annotations

import json
import re

import pytest

from homebeat.domain.field_map import find_map_faults
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.wording import Language, Wording
from homebeat.wording.map_faults import explain_map_fault
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street
from tests.unit.codecs.test_mapped import FAULTY
from tests.unit.console.fixtures import csrf_of

PATH = "/devices/fields"
HOSTILE = "<script>alert(1)</script>"
SAMPLE = {"dev": {"sn": "b-0"}, "d": {"hr": 142, HOSTILE: HOSTILE}, "ev": "P9"}


@pytest.fixture
def fitter(guest: TestClient, street: Street) -> TestClient:
    add_account(street.store, "fitter-1", Role.SUPERVISOR)
    assert sign_in(guest, street.store, "fitter-1").status_code == 303
    guest.headers["accept-language"] = "en"
    return guest


def make_form(csrf: str, **more: str) -> dict[str, str]:
    fields = {
        "fields[0].pointer": "/d/hr",
        "fields[0].target": "heart_rate_bpm",
        "fields[0].factor": "0.5",
        "fields[1].pointer": "/ev",
        "fields[1].target": "sos",
        "fields[1].when": "P9, P10",
        "fields[2].pointer": f"/d/{HOSTILE.replace('/', '~1')}",
    }
    head = {"csrf": csrf, "name": "acme", "topic": "homebeat/acme/+/up", "device": "/dev/sn", "version": "0", "time_form": "iso"}
    return {**head, "sample": json.dumps(SAMPLE), **fields, **more}


def test_a_sample_is_read_tried_and_saved_and_put_back(fitter: TestClient, street: Street) -> None:
    csrf = csrf_of(fitter.get(f"{PATH}/edit").text)
    read = fitter.post(
        "/console/devices/fields", data={"csrf": csrf, "sample": json.dumps(SAMPLE), "topic": "homebeat/acme/+/up"}
    )
    assert 'value="/dev/sn"' in read.text
    assert HOSTILE not in read.text
    tried = fitter.post("/console/devices/fields", data=make_form(csrf, do="try"))
    assert tried.status_code == 200
    assert ": 71" in tried.text.split("3. What comes out")[1]
    assert 'value="save"' in tried.text
    with street.store.read(EVERYTHING) as reader:
        assert reader.field_maps.list_all() == [], "trying writes nothing"
    saved = fitter.post("/console/devices/fields", data=make_form(csrf, do="save"))
    assert (saved.status_code, saved.headers["location"]) == (303, PATH)
    with street.store.read(EVERYTHING) as reader:
        (found,) = reader.field_maps.list_all()
    assert found.spec is not None
    assert [(one.pointer, one.target, one.factor, one.when) for one in found.spec.fields] == [
        ("/d/hr", "heart_rate_bpm", 0.5, ()),
        ("/ev", "sos", 1.0, ("P9", "P10")),
    ]
    again = fitter.get(f"{PATH}/edit?name=acme").text
    assert 'value="P9, P10"' in again
    stale = fitter.post("/console/devices/fields", data=make_form(csrf, do="save"))
    assert (stale.status_code, "somebody has changed it meanwhile" in stale.text) == (409, True)
    given = {"csrf": csrf, "name": "acme", "version": "1"}
    assert fitter.post("/console/devices/fields/stop", data=given).status_code == 303
    assert 'class="badge">out of use' in fitter.get(PATH).text
    assert fitter.post("/console/devices/fields/undo", data=given | {"version": "2"}).status_code == 303
    assert 'class="badge">out of use' not in fitter.get(PATH).text


def test_a_message_that_was_set_aside_is_the_sample_and_the_others_are_tried_too(fitter: TestClient, street: Street) -> None:
    now = street.clock()
    bodies = [json.dumps({**SAMPLE, "d": {"hr": hr}}).encode() for hr in (140, "later")]
    with street.store.begin() as tx:
        tx.quarantine.add([Quarantined("homebeat/acme/7/up", body, now, QuarantineReason.UNKNOWN_TOPIC, "x") for body in bodies])
    aside = fitter.get("/devices/set-aside").text
    link = re.search(r'href="(/devices/fields/edit\?message=\d+)"', aside)
    assert link
    html = fitter.get(link[1]).text
    assert "homebeat/acme/7/up" in html
    assert "&#34;sn&#34;: &#34;b-0&#34;" in html
    tried = fitter.post(
        "/console/devices/fields", data=make_form(csrf_of(html), do="try", sample_topic="homebeat/acme/7/up")
    ).text
    others = tried.split("were set aside</h3>")[1]
    assert "70" in others
    assert "later" in others
    assert 'class="facts fault"' in others


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"topic": "homebeat/v1/+/readings"}, "own form, which need no map"),
        ({"device": ""}, "is not a place in the message"),
        ({"fields[1].when": ""}, "which values raise this alarm"),
        ({"fields[0].factor": "much"}, "is not a number other than 0"),
        ({"fields[0].target": "", "fields[1].target": ""}, "no field means anything"),
        ({"name": "a b"}, "is not a name"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_saved(
    fitter: TestClient, street: Street, more: dict[str, str], says: str
) -> None:
    csrf = csrf_of(fitter.get(f"{PATH}/edit").text)
    refused = fitter.post("/console/devices/fields", data=make_form(csrf, do="save", **more))
    assert refused.status_code == 422
    assert re.search(rf'<strong class="fault">[^<]*{says}', refused.text)
    with street.store.read(EVERYTHING) as reader:
        assert reader.field_maps.list_all() == []


def test_samples_that_are_none_are_said(fitter: TestClient) -> None:
    csrf = csrf_of(fitter.get(f"{PATH}/edit").text)
    for sample in ("{", "7", "[" * 5_000, "x" * 16_384):
        answer = fitter.post("/console/devices/fields", data={"csrf": csrf, "sample": sample, "topic": "acme/up"})
        assert answer.status_code == 200
        assert "The sample cannot be read as JSON." in answer.text


def test_each_fault_of_a_map_has_a_sentence_in_each_language() -> None:
    words = Wording(Language.CHINESE)
    texts = [text for name, spec in FAULTY for _, text in find_map_faults(name, spec)]
    assert len(texts) > 12
    assert [text for text in texts if explain_map_fault(text, words).isascii()] == []
