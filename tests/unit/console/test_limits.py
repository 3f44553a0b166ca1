"""When an alert comes and why then, as a carer sees it; the choice along the curve; slow changes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from homebeat.actions import Resolve
from homebeat.domain.alert import Outcome, Reason
from homebeat.domain.ids import ResidentId
from homebeat.domain.scope import EVERYTHING
from tests.people import add_account, person, sign_in
from tests.unit.api.fixtures import TestClient, api_context
from tests.unit.api.learning import CURVE, LIMITS, learn, learned, poor, prior
from tests.unit.api.street import HOUR, Clock, Street
from tests.unit.console.fixtures import csrf_of
from tests.unit.console.test_desk import page

WHERE = "/console/residents/r-2/limits"


@pytest.fixture
def boss(guest: TestClient, street: Street) -> TestClient:
    add_account(street.store, "boss-1", "supervisor")
    assert sign_in(guest, street.store, "boss-1").status_code == 303
    return guest


def chosen(street: Street) -> list[float | None]:
    with street.store.read(EVERYTHING) as reader:
        return [choice.chosen for choice in reader.learned.list_choices(ResidentId("r-2"))]


def test_the_page_says_when_and_why_and_what_else_there_is(boss: TestClient, street: Street) -> None:
    learn(street, learned(2))
    html = page(boss, "/resident/r-2")
    assert "Learned from 54 days (active in about 18 half hours a day): an alert after 5 h to 10 h of quiet at home" in html
    assert "About one false alarm in 2 months · <strong>in force</strong>" in html
    assert "after a collapse at home: an alert after 5 h 12 min on average, in 95% of cases within 9 h" in html
    assert "Usually out: 09:00–10:30." in html
    assert len(re.findall(r'<rect class="bar', html)) == len(LIMITS)
    assert len(re.findall(r'<circle class="dot', html)) == 6
    assert len(re.findall(r'<circle class="dot chosen"', html)) == 1
    assert html.count("The same as a table") == 3, "water, limits, and what a budget is worth"
    assert "家中5小时到10小时没有动静就告警" in page(boss, "/resident/r-2", **{"Accept-Language": "zh-CN"})


def test_the_page_of_a_person_says_whom_to_call_in_which_order(desk: TestClient, street: Street) -> None:
    street.sos(2)
    html = page(desk, "/resident/r-2", **{"Accept-Language": "zh-CN"})
    assert html.index("Daughter Lin</strong>") < html.index("Mr Plum</strong>")
    assert f'href="tel:138{2:08d}">138-0000-0002</a>' in html
    assert "没有电话号码" in html
    assert "webhook" not in html
    assert "example.invalid" not in html


def test_who_has_not_chosen_reads_what_this_persons_share_is(boss: TestClient, street: Street) -> None:
    profile = learned(2)
    share = replace(CURVE[2], budget=0.44, counted=0.41)
    learn(street, replace(profile, budget=0.44, curve=(*CURVE[:2], share, *CURVE[2:])))
    said = (
        "About one false alarm in 2.3 months for this person, as nobody has chosen: "
        "so the area&#39;s false alarms save the most time"
    )
    html = page(boss, "/resident/r-2")
    assert said in html
    assert "About one false alarm in 2.3 months · <strong>in force</strong>" in html
    assert "About one false alarm in 2 months · <strong>in force" not in html
    with street.store.begin() as tx:
        tx.learned.choose(ResidentId("r-2"), 0.5, "user:boss-1", 0)
    assert said not in page(boss, "/resident/r-2"), "then it is what was chosen"


def test_who_keeps_the_settings_budget_reads_of_no_share(boss: TestClient, street: Street) -> None:
    learn(street, poor(2))
    assert "nobody has chosen" not in page(boss, "/resident/r-2")
    learn(street, replace(learned(2), own_share=0.6))
    assert "nobody has chosen" not in page(boss, "/resident/r-2")


def test_the_card_has_it_too(desk: TestClient, street: Street) -> None:
    learn(street, learned(2))
    html = page(desk, f"/?alert={street.open('no_sign_of_life', 2).id}")
    assert "When homebeat alerts, and why" in html
    assert 'href="/resident/r-2"' in html
    assert "Learned from 54 days" in html, "in one sentence: what may be chosen stands on the page of the person"
    assert 'name="budget"' not in html


def test_moving_along_the_curve_and_back(boss: TestClient, street: Street) -> None:
    learn(street, learned(2))
    html = page(boss, "/resident/r-2")
    form = {"csrf": csrf_of(html), "version": "0", "budget": "0.25"}
    answer = boss.post(WHERE, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/resident/r-2")
    html = page(boss, "/resident/r-2")
    assert "Chosen, and not in force yet" in html
    assert "Undo: back to “As in the settings”" in html
    assert re.search(r'value="0.25" checked', html)
    version = re.findall(r'name="version" value="(\d+)"', html)[-1]
    assert boss.post(WHERE, data={"csrf": csrf_of(html), "version": version, "budget": ""}).status_code == 303
    assert chosen(street) == [None, 0.25]


def test_what_the_list_of_choices_leaves_out_is_counted(boss: TestClient, street: Street) -> None:
    with street.store.begin() as tx:
        for number in range(10):
            tx.learned.choose(ResidentId("r-2"), (0.25, 0.5)[number % 2], "user:boss-1", number)
    assert 'class="more"' not in page(boss, "/resident/r-2")
    with street.store.begin() as tx:
        for number in range(13):
            tx.learned.choose(ResidentId("r-2"), (0.25, 0.5)[number % 2], "user:boss-1", number)
    html = page(boss, "/resident/r-2")
    (listed,) = re.findall(r"Who chose what</h3>\n<ol.*?</ol>", html)
    assert listed.count("<li>") == 10
    assert '<p class="more">and 13 more</p>' in html


def test_a_choice_on_what_has_changed_since_writes_nothing(boss: TestClient, street: Street) -> None:
    learn(street, learned(2))
    form = {"csrf": csrf_of(page(boss, "/resident/r-2")), "version": "0", "budget": "0.25"}
    assert boss.post(WHERE, data=form).status_code == 303
    answer = boss.post(WHERE, data=form | {"budget": "4"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 409
    assert "Nothing was written: look again" in answer.text
    assert chosen(street) == [0.25]


@pytest.mark.parametrize("budget", ["0.05", "9", "nan", "inf", "-1", "many"])
def test_a_number_that_cannot_be_kept_is_refused(boss: TestClient, street: Street, budget: str) -> None:
    learn(street, learned(2))
    form = {"csrf": csrf_of(page(boss, "/resident/r-2")), "version": "0", "budget": budget}
    assert boss.post(WHERE, data=form).status_code == 422
    assert chosen(street) == []


def test_who_is_no_supervisor_or_forges_a_form_chooses_nothing(desk: TestClient, street: Street) -> None:
    csrf = csrf_of(page(desk))
    assert desk.post(WHERE, data={"csrf": csrf, "version": "0", "budget": "1"}).status_code == 403
    assert desk.post(WHERE, data={"csrf": "forged", "version": "0", "budget": "1"}).status_code == 403
    assert chosen(street) == []


def test_low_observability_is_said_instead_of_pretending(desk: TestClient, street: Street) -> None:
    learn(street, poor(1))
    html = page(desk, f"/?alert={street.open('no_sign_of_life', 1).id}")
    assert '<span class="badge">Low observability</span>' in html
    assert "an outing looks like a quiet home" in html
    assert "probably out: 09:00–10:30." in html


def test_before_enough_is_learned_there_is_nothing_to_choose(boss: TestClient, street: Street) -> None:
    assert "This person&#39;s routine is not known yet" in page(boss, "/resident/r-2")
    learn(street, prior(2))
    html = page(boss, "/resident/r-2")
    assert "(days of data: 3), so the general limit applies: an alert after 12 h of quiet" in html
    assert "You can choose here once there is enough data." in html
    assert 'class="line-mean" points' not in html


def test_the_quiet_now_beside_what_is_usual(desk: TestClient, street: Street, clock: Clock) -> None:
    learn(street, learned(2))
    street.water(2, silent_hours=12)
    life_at = clock.now - 12 * HOUR
    why = Reason("no_sign_of_life", {"quiet_s": 43_200, "limit_s": 36_000, "life_at": life_at, "proven_at": clock.now})
    html = page(desk, f"/?alert={street.open('no_sign_of_life', 2, reason=why).id}")
    assert "last sign of life 1 Mar 00:00" in html
    assert "quiet for 12 h since" in html
    assert "usually up between 06:10 and 07:20" in html
    assert re.search(r"last water usually between 2\d:00 and 2\d:00", html)
    for look in ("quiet-bar", "band-first", "band-last", "limit-line"):
        assert f'class="{look}"' in html
    assert "The quiet now" not in page(desk, f"/?alert={street.sos(3).id}")


def test_what_is_not_learned_from_is_shown(boss: TestClient, street: Street, clock: Clock) -> None:
    alert = street.open("no_sign_of_life", 2)
    api_context(street.store, clock).perform(person("desk-1", "desk"), Resolve(alert.id, Outcome.AWAY, note="her son says so"))
    html = page(boss, "/resident/r-2")
    assert "Quiet times left out of learning" in html
    assert "28 Feb 23:55 – 1 Mar 12:00" in html


def test_nobody_there(desk: TestClient) -> None:
    answer = desk.get("/resident/nobody", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "There is no such resident." in answer.text


def test_strangers_see_nothing_of_it(guest: TestClient) -> None:
    for path in ("/resident/r-2", "/digest"):
        assert guest.get(path).status_code == 303
    assert guest.post(WHERE, data={"version": "0"}).status_code == 401


def test_an_administrator_chooses_without_seeing_the_habits(guest: TestClient, street: Street) -> None:
    learn(street, learned(2))
    add_account(street.store, "ann", "admin")
    sign_in(guest, street.store, "ann")
    html = page(guest, "/resident/r-2")
    for hidden in ("Usually out", "Learned from", "The same as a table", "after a collapse at home", "in force</strong>"):
        assert hidden not in html
    assert "habits and absences" in html
    assert html.count('name="budget"') == 1 + len(CURVE), "the settings, and each number that may be chosen"
    form = {"csrf": csrf_of(html), "version": "0", "budget": "2"}
    assert guest.post(WHERE, data=form).status_code == 303
    assert chosen(street) == [2.0]
    guest.post("/console/households/h-2/glass", data={"csrf": csrf_of(html), "reason": "she asks why it rang"})
    assert "Usually out: 09:00–10:30." in page(guest, "/resident/r-2")


def test_an_installer_sees_no_habit_on_a_card_either(guest: TestClient, street: Street) -> None:
    learn(street, learned(2))
    alert = street.open("no_sign_of_life", 2)
    for name, role, is_shown in (("di", "desk", True), ("ivy", "installer", False)):
        add_account(street.store, name, role)
        guest.cookies.clear()
        sign_in(guest, street.store, name)
        html = page(guest, f"/?alert={alert.id}")
        assert ("Usually out: 09:00–10:30." in html) is is_shown
        assert ("habits and absences" in html) is not is_shown
