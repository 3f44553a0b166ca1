"""The family's page: what it says and to whom, that it changes nothing, and that its secret is written nowhere."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import event

from homebeat.domain.alert import Alert, Desk, Outcome, Priority, Reason, acknowledge, add_note, release, resolve
from homebeat.domain.as_of import STALE_MS
from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.fleet import Fleet, Resident
from homebeat.domain.ids import ContactId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.message_link import LINK_LASTS_MS
from homebeat.store import ResidentState
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_family_link
from tests.unit.api.fixtures import BEARER, TestClient, web
from tests.unit.api.street import Clock, Street, fleet
from tests.unit.console.fixtures import console_app

LIN, PLUM = "h-{}/lin", "h-{}/plum"
#: What no family is shown, whatever was agreed: address, numbers of contacts, contacts, remarks, who of the staff did it.
NEVER = ["Plum Lane", "138-0000", "Daughter", "Mr Plum", "quince", "xanthippe", "1943", "1944", "no_sign", "user:"]
GONE = "This link shows nothing, or nothing any more."


def look(browser: TestClient, token: str, status: int = 200) -> str:
    answer = browser.get(f"/f/{token}")
    assert answer.status_code == status, answer.text
    return answer.text


def word_of(html: str) -> str:
    found = re.search(r"<h1 class=\"(\w+)\">([^<]+)</h1>", html)
    assert found is not None
    return f"{found[1]}: {found[2]}"


def take(street: Street, alert: Alert) -> Alert:
    return step(street, alert, *acknowledge(street.alert(alert.id), street.clock(), "user:xanthippe"))


def close(street: Street, alert: Alert, outcome: Outcome) -> Alert:
    return step(street, alert, *resolve(street.alert(alert.id), street.clock(), "user:xanthippe", outcome, "under the quince"))


def step(street: Street, alert: Alert, *written: object) -> Alert:
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*written)  # type: ignore[arg-type]
    return street.alert(alert.id)


def decide(street: Street, resident: str, purpose: Purpose, *, agreed: bool) -> None:
    street.clock.now += 1
    paper = ConsentDecision(ResidentId(resident), purpose, agreed, date(2026, 2, 1), "folder 12", "user:nurse", street.clock())
    with street.store.begin() as tx:
        tx.consents.add(paper)


def be(street: Street, resident: str, state: str, *, away: bool = False) -> None:
    at = street.clock() - HOUR_MS
    with street.store.begin() as tx:
        tx.states.put([ResidentState(ResidentId(resident), state, at, at, at, away, at)], [])


def apply(street: Street, home: int, **changes: object) -> None:
    """Change one home of the fleet."""
    before = fleet(street.homes)
    homes = tuple(replace(one, **changes) if one.id == f"h-{home}" else one for one in before.households)  # type: ignore[arg-type]
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(before.areas, homes), street.clock())


# ---------------------------------------------------------------- what it says


def test_an_open_alert_is_attention_until_somebody_has_closed_it(guest: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    token = add_family_link(street.store, alert.id, LIN.format(0))
    html = look(guest, token)
    assert word_of(html) == "attention: Attention"
    assert "<p>since 1 Mar 11:59</p>" in html
    assert "Nobody at the desk has taken it yet." in html
    clock.now += 5 * MINUTE_MS
    street.beat()
    taken = take(street, alert)
    assert "The desk has taken it at 1 Mar 12:05 and is looking into it." in look(guest, token)
    step(street, alert, *release(taken, clock(), "user:xanthippe"))
    assert "Nobody at the desk has taken it yet." in look(guest, token)
    close(street, alert, Outcome.FINE)
    html = look(guest, token)
    assert word_of(html) == "normal: Normal"
    assert "<p>since 1 Mar 12:05</p>" in html
    assert "The desk has closed it at 1 Mar 12:05: all is well." in html


ENDINGS = {
    Outcome.FINE: ("normal", "all is well"),
    Outcome.AWAY: ("normal", "all is well"),
    Outcome.FALSE: ("normal", "all is well"),
    Outcome.DEVICE: ("normal", ""),
    Outcome.HELPED: ("normal", "somebody has helped"),
    Outcome.HOSPITAL: ("attention", "somebody has helped"),
}


@pytest.mark.parametrize("outcome", ENDINGS)
def test_an_ending_is_said_in_two_words_and_no_more(outcome: Outcome, guest: TestClient, street: Street) -> None:
    alert = street.sos(0)
    token = add_family_link(street.store, alert.id, LIN.format(0))
    close(street, alert, outcome)
    html = look(guest, token)
    state, says = ENDINGS[outcome]
    assert word_of(html).startswith(f"{state}:")
    assert ("all is well" in html, "somebody has helped" in html) == (says == "all is well", says == "somebody has helped")
    assert "hospital" not in html.lower()


UNPROVEN = ["unknown", "never judged", "stale", "never beat", "away", "gone"]


@pytest.mark.parametrize("why", UNPROVEN)
@pytest.mark.parametrize("contact", [LIN, PLUM])
def test_what_is_not_proven_is_never_normal(why: str, contact: str, guest: TestClient, street: Street, clock: Clock) -> None:
    alert = street.sos(0)
    token = add_family_link(street.store, alert.id, contact.format(0))
    close(street, alert, Outcome.FINE)
    match why:
        case "unknown":
            be(street, "r-0", "unknown")
        case "never judged":
            with street.store._database.begin_write() as connection:
                connection.exec_driver_sql("DELETE FROM resident_state")
        case "stale":
            clock.now += STALE_MS + 1
        case "never beat":
            with street.store._database.begin_write() as connection:
                connection.exec_driver_sql("DELETE FROM heartbeat")
        case "away":
            be(street, "r-0", "quiet", away=True)
        case "gone":
            apply(street, 0, residents=(Resident(ResidentId("r-99"), "Somebody else"),))
    html = look(guest, token)
    assert word_of(html) == ("unknown: Not known" if contact is LIN else "unknown: 情况不明")
    assert ("Normal" in html, "正常</h1>" in html) == (False, False)
    assert "This does not mean that all is well." in html or "不表示一切正常" in html


@pytest.mark.parametrize("state", ["active", "quiet"])
def test_what_is_proven_and_closed_is_normal(state: str, guest: TestClient, street: Street) -> None:
    alert = street.sos(0)
    token = add_family_link(street.store, alert.id, LIN.format(0))
    close(street, alert, Outcome.FINE)
    be(street, "r-0", state)
    assert word_of(look(guest, token)) == "normal: Normal"


def test_an_open_alert_stays_attention_when_nothing_else_is_known(guest: TestClient, street: Street, clock: Clock) -> None:
    token = add_family_link(street.store, street.sos(3).id, LIN.format(3))
    clock.now += STALE_MS + 1
    assert word_of(look(guest, token)) == "attention: Attention"


def test_another_open_alert_about_them_is_attention_and_nothing_else_is(guest: TestClient, street: Street) -> None:
    alert = street.sos(0, minutes_ago=30)
    token = add_family_link(street.store, alert.id, LIN.format(0))
    close(street, alert, Outcome.FINE)
    street.sos(4)
    street.open("meter_leak", 0, desk=Desk.PROPERTY)
    street.open("delivery_failed", 0, reason=Reason("delivery_failed", {"attempts": 14, "contact": "x"}))
    assert word_of(look(guest, token)) == "normal: Normal"
    street.open("unknown_too_long", 0, minutes_ago=3, priority=Priority.MEDIUM)
    html = look(guest, token)
    assert word_of(html) == "attention: Attention"
    assert "There is another alert, open since 1 Mar 11:57." in html
    assert "all is well." in html


def test_another_alert_counts_in_a_home_that_has_many(guest: TestClient, street: Street) -> None:
    alert = street.sos(0, minutes_ago=30)
    token = add_family_link(street.store, alert.id, LIN.format(0))
    close(street, alert, Outcome.FINE)
    neighbours = tuple(Resident(ResidentId(f"r-9{n}"), "A neighbour") for n in range(25))
    apply(street, 0, residents=(*fleet(street.homes).households[0].residents, *neighbours))
    more = [street.open(f"rule-{n}", 0, priority=Priority.HIGH) for n in range(25)]
    with street.store._database.begin_write() as connection:
        for neighbour, one in zip(neighbours, more, strict=True):
            connection.exec_driver_sql("UPDATE alert SET resident = ? WHERE id = ?", (neighbour.id, one.id))
    assert word_of(look(guest, token)) == "normal: Normal"
    street.open("unknown_too_long", 0, priority=Priority.MEDIUM)
    assert word_of(look(guest, token)) == "attention: Attention"


@pytest.mark.parametrize(("who", "counts"), [("r-99", False), ("r-0", True), (None, True)])
def test_what_is_open_about_somebody_else_of_the_home_is_not_about_them(
    who: str | None, counts: bool, guest: TestClient, street: Street
) -> None:
    alert = street.sos(0, minutes_ago=30)
    token = add_family_link(street.store, alert.id, LIN.format(0))
    close(street, alert, Outcome.FINE)
    other = street.open("no_sign_of_life", 0)
    apply(street, 0, residents=(*fleet(street.homes).households[0].residents, Resident(ResidentId("r-99"), "Her husband")))
    with street.store._database.begin_write() as connection:
        connection.exec_driver_sql("UPDATE alert SET resident = ? WHERE id = ?", (who, other.id))
    assert word_of(look(guest, token)).startswith("attention:" if counts else "normal:")


def test_each_contact_reads_their_own_language(guest: TestClient, street: Street) -> None:
    alert = street.sos(3)
    english, chinese = (look(guest, add_family_link(street.store, alert.id, who.format(3))) for who in (LIN, PLUM))
    assert '<html lang="en">' in english
    assert '<html lang="zh-CN">' in chinese
    assert word_of(chinese) == "attention: 需关注"
    assert "值班台还没有人接单。" in chinese
    assert "赵德明" in english


# ---------------------------------------------------------------- values, where agreed

YES, NO = True, False
CASES: dict[str, tuple[list[tuple[Purpose, bool]], set[str]]] = {
    "nothing entered": ([], set()),
    "agreed": ([(Purpose.FAMILY_VALUES, YES)], {"vitals", "water", "reason"}),
    "agreed and withdrawn": ([(Purpose.FAMILY_VALUES, YES), (Purpose.FAMILY_VALUES, NO)], set()),
    "withdrawn and agreed": ([(Purpose.FAMILY_VALUES, NO), (Purpose.FAMILY_VALUES, YES)], {"vitals", "water", "reason"}),
    "water withdrawn": ([(Purpose.FAMILY_VALUES, YES), (Purpose.WATER, NO)], {"vitals"}),
    "band withdrawn": ([(Purpose.FAMILY_VALUES, YES), (Purpose.BAND, NO)], {"water"}),
    "both withdrawn": ([(Purpose.FAMILY_VALUES, YES), (Purpose.BAND, NO), (Purpose.WATER, NO)], set()),
    "water agreed alone": ([(Purpose.WATER, YES), (Purpose.BAND, YES)], set()),
}
MARKS = {"vitals": "131/min", "water": "Water of the last 24 hours: ", "reason": "Quiet at home for"}


def measure(street: Street, home: int) -> Alert:
    now = street.clock()
    street.water(home, days=2)
    street.readings(f"b-{home}", Metric.HEART_RATE_BPM, [(now - 25 * HOUR_MS, 47.0), (now - HOUR_MS, 131.0)])
    alert = street.open("no_sign_of_life", home)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*add_note(street.alert(alert.id), now, "user:xanthippe", "the key is under the quince"))
    return alert


@pytest.mark.parametrize("case", CASES)
def test_values_are_shown_where_that_was_agreed_and_nowhere_else(case: str, guest: TestClient, street: Street) -> None:
    alert = measure(street, 3)
    decisions, shown = CASES[case]
    for purpose, agreed in decisions:
        decide(street, "r-3", purpose, agreed=agreed)
    html = look(guest, add_family_link(street.store, alert.id, LIN.format(3)))
    assert {name for name, mark in MARKS.items() if mark in html} == shown
    assert "赵德明" in html
    assert not [mark for mark in NEVER if mark in html]
    assert "47" not in html
    seen = [(row[2], row[3].split(",")) for row in looks(street) if row[2] != f"alert:{alert.id}"]
    assert {about for about, _ in seen} <= {"resident:r-3", "household:h-3"}
    assert {field for _, fields in seen for field in fields} == (shown - {"reason"}) | {"phone"}


def test_what_is_older_than_a_day_is_not_shown(guest: TestClient, street: Street) -> None:
    decide(street, "r-3", Purpose.FAMILY_VALUES, agreed=True)
    street.readings("b-3", Metric.HEART_RATE_BPM, [(street.clock() - 25 * HOUR_MS, 131.0)])
    assert "131" not in look(guest, add_family_link(street.store, street.sos(3).id, LIN.format(3)))


@pytest.mark.parametrize("agreed", [{"r-3"}, {"r-99"}, {"r-3", "r-99"}], ids=sorted)
def test_the_water_of_a_home_takes_everybody_in_it(agreed: set[str], guest: TestClient, street: Street) -> None:
    her = Resident(ResidentId("r-99"), "Her husband", 1939, "139-0000-9999")
    apply(street, 3, residents=(*fleet(street.homes).households[3].residents, her))
    for who in agreed:
        decide(street, who, Purpose.FAMILY_VALUES, agreed=True)
    html = look(guest, add_family_link(street.store, measure(street, 3).id, LIN.format(3)))
    everybody = agreed == {"r-3", "r-99"}
    assert (MARKS["vitals"] in html) is ("r-3" in agreed)
    assert (MARKS["water"] in html, MARKS["reason"] in html) == (everybody, everybody)
    assert "Her husband" not in html


# ---------------------------------------------------------------- links that open nothing


def spoil(street: Street, why: str) -> str:
    """A link that opens nothing, for this reason; returns its token."""
    alert, contact = street.sos(3), LIN.format(3)
    token = add_family_link(street.store, alert.id, contact)
    match why:
        case "unknown":
            return "A" * 43
        case "typed":
            return "%C3%28hello-" + "9" * 600
        case "expired":
            street.clock.now += LINK_LASTS_MS
            street.beat()
        case "made by a clock that ran ahead":
            return add_family_link(street.store, alert.id, contact, street.clock() + 2 * HOUR_MS)
        case "ended":
            with street.store.begin() as tx:
                assert tx.message_links.revoke(ResidentId("r-3"), ContactId(contact), street.clock())
        case "contact left":
            apply(street, 3, contacts=())
        case "contact of another home":
            return add_family_link(street.store, alert.id, LIN.format(4))
        case "home left":
            with street.store.begin() as tx:
                before = fleet(street.homes)
                homes = tuple(one for one in before.households if one.id != "h-3")
                tx.fleet.apply(Fleet(before.areas, homes), street.clock())
    return token


SPOILT = [
    *("unknown", "typed", "expired", "made by a clock that ran ahead", "ended"),
    *("contact left", "contact of another home", "home left"),
]


@pytest.mark.parametrize("why", SPOILT)
def test_every_link_that_opens_nothing_is_answered_alike(why: str, guest: TestClient, street: Street) -> None:
    token = spoil(street, why)
    unknown, answer = guest.get("/f/nobody-has-this"), guest.get(f"/f/{token}")
    assert (answer.status_code, answer.content, dict(answer.headers)) == (404, unknown.content, dict(unknown.headers))
    assert GONE in answer.text
    assert "此链接无效或已失效" in answer.text
    assert "赵" not in answer.text
    assert looks(street) == []


def test_whatever_the_reason_the_same_is_asked_of_the_database(guest: TestClient, street: Street) -> None:
    asked: list[str] = []
    tokens = [spoil(street, why) for why in ("unknown", "typed", "ended", "contact of another home", "contact left", "expired")]
    with street.store._database.begin_read() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: asked.append(statement))
    found = []
    for token in tokens:
        asked.clear()
        look(guest, token, 404)
        found.append(tuple(asked))
    assert len(set(found)) == 1
    assert sum("message_link" in statement for statement in found[0]) == 1


def test_a_link_shows_its_own_alert_and_no_other(guest: TestClient, street: Street) -> None:
    first, second = street.sos(3), street.sos(4)
    links = [add_family_link(street.store, alert.id, LIN.format(home)) for home, alert in ((3, first), (4, second))]
    close(street, first, Outcome.FINE)
    be(street, "r-3", "active")
    pages = [look(guest, token) for token in links]
    assert ["赵德明" in page for page in pages] == [True, False]
    assert [word_of(page) for page in pages] == ["normal: Normal", "attention: Attention"]


def test_a_home_that_moved_takes_its_links_along(guest: TestClient, street: Street) -> None:
    token = add_family_link(street.store, street.sos(3).id, LIN.format(3))
    apply(street, 3, area="other")
    assert word_of(look(guest, token)) == "attention: Attention"


# ---------------------------------------------------------------- it changes nothing, and tells nobody


def looks(street: Street) -> list[tuple[str, str, str, str]]:
    """Actor, role, object and fields of each look."""
    with street.store.read(EVERYTHING) as reader:
        rows = reader.audit.read_page(100).items
    return [(row.actor, row.role, row.about, str(row.detail["fields"])) for row in reversed(rows) if row.action == "look"]


def dump(street: Street) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for the audit."""
    with street.store._database.begin_read() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        kept = [name for name in names if not name.startswith(("audit", "sqlite_"))]
        return {name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")] for name in kept}


def test_a_look_changes_nothing_but_its_own_record(guest: TestClient, street: Street) -> None:
    alert = street.sos(3)
    token = add_family_link(street.store, alert.id, LIN.format(3))
    before = dump(street)
    assert guest.head(f"/f/{token}").status_code == 405
    assert guest.put(f"/f/{token}").status_code == 405
    assert looks(street) == []
    look(guest, token)
    look(guest, "nobody-has-this", 404)
    assert dump(street) == before
    assert looks(street) == [
        ("contact:h-3/lin", "family", "resident:r-3", "phone"),
        ("contact:h-3/lin", "family", f"alert:{alert.id}", "name"),
    ]


def test_the_token_is_in_no_table_no_log_and_no_metric(
    guest: TestClient, street: Street, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = add_family_link(street.store, street.sos(3).id, LIN.format(3))

    def fail() -> int:
        raise ValueError("a fault of ours")

    with web(console_app(street, fail)) as broken:
        assert broken.get(f"/f/{token}").status_code == 500
    assert "a request failed: GET /f/{token}" in caplog.text
    for path in (f"/f/{token}", f"/f/{token}x", f"/f/{token}/", f"/f/{token}%00"):
        guest.get(path)
    guest.post(f"/f/{token}")
    said = "".join(record.getMessage() + (record.exc_text or "") for record in caplog.records if record.name != "httpx2")
    assert token not in said
    metrics = guest.get("/metrics", headers=BEARER).text
    assert 'route="/f/{token}"' in metrics
    assert token not in metrics
    assert token not in json.dumps(dump(street), default=str)


def test_the_page_is_small_plain_and_kept_by_nobody(guest: TestClient, street: Street) -> None:
    decide(street, "r-3", Purpose.FAMILY_VALUES, agreed=True)
    alert = measure(street, 3)
    now = street.clock()
    for metric, value in ((Metric.SPO2_PCT, 97.0), (Metric.BODY_TEMPERATURE_C, 36.6), (Metric.STEPS, 4210.0), (Metric.WORN, 1.0)):
        street.readings("b-3", metric, [(now - HOUR_MS, value)])
    close(street, alert, Outcome.HELPED)
    street.sos(3)
    for who in (LIN, PLUM):
        answer = guest.get(f"/f/{add_family_link(street.store, alert.id, who.format(3))}")
        assert len(answer.content) < 3_000
        for word in ("<script", "onclick", "style=", "<img", "cookie"):
            assert word not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"].startswith("noindex")
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers


def test_a_name_that_was_erased_is_left_out(guest: TestClient, street: Street) -> None:
    token = add_family_link(street.store, street.sos(3).id, LIN.format(3))
    street.store.erase(residents=[ResidentId("r-3")])
    html = look(guest, token)
    assert "[erased]" not in html
    assert word_of(html) == "attention: Attention"


def test_while_the_database_is_away_it_says_that_nothing_is_known(street: Street, clock: Clock) -> None:
    token = add_family_link(street.store, street.sos(3).id, LIN.format(3))
    with web(console_app(street, clock)) as browser:
        street.store.close()
        html = look(browser, token, 503)
    assert "This does not mean that all is well." in html
    assert "不表示一切正常" in html


# ---------------------------------------------------------------- too many


@pytest.fixture
def tried_out(guest: TestClient) -> TestClient:
    """A browser in a network that has used up its tries."""
    for number in range(100):
        look(guest, f"guess-{number}", 404)
    return guest


def test_a_network_that_guesses_is_slowed_down_and_costs_no_query(tried_out: TestClient, street: Street, clock: Clock) -> None:
    asked: list[str] = []
    with street.store._database.begin_read() as connection:
        event.listen(connection.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: asked.append(statement))
    answer = tried_out.get("/f/one-more")
    assert (answer.status_code, answer.headers["Retry-After"], asked) == (429, "5", [])
    assert "Please try again in a minute." in answer.text
    clock.now += 5_000
    look(tried_out, "one-more", 404)
    assert "wrong_tries" in dump(street)
    assert dump(street)["wrong_tries"] == []


def test_neighbours_who_guess_hold_nobody_up_whose_link_was_good(guest: TestClient, street: Street) -> None:
    token = add_family_link(street.store, street.sos(3).id, LIN.format(3))
    look(guest, token)
    for number in range(101):
        guest.get(f"/f/guess-{number}")
    assert guest.get("/f/guess").status_code == 429
    look(guest, token)


def test_looks_through_one_link_are_bounded(guest: TestClient, street: Street, clock: Clock) -> None:
    token = add_family_link(street.store, street.sos(3).id, LIN.format(3))
    statuses = [guest.get(f"/f/{token}").status_code for _ in range(62)]
    assert (statuses.count(200), statuses[-1]) == (60, 429)
    clock.now += 5_000
    look(guest, token)
