"""The desk as HTML: queue, card, acting, languages, and working without JavaScript."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from homebeat.actions import Perform, Reply
from homebeat.actions.family_words import FamilyWord
from homebeat.actions.identify import identify_family
from homebeat.console.desk.case import Case
from homebeat.console.desk.row import make_row
from homebeat.domain.alert import Alert, Desk, Priority, Reason, Subject, TransitionKind
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import DeviceState
from homebeat.wording import Wording
from tests.people import add_account, add_family_link, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import HOUR, MINUTE, NOON, Clock, Street, fleet
from tests.unit.console.fixtures import csrf_of

ENGLISH = {"Accept-Language": "en"}
CHINESE = {"Accept-Language": "zh-CN"}


def page(desk: TestClient, path: str = "/", **headers: str) -> str:
    answer = desk.get(path, headers={**ENGLISH, **headers})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def rows(html: str) -> list[str]:
    return re.findall(r'<li id="row-([^"]+)"', html)


def listed(html: str, name: str) -> list[str]:
    found = re.search(rf'<ol id="list-{name}".*?</ol>', html, re.DOTALL)
    assert found is not None
    return rows(found[0])


def answer(street: Street, alert: str, contact: str, reply: FamilyReply) -> None:
    """What somebody of the family presses on the page of their link."""
    token = add_family_link(street.store, alert, contact, street.clock())
    caller = identify_family(street.store, token, street.clock())
    assert caller is not None
    Perform(street.store, street.clock)(caller.principal, Reply(caller.link_id, reply))


def said(html: str) -> list[str]:
    """What rows say of the families, as it is read."""
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<span class="said">(.*?)</span>', html)]


def take(desk: TestClient, alert: Alert) -> None:
    form = {"csrf": csrf_of(page(desk)), "version": str(alert.version)}
    assert desk.post(f"/console/alerts/{alert.id}/take", data=form).status_code == 303


def test_nobody_waiting_is_said_in_words(desk: TestClient) -> None:
    html = page(desk)
    assert "Nobody is waiting." in html
    assert rows(html) == []


def test_the_queue_most_urgent_first_then_longest_waiting(desk: TestClient, street: Street) -> None:
    young, old = street.open("no_sign_of_life", 0, minutes_ago=5), street.open("no_sign_of_life", 1, minutes_ago=75)
    sos = street.sos(2)
    html = page(desk)
    assert listed(html, "waiting") == [sos.id, old.id, young.id]
    assert "1 h 15 min" in html
    assert "<title>(1) Care desk" in html


def test_a_row_says_what_who_age_and_address(desk: TestClient, street: Street) -> None:
    street.sos(0)
    html = page(desk)
    for words in ("SOS pressed", "Lin Yue", "86 years old", "Plum Lane 1-100", "Critical"):
        assert words in html


def test_device_and_property_alerts_stand_apart(desk: TestClient, street: Street) -> None:
    care = street.sos(0)
    leak = street.open(
        "water_running", 1, priority=Priority.MEDIUM, desk=Desk.PROPERTY, reason=Reason("water_running", {"run_s": 130_000})
    )
    silent = street.open(
        "device_silent", 2, priority=Priority.LOW, desk=Desk.DEVICES, device="m-2", reason=Reason("device_silent", {})
    )
    html = page(desk)
    assert listed(html, "waiting") == [care.id]
    assert listed(html, "property") == [leak.id]
    assert listed(html, "devices") == [silent.id]
    assert listed(page(desk, "/?queue=devices"), "waiting") == [silent.id]


def test_a_row_says_what_the_family_has_answered(desk: TestClient, street: Street, clock: Clock) -> None:
    """By relation and never by name; who asks that somebody goes stands first."""
    alert, other = street.open("no_sign_of_life", 3, minutes_ago=30), street.open("no_sign_of_life", 4)
    answer(street, alert.id, "h-3/lin", FamilyReply.FINE)
    html = page(desk)
    assert said(html) == ["daughter: says that all is well, just now"]
    clock.now += 12 * MINUTE
    answer(street, alert.id, "h-3/plum", FamilyReply.GO)
    clock.now += MINUTE
    answer(street, alert.id, "h-3/lin", FamilyReply.CALLING)
    clock.now += 2 * MINUTE
    assert said(page(desk)) == ["key holder: asks that somebody goes and checks, 3 min ago", "daughter: is calling, 2 min ago"]
    assert said(page(desk, **CHINESE))[1] == "daughter：正在打电话，2分钟前"
    assert "Lin Yue" not in " ".join(said(html))
    assert other.id in rows(html)
    card = page(desk, f"/console/card/{alert.id}")
    for step in ("says that all is well.", "asks that somebody goes and checks.", "is calling."):
        assert f"Somebody of the family {step}" in card, "the history says what was answered, and not only that something was"


def test_the_familys_answer_has_its_place_in_a_row(street: Street) -> None:
    """One of those who ask that somebody goes stands first, then whoever answers for the family, then the newest."""
    alert = street.open("no_sign_of_life", 3)
    with street.store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(alert.id)
    assert detail is not None
    son = FamilyWord("son", FamilyReply.FINE, 100, is_own=False, is_representative=True)
    others = [FamilyWord(f"aunt {no}", FamilyReply.GO, 200 + no, is_own=False) for no in range(2)]
    row = make_row(Case(detail.entry), Wording("en"), NOON, (son, *others))
    assert [line.text for line in row.family] == [
        "aunt 1: asks that somebody goes and checks",
        "son (for the family): says that all is well",
    ]
    newest = FamilyWord("aunt", FamilyReply.CALLING, 900, is_own=False)
    assert make_row(Case(detail.entry), Wording("en"), NOON, (son, newest)).family[0].text.startswith("son (for the family)")


def test_who_does_not_see_contacts_sees_that_somebody_of_the_family_answered(guest: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    answer(street, alert.id, "h-3/lin", FamilyReply.FINE)
    add_account(street.store, "installer", Role.INSTALLER)
    sign_in(guest, street.store, "installer")
    assert said(page(guest)) == ["a contact: says that all is well, just now"]


def test_what_is_about_no_home_says_so_in_row_and_card(desk: TestClient, street: Street) -> None:
    subjects = {
        "no home: device wb-9": Subject(device=DeviceId("wb-9")),
        "homebeat itself": Subject(service="broker-session"),
        "Town": Subject(area=AreaId("town")),
    }
    for name, about in subjects.items():
        alert = street.open_about(about, "delivery_failed", Reason("delivery_failed", {"attempts": 2}))
        html = page(desk, f"/?queue=devices&alert={alert.id}")
        assert alert.id in listed(html, "waiting")
        assert html.count(name) >= 2, name


def test_an_alert_about_what_is_not_understood_leads_to_the_device_or_to_those_of_its_model(
    desk: TestClient, street: Street
) -> None:
    known = fleet(street.homes).households[1].devices[0].id
    why = Reason("device_misread_codec", {"codec": "wmbusmeters"})
    own = street.open("device_misread", 1, desk=Desk.DEVICES, device=known, reason=why)
    assert f'href="/devices/one?id={known}"' in page(desk, f"/?queue=devices&alert={own.id}")
    fall = street.open("fall", 2, device=fleet(street.homes).households[2].devices[0].id)
    assert 'href="/devices/one' not in page(desk, f"/?alert={fall.id}")
    why = Reason("model_misread_codec", {"codec": "wmbusmeters", "devices": 7, "model": "W2 & W3"})
    model = street.open_about(Subject(service="model-1a2b"), "device_misread", why)
    html = page(desk, f"/?queue=devices&alert={model.id}")
    assert html.count("devices of the model W2 &amp; W3") >= 2
    assert "homebeat itself" not in html
    assert 'href="/devices?trouble=misread&amp;model=W2+%26+W3"' in html
    assert "型号W2 &amp; W3的设备" in page(desk, f"/?queue=devices&alert={model.id}", **{"Accept-Language": "zh-CN"})
    unnamed = Reason("model_misread_codec", {"codec": "wmbusmeters", "devices": 7})
    other = street.open_about(Subject(service="model-3c4d"), "device_misread", unnamed)
    assert "devices of one model" in page(desk, f"/?queue=devices&alert={other.id}")


def test_the_card_shows_what_could_be_read_of_a_message(desk: TestClient, street: Street) -> None:
    at = street.clock() - MINUTE
    aside = Quarantined("homebeat/v1/b-1/readings", '{"msg":"摔倒<b>"'.encode("gb18030"), at, QuarantineReason.NOT_JSON, "", True)
    with street.store.begin() as tx:
        tx.quarantine.add([replace(aside, topic="homebeat/v1/other/readings", payload=b"not this"), aside])
    alert = street.open("unreadable_alarm", 1, device="b-1", reason=Reason("unreadable_alarm", {"since_at": at}))
    html = page(desk, f"/?alert={alert.id}")
    assert "摔倒&lt;b&gt;" in html
    assert "homebeat/v1/b-1/readings" in html
    assert "not this" not in html


def test_a_flood_is_capped_and_counted(desk: TestClient, street: Street) -> None:
    for n in range(170):
        street.open_about(Subject(HouseholdId(f"h-{n % 12}")), f"rule_{n}", Reason("sos"), Desk.CARE)
    html = page(desk)
    assert len(rows(html)) <= 200
    assert "and 10 more" in html


def test_the_card_says_why_and_whom_to_call(desk: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 2)
    street.water(2, silent_hours=12)
    html = page(desk, f"/?alert={alert.id}")
    hers, daughters = (f'href="tel:{prefix}{2:08d}"' for prefix in (139, 138))
    assert hers in html
    assert daughters in html
    assert html.index("Daughter Lin</strong>") < html.index("Mr Plum</strong>")
    assert "no telephone number" in html
    assert "told by message over the internet" in html
    assert "whsec" not in html
    assert "example.invalid" not in html
    assert 'class="silence"' in html
    assert 'class="state quiet"' in html
    assert "Water meter" in html


@pytest.mark.parametrize(
    ("litres", "language", "says"),
    [
        (None, "en", "fires by itself every 4 h"),
        (None, "zh-CN", "每4小时自行触发一次，不算动静"),
        (40, "en", "draws about 40 L every 4 h by itself"),
        (40, "zh-CN", "每4小时自行用水约40升，不算动静"),
    ],
)
def test_the_card_says_what_a_device_does_by_itself(
    desk: TestClient, street: Street, litres: int | None, language: str, says: str
) -> None:
    now = street.clock()
    with street.store.begin() as tx:
        tx.states.put(devices=[DeviceState(DeviceId("m-2"), now, None, False, now, beats_every_s=4 * 3_600, beats_litres=litres)])
    alert = street.open("no_sign_of_life", 2)
    assert says in page(desk, f"/?alert={alert.id}", **{"Accept-Language": language})


def test_unknown_never_looks_fine(desk: TestClient, street: Street) -> None:
    html = page(desk, f"/?alert={street.sos(3).id}")
    assert 'class="state unknown"' in html
    assert "This does not mean that all is well." in html


def test_hours_that_nothing_proves_are_hatched_and_never_zero(desk: TestClient, street: Street) -> None:
    alert = street.sos(1)
    street.water(1, missing=(60, 30))
    html = page(desk, f"/?alert={alert.id}")
    hatched = re.findall(r'<rect class="unknown"[^>]*><title>([^<]*)</title>', html)
    assert len(hatched) >= 28
    assert all(title.endswith("no data") for title in hatched)


def test_taking_without_javascript(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    form = {"csrf": csrf_of(page(desk)), "version": "1"}
    answer = desk.post(f"/console/alerts/{alert.id}/take", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/?alert={alert.id}")
    html = page(desk)
    assert listed(html, "waiting") == []
    assert listed(html, "taken") == [alert.id]
    assert street.alert(alert.id).owner == "user:desk-1"


def test_closing_with_an_outcome_and_a_note(desk: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    clock.now += MINUTE
    take(desk, alert)
    form = {"csrf": csrf_of(page(desk)), "version": "2", "outcome": "helped", "note": "slipped <b>in</b> the bath"}
    answer = desk.post(f"/console/alerts/{alert.id}/resolve", data=form, headers={"X-Console": "1", **ENGLISH})
    assert answer.headers["x-card"] == "1"
    assert "Needed help, was helped" in answer.text
    assert "slipped &lt;b&gt;in&lt;/b&gt; the bath" in answer.text
    assert rows(page(desk)) == []
    assert street.alert(alert.id).resolved_at == NOON + MINUTE


def test_giving_back_what_one_has_taken(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    path, button = f"/?alert={alert.id}", f'action="/console/alerts/{alert.id}/release"'
    html = page(desk, path)
    assert button not in html
    desk.post(f"/console/alerts/{alert.id}/take", data={"csrf": csrf_of(html), "version": "1"})
    html = page(desk, path)
    assert button in html
    desk.post(f"/console/alerts/{alert.id}/release", data={"csrf": csrf_of(html), "version": "2"})
    html = page(desk, path)
    assert listed(html, "waiting") == [alert.id]
    assert "Given back to the queue" in html
    assert button not in html
    stale = desk.post(f"/console/alerts/{alert.id}/release", data={"csrf": csrf_of(html), "version": "3"}, headers=ENGLISH)
    assert stale.status_code == 409


def test_reopening_what_one_has_closed_by_mistake(desk: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    path, button = f"/?alert={alert.id}", f'action="/console/alerts/{alert.id}/reopen"'
    take(desk, alert)
    form = {"csrf": csrf_of(page(desk, path)), "version": "2", "outcome": "fine", "note": "she answered the telephone"}
    desk.post(f"/console/alerts/{alert.id}/resolve", data=form)
    html = page(desk, path)
    assert button in html
    assert "Closed by mistake: reopen" in html
    assert "误办结" in page(desk, path, **CHINESE)
    clock.now += 6 * MINUTE
    assert button not in page(desk, path)
    late = desk.post(f"/console/alerts/{alert.id}/reopen", data={**form, "version": "3"}, headers={"X-Console": "1", **ENGLISH})
    assert (late.status_code, "cannot be reopened" in late.text) == (409, True)
    clock.now -= 5 * MINUTE
    desk.post(f"/console/alerts/{alert.id}/reopen", data={**form, "version": "3"})
    assert listed(page(desk), "taken") == [alert.id]


def test_a_link_to_an_alert_opens_its_card(desk: TestClient, street: Street) -> None:
    first, linked = street.sos(0), street.open("device_silent", 5, desk=Desk.DEVICES, priority=Priority.LOW)
    assert f'data-alert="{first.id}"' in page(desk)
    html = page(desk, f"/?alert={linked.id}")
    assert f'data-alert="{linked.id}"' in html
    assert '<body class="console opened"' in html


def test_a_link_to_an_alert_survives_the_sign_in(guest: TestClient, street: Street) -> None:
    alert = street.sos(3)
    street.sos(0, minutes_ago=9)
    asked = guest.get(f"/?alert={alert.id}")
    form = guest.get(asked.headers["location"])
    target = re.search(r'name="next" value="([^"]+)"', form.text)
    assert target is not None
    answer = sign_in(guest, street.store, "desk-1", next=target[1])
    assert answer.headers["location"] == f"/?alert={alert.id}"
    assert f'data-alert="{alert.id}"' in page(guest, answer.headers["location"])


def test_a_critical_alert_is_closed_only_after_it_was_taken_and_with_a_note(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    form = {"csrf": csrf_of(page(desk)), "version": "1", "outcome": "fine"}

    def close(**more: str) -> Any:
        return desk.post(f"/console/alerts/{alert.id}/resolve", data=form | more, headers={"X-Console": "1", **ENGLISH})

    untaken = close(note="she answered")
    assert (untaken.status_code, "Take it first" in untaken.text) == (409, True)
    take(desk, alert)
    for note in ("", "  "):
        bare = close(version="2", note=note)
        assert (bare.status_code, "write into the note what was found" in bare.text) == (422, True)
    assert street.alert(alert.id).outcome is None
    assert close(version="2", note="she answered").status_code == 200
    high = street.open("no_sign_of_life", 1)
    form = {"csrf": form["csrf"], "version": "1", "outcome": "fine"}
    assert desk.post(f"/console/alerts/{high.id}/resolve", data=form).status_code == 303


def test_closing_needs_an_outcome(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    answer = desk.post(f"/console/alerts/{alert.id}/resolve", data={"csrf": csrf_of(page(desk)), "version": "1"})
    assert answer.status_code == 422
    assert street.alert(alert.id).outcome is None


def test_acting_on_what_has_changed_meanwhile_writes_nothing_and_says_so(desk: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 0)
    form = {"csrf": csrf_of(page(desk)), "version": "1", "outcome": "fine"}
    street.step(alert, TransitionKind.CLEARED, Reason("life_again", {"life_at": NOON}))
    for headers in ({"X-Console": "1"}, {}):
        answer = desk.post(f"/console/alerts/{alert.id}/resolve", data=form, headers={**ENGLISH, **headers})
        assert answer.status_code == 409
        assert "has changed since you looked" in answer.text
    assert street.alert(alert.id).outcome is None


def test_a_remark(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    csrf = csrf_of(page(desk))
    desk.post(f"/console/alerts/{alert.id}/note", data={"csrf": csrf, "note": "the dog is home"})
    assert "the dog is home" in page(desk, f"/?alert={alert.id}")
    empty = desk.post(f"/console/alerts/{alert.id}/note", data={"csrf": csrf, "note": "   "})
    assert empty.status_code == 422


def test_both_languages_by_browser_and_by_choice(desk: TestClient, street: Street) -> None:
    street.sos(0)
    chinese = page(desk, **CHINESE)
    assert '<html lang="zh-CN">' in chinese
    assert "SOS求助" in chinese
    chosen = desk.get("/language?to=en&next=/")
    assert chosen.status_code == 303
    assert '<html lang="en">' in page(desk, **CHINESE)


def test_the_page_says_that_it_is_blind(desk: TestClient, street: Street, clock: Clock) -> None:
    assert re.search(r'id="banner"[^>]* hidden', page(desk))
    clock.now += 5 * MINUTE
    html = page(desk)
    assert not re.search(r'id="banner"[^>]* hidden', html)
    assert "Monitoring has been silent for" in html


def test_the_page_says_that_messages_could_not_be_read(desk: TestClient, street: Street) -> None:
    with street.store.begin() as tx:
        tx.quarantine.add([Quarantined("t", b"x", NOON - 2 * MINUTE, QuarantineReason.DEFECT)])
    html = page(desk)
    assert not re.search(r'id="banner"[^>]* hidden', html)
    assert "homebeat failed over messages and set them aside unread, the first 2 min ago: 1." in html


def test_a_watch_whose_word_comes_from_the_future_does_not_count_as_alive(desk: TestClient, street: Street, clock: Clock) -> None:
    street.beat("watch", at=clock() + 172_800_000)
    html = page(desk)
    assert not re.search(r'id="banner"[^>]* hidden', html)
    assert "whether monitoring works is not known" in html


def test_names_are_text_and_nothing_else(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    csrf = csrf_of(page(desk))
    desk.post(f"/console/alerts/{alert.id}/note", data={"csrf": csrf, "note": "<script>alert(1)</script>{{7*7}}"})
    html = page(desk, f"/?alert={alert.id}")
    assert "<script>alert" not in html
    assert "{{7*7}}" in html
    assert "style=" not in html
    assert not re.search(r"<script(?![^>]*src=)", html)


def test_vitals_show_their_latest(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    street.readings("b-0", Metric.HEART_RATE_BPM, [(NOON - HOUR, 88.0), (NOON - MINUTE, 121.0)])
    latest = page(desk, f"/?alert={alert.id}").partition('<dl class="readings">')[2].partition("</dl>")[0]
    assert "121/min" in latest
    assert "88/min" not in latest


def test_an_alert_that_is_not_there_is_a_page(desk: TestClient) -> None:
    answer = desk.get("/?alert=none", headers=ENGLISH)
    assert answer.status_code == 404
    assert "There is no such alert." in answer.text
