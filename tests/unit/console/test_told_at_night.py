"""What somebody who has just been woken must not misread."""

from __future__ import annotations

import pytest

from homebeat.console.web.person import name_actor
from homebeat.domain.alert import Desk, Priority, Reason, TransitionKind
from homebeat.domain.ids import ResidentId
from homebeat.store import ResidentState
from homebeat.wording import Wording
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import HOUR, MINUTE, Street
from tests.unit.console.fixtures import csrf_of
from tests.unit.console.test_desk import CHINESE, page


def seen(street: Street, n: int, life_at: int) -> None:
    """The resident was last seen to do something at `life_at`, and that is recent."""
    now = street.clock()
    with street.store.begin() as tx:
        tx.states.put([ResidentState(ResidentId(f"r-{n}"), "active", now - HOUR, life_at, now, False, now)], [])


def test_a_sign_of_life_before_the_alert_is_no_good_news(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    seen(street, 0, alert.since - 2 * MINUTE)
    html = page(desk, f"/?alert={alert.id}")
    assert 'class="state open"' in html
    assert "No sign of life since the alert" in html
    assert 'class="state active"' not in html
    assert "告警之后还没有动静" in page(desk, f"/?alert={alert.id}", **CHINESE)


def test_one_after_it_is_told_and_still_does_not_look_fine(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    seen(street, 0, alert.since + MINUTE)
    html = page(desk, f"/?alert={alert.id}")
    assert "No sign of life since the alert" not in html
    assert 'class="state open"' in html


def test_beside_a_leak_the_use_of_water_does_not_look_fine(desk: TestClient, street: Street) -> None:
    leak = street.open(
        "water_running", 1, priority=Priority.MEDIUM, desk=Desk.PROPERTY, reason=Reason("water_running", {"run_s": 130_000})
    )
    seen(street, 1, street.clock() - MINUTE)
    assert 'class="state open"' in page(desk, f"/?alert={leak.id}")


def test_without_an_open_alert_a_recent_sign_is_good_news(desk: TestClient, street: Street) -> None:
    seen(street, 0, street.clock() - MINUTE)
    assert 'class="state active"' in page(desk, "/resident/r-0")
    street.sos(0)
    assert 'class="state active"' not in page(desk, "/resident/r-0")


def test_ages_go_on_while_the_page_is_looked_at(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    seen(street, 0, street.clock() - 3 * HOUR)
    html = page(desk, f"/?alert={alert.id}")
    assert f'data-at="{street.clock() - 3 * HOUR}" data-past>3 h 0 min ago</time>' in html
    assert f'data-at="{street.clock() - 20 * MINUTE}" data-past>20 min ago</time>' in html
    assert 'data-past="{t} ago"' in html


def test_why_a_call_for_help_is_over_stands_where_it_is_read(desk: TestClient, street: Street) -> None:
    alert = street.sos(0)
    street.step(alert, TransitionKind.CLEARED, Reason("help_cancelled", {"at": street.clock()}))
    html = page(desk, f"/?alert={alert.id}")
    assert '<p class="over">The call for help was cancelled on the device' in html
    assert html.count("Over, not checked") == 2
    assert "已解除，待核实" in page(desk, f"/?alert={alert.id}", **CHINESE)


def test_a_home_is_said_with_its_area(desk: TestClient, street: Street) -> None:
    alert = street.sos(1)
    html = page(desk, f"/?alert={alert.id}")
    # the address says the lane already
    assert "Town · Plum Lane 2-101" in html
    assert "Town · Plum Lane 2-101" in page(desk, "/resident/r-1")


@pytest.mark.parametrize(
    ("rule", "of_desk", "offered"),
    [
        ("sos", Desk.CARE, "Confirmed safe and well"),
        ("water_running", Desk.PROPERTY, "Shut off or repaired"),
        ("device_silent", Desk.DEVICES, "Charged, repaired or replaced"),
    ],
)
def test_each_desk_closes_in_its_own_words(desk: TestClient, street: Street, rule: str, of_desk: Desk, offered: str) -> None:
    html = page(desk, f"/?alert={street.open(rule, 1, desk=of_desk).id}")
    assert offered in html
    assert ("Taken to hospital" in html) == (of_desk is not Desk.DEVICES)


@pytest.mark.parametrize("path", ["/?alert=a0", "/resident/r-none", "/no/such/page"])
def test_what_is_not_there_is_said_in_the_readers_language(desk: TestClient, path: str) -> None:
    answer = desk.get(path, headers=CHINESE | {"Accept": "text/html"})
    assert answer.status_code == 404
    assert "<h1>没有找到</h1>" in answer.text
    assert "Not Found" not in answer.text


def test_a_program_that_asks_for_what_is_not_there_gets_problem_details(desk: TestClient) -> None:
    assert desk.get("/no/such/page").json()["status"] == 404
    assert desk.get("/api/v1/none", headers={"Accept": "text/html"}).json()["status"] == 404


def test_a_door_that_stays_shut_is_no_absence(desk: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 0)
    form = {"csrf": csrf_of(page(desk)), "version": "1", "outcome": "away", "note": " "}
    answer = desk.post(f"/console/alerts/{alert.id}/resolve", data=form, headers=CHINESE)
    assert answer.status_code == 422
    assert "没有办结" in answer.text
    assert street.alert(alert.id).outcome is None
    desk.post(f"/console/alerts/{alert.id}/resolve", data=form | {"note": "her son: with him until Sunday"})
    assert street.alert(alert.id).outcome == "away"


@pytest.mark.parametrize(
    ("actor", "english", "chinese"),
    [
        ("user:chen", "chen", "chen"),
        ("engine", "homebeat (automatic)", "系统自动"),
        ("service:deliver", "homebeat (automatic)", "系统自动"),
        ("service:history", "recorded past", "历史数据"),
        ("resident", "the resident", "老人本人"),
    ],
)
def test_who_did_it_is_said_in_words(actor: str, english: str, chinese: str) -> None:
    assert (name_actor(actor, Wording("en")), name_actor(actor, Wording("zh-CN"))) == (english, chinese)
