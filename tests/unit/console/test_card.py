"""The card of an alert: whom to call and what became of it, who goes, the plan, what there was before, and how it ended."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from homebeat.console.card.plan import write_steps
from homebeat.console.card.signs import find_signs
from homebeat.domain.alert import Outcome
from homebeat.domain.as_of import STALE_MS
from homebeat.domain.fleet import Away, Fleet
from homebeat.domain.ids import ContactId
from homebeat.domain.metric import Metric
from homebeat.domain.response_plan import FAMILY_FIRST, Deadline, DeadlineKind, Position
from homebeat.domain.role import Role
from homebeat.store import ReadingBin
from homebeat.wording import Wording
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import HOUR, MINUTE, NOON, Clock, Street, fleet
from tests.unit.console.fixtures import csrf_of
from tests.unit.console.test_visit import WANG

ENGLISH = {"Accept-Language": "en"}


def card_of(desk: TestClient, alert_id: str, language: str = "en") -> str:
    answer = desk.get(f"/console/card/{alert_id}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def send(desk: TestClient, alert_id: str, path: str, **form: str) -> str:
    csrf = csrf_of(desk.get("/account").text)
    answer = desk.post(f"/console/alerts/{alert_id}/{path}", data={"csrf": csrf, **form}, headers={"X-Console": "1", **ENGLISH})
    assert answer.headers["x-card"] == "1", answer.text
    return re.sub(r"\s+", " ", str(answer.text))


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def change_home(street: Street, **more: object) -> None:
    """The home of r-3 with more known of it, and Wang who can be sent there."""
    before = fleet(street.homes)
    homes = [replace(home, **more) if home.id == "h-3" else home for home in before.households]  # type: ignore[arg-type]
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, tuple(homes), (WANG,)), street.clock())


def test_what_became_of_a_call_is_one_tap_and_stands_beside_the_number(desk: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    send(desk, alert.id, "calls/no_answer", callee="resident", called="r-3")
    html = send(desk, alert.id, "calls/spoke", callee="contact", called="h-3/lin")
    text = words_of(html)
    assert "No answer · 1 Mar 12:00" in text
    assert "Call desk-1 Daughter Lin · Spoke with them" in text
    assert "Contacted Daughter Lin · 1 Mar 12:00" in text
    assert "Daughter Lin · 接通" in words_of(card_of(desk, alert.id, "zh-CN"))


def test_whom_to_call_stands_above_every_picture_with_the_address_to_read_out(desk: TestClient, street: Street) -> None:
    home = fleet(street.homes).households[3]
    keeper = replace(home.contacts[1], phone="137-0000-0003", holds_key=True)
    resident = replace(home.residents[0], notes="hears badly on the left")
    change_home(street, contacts=(home.contacts[0], keeper), residents=(resident,), access="4th floor, code 0000")
    html = card_of(desk, street.open("no_sign_of_life", 3).id)
    order = [
        html.index(part) for part in ("hears badly", 'class="why"', "4th floor", "139-0000-0003", "138-0000-0003", "137-0000")
    ]
    assert order == sorted(order)
    assert order[-1] < html.index("<svg")
    assert re.search(r"Mr Plum</strong>.{0,120}has a key", html)
    assert "Say where: Town · Plum Lane 4-103" in words_of(html)


def test_who_does_not_see_a_number_can_call_nobody_and_enter_nothing(guest: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    add_account(street.store, "installer", Role.INSTALLER)
    sign_in(guest, street.store, "installer")
    html = card_of(guest, alert.id)
    for hidden in ("139-0000-0003", "Daughter Lin", f"{alert.id}/calls/", f"{alert.id}/visits"):
        assert hidden not in html


def test_somebody_is_sent_and_called_off(desk: TestClient, street: Street) -> None:
    change_home(street)
    alert = street.open("no_sign_of_life", 3)
    offered = re.search(r'<option value="wang">([^<]*)', card_of(desk, alert.id))
    assert offered is not None
    assert offered[1].startswith(WANG.name)
    html = send(desk, alert.id, "visits", version="1", responder="wang")
    assert f"Sent {WANG.name} · 1 Mar 12:00" in words_of(html)
    assert '<option value="wang">' not in html, "they are on their way"
    cancel = re.search(rf"{alert.id}/(visits/\w+/cancel)", html)
    assert cancel is not None
    html = send(desk, alert.id, cancel[1])
    assert "Called off · 1 Mar 12:00" in words_of(html)
    assert "This visit is over already." in send(desk, alert.id, cancel[1])


def test_absences_and_the_alerts_before_are_there_with_what_was_found(desk: TestClient, street: Street, clock: Clock) -> None:
    noon = datetime.fromtimestamp(NOON / 1000, UTC)
    over = Away(noon - timedelta(days=9), noon - timedelta(days=8), "spring outing")
    change_home(street, away=(over, Away(noon + timedelta(days=1), noon + timedelta(days=3), "at her sister's")))
    false, other = street.open("sos", 3, minutes_ago=90), street.open("fall", 3, minutes_ago=60)
    send(desk, false.id, "take", version="1")
    send(desk, false.id, "resolve", version="2", outcome=Outcome.FALSE.value, note="pressed by mistake")
    clock.now += MINUTE
    alert = street.open("no_sign_of_life", 3)
    html = card_of(desk, alert.id)
    text = words_of(html)
    assert "Away from 2 Mar 12:00 to 4 Mar 12:00 · at her sister&#39;s" in text
    assert "spring outing" not in text
    assert "False alarms here in the last 30 days: 1" in text
    assert [other.id, false.id] == re.findall(r'data-card="(\w+)"', html)


def test_a_closed_alert_says_how_it_ended_and_how_long_it_can_be_undone(desk: TestClient, street: Street, clock: Clock) -> None:
    alert = street.open("no_sign_of_life", 3)
    assert '<details class="close-fold">' in card_of(desk, alert.id), "folded until somebody has it"
    assert '<details class="close-fold" open>' in send(desk, alert.id, "take", version="1")
    html = send(desk, alert.id, "resolve", version="2", outcome="fine", note="she answered")
    assert "Closed 1 Mar 12:00 · Confirmed safe and well · desk-1" in words_of(html)
    assert "until 1 Mar 12:05" in words_of(html)
    assert "Not entered: this alert is closed." in send(desk, alert.id, "calls/spoke", callee="resident", called="r-3")
    clock.now += 6 * MINUTE
    assert "until 1 Mar 12:05" not in card_of(desk, alert.id)


def test_a_critical_alert_is_taken_before_it_is_closed(desk: TestClient, street: Street) -> None:
    html = card_of(desk, street.sos(3).id)
    assert "Take it first" in html
    assert "/resolve" not in html


def test_a_plan_says_what_was_taken_and_who_is_next() -> None:
    words, due = Wording("en"), NOON + 5 * MINUTE

    def said(position: Position, kind: DeadlineKind = DeadlineKind.STEP) -> tuple[str, str]:
        return write_steps(Deadline(kind, due, "family_first", position), FAMILY_FIRST, words, "Asia/Shanghai")

    assert said(Position()) == ("", "Next: the family, at 1 Mar 12:05.")
    assert said(Position(0, (ContactId("h-3/lin"),))) == ("Step 1 of 4 was taken.", "Next: the family, at 1 Mar 12:05.")
    assert said(Position(1))[0] == "Step 1 of 4 was taken."
    assert said(Position(1))[1] == "Next: the desk, the paired volunteer or grid worker, at 1 Mar 12:05."
    assert said(Position(3))[0] == "Step 2 of 4 was taken."
    assert said(Position(4, repeat=1))[0] == "All 4 steps were taken; the last is repeated."
    assert said(Position(9))[1] == "Next: the supervisor, the desk, at 1 Mar 12:05."
    assert said(Position(1), DeadlineKind.OWNER)[1].startswith("Whoever has it says what was found by 1 Mar 12:05")


def put_guide(boss: TestClient, text: str, version: int, rule: str = "no_sign_of_life", area: str = "town") -> tuple[int, str]:
    form = {"csrf": csrf_of(boss.get("/account").text), "area": area, "rule": rule, "language": "en", "version": str(version)}
    answer = boss.post("/console/guides", data=form | {"text": text}, headers=ENGLISH)
    return answer.status_code, str(answer.text)


def test_a_card_says_what_to_do_and_an_area_its_own_which_can_be_taken_back(guest: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    add_account(street.store, "boss", Role.SUPERVISOR)
    sign_in(guest, street.store, "boss")
    usual = card_of(guest, alert.id)
    assert "Ask how they feel, what happened" in usual
    assert "打给老人：现在感觉怎么样？" in card_of(guest, alert.id, "zh-CN")
    assert put_guide(guest, " Ring the  janitor \n\nThen her niece", 0)[0] == 303
    html = card_of(guest, alert.id)
    assert "<li>Ring the janitor</li><li>Then her niece</li>" in html
    assert "as set by boss" in words_of(html)
    assert "Ring the janitor" not in card_of(guest, alert.id, "zh-CN"), "of one language"
    assert "somebody has changed it meanwhile" in put_guide(guest, "other", 0)[1]
    assert put_guide(guest, "\n".join("abcdefghi"), 1)[0] == 422
    assert put_guide(guest, "nothing", 0, area="nowhere")[0] == 404
    page = guest.get(
        "/settings/guides", params={"area": "town", "rule": "no_sign_of_life", "language": "en"}, headers=ENGLISH
    ).text
    assert "The steps of this area" in page
    assert "The usual steps." in page
    assert put_guide(guest, "", 1)[0] == 303
    assert "Ask how they feel, what happened" in card_of(guest, alert.id)
    page = guest.get(
        "/settings/guides", params={"area": "town", "rule": "no_sign_of_life", "language": "en"}, headers=ENGLISH
    ).text
    assert "<li>Ring the janitor</li>" in page, "what it was before, to put it back"


def test_hostile_steps_stay_text(guest: TestClient, street: Street) -> None:
    add_account(street.store, "boss", Role.SUPERVISOR)
    sign_in(guest, street.store, "boss")
    alert = street.open("no_sign_of_life", 3)
    assert put_guide(guest, '<script>alert(1)</script>"', 0, area="lane")[0] == 303
    for html in (card_of(guest, alert.id), guest.get("/settings/guides?area=lane&rule=no_sign_of_life&language=en").text):
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_vital_signs_have_gaps_and_not_everybody_sees_them(desk: TestClient, guest: TestClient, street: Street) -> None:
    at = [NOON - 20 * HOUR + no * 5 * MINUTE for no in range(200) if not 60 <= no < 100]
    street.readings("b-3", Metric.HEART_RATE_BPM, [(one, 61.0 + no % 9) for no, one in enumerate(at)])
    street.readings("b-3", Metric.STEPS, [(one, 100.0 + no // 20 * 20) for no, one in enumerate(at)])
    alert = street.open("no_sign_of_life", 3)
    html = card_of(desk, alert.id)
    assert html.count("<polyline") == 2, "one line before the gap, and one after it"
    assert re.search(r"61 ?/min to 69 ?/min, measured until 1 Mar 08:3", words_of(html))
    assert "Wristband: last sign of life about 1 Mar" in words_of(html)
    strip = re.search(r'<svg class="heat signs".*?</svg>', html)
    assert strip is not None
    assert 'class="unknown"' in strip[0], "of what was not heard nothing is said"
    add_account(street.store, "boss", Role.SUPERVISOR)
    sign_in(guest, street.store, "boss")
    hidden = card_of(guest, alert.id)
    assert "<polyline" not in hidden
    assert "Wristband: last sign" not in hidden


def test_of_a_device_that_was_not_heard_a_card_says_never_only_while_the_watch_works(desk: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    assert "never heard" in words_of(card_of(desk, alert.id)), "its band"
    assert isinstance(street.clock, Clock)
    street.clock.now += STALE_MS + 1
    shown = words_of(card_of(desk, alert.id))
    assert ["not yet known" in shown, "never heard" in shown] == [True, False]
    assert "尚不清楚" in card_of(desk, alert.id, "zh-CN")


def test_a_half_hour_without_a_word_is_not_known_and_a_contact_shows_life_by_moving() -> None:
    half = 30 * MINUTE
    bins = [ReadingBin(no * half, low, high, low) for no, low, high in ((0, 0, 0), (1, 0, 1), (2, 1, 1), (5, 0, 0))]
    assert find_signs(bins, 0, by_change=True)[:7] == [False, True, False, None, None, True, None]
    assert find_signs(bins, 0, by_change=False)[:6] == [False, True, True, None, None, False]


def test_a_card_asks_the_database_nothing_twice(desk: TestClient, street: Street) -> None:
    """But where an area lies: who sees a home, and whose steps stand beside its alerts, both go by that."""
    street.water(3)
    alert, asked = street.sos(3), Counter[tuple[str, str]]()
    card_of(desk, alert.id)
    engine = street.store._database._reader
    event.listen(
        engine, "before_cursor_execute", lambda _c, _cursor, statement, values, *_: asked.update([(statement, str(values))])
    )
    card_of(desk, alert.id)
    assert sum("FROM device" in statement for statement, _ in asked) > 1
    assert [statement for (statement, _), times in asked.items() if times > 1 and "FROM area_above" not in statement[:80]] == [
        "BEGIN"
    ]
