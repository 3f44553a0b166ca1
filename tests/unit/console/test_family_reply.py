"""Answers on the family's page: what each does, who sees it, that none is lost, doubled or taken from a stranger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from homebeat.domain.alert import Alert, Answer, Outcome, TransitionKind, resolve
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import ContactId, HouseholdId, ResidentId
from homebeat.domain.notice import STOPPED
from homebeat.domain.response_plan import Deadline, DeadlineKind, Position
from homebeat.domain.scope import EVERYTHING
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_family_link
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street, fleet

LIN, PLUM = "h-{}/lin", "h-{}/plum"


@pytest.fixture
def alert(street: Street) -> Alert:
    return street.open("no_sign_of_life", 3)


@pytest.fixture
def token(street: Street, alert: Alert) -> str:
    return add_family_link(street.store, alert.id, LIN.format(3))


def press(guest: TestClient, token: str, status: int = 303, **fields: str) -> str:
    answer = guest.post(f"/f/{token}", data=fields, follow_redirects=False)
    assert answer.status_code == status, answer.text
    if status == 303:
        assert answer.headers["location"] == f"/f/{token}"
        assert answer.headers["X-Robots-Tag"].startswith("noindex")
        return guest.get(f"/f/{token}").text
    return answer.text


def replies(street: Street, alert: Alert) -> list[tuple[str, str]]:
    with street.store.read(EVERYTHING) as reader:
        found = reader.alerts.get(alert.id)
    assert found is not None
    return [(step.actor, step.reason.code) for step in found.history if step.kind is TransitionKind.REPLIED]


def absences(street: Street) -> list[tuple[datetime, datetime | None, str]]:
    with street.store.read(EVERYTHING) as reader:
        home = reader.homes.find_household(HouseholdId("h-3"))
    assert home is not None
    return [(away.starts_at, away.ends_at, away.reason) for away in home.away]


def test_the_page_offers_the_answers_and_a_call(guest: TestClient, token: str) -> None:
    html = guest.get(f"/f/{token}").text
    for value in ("calling", "fine", "go", "with_me"):
        assert f'name="answer" value="{value}"' in html
    assert f'href="tel:{"139-0000-0003".replace("-", "")}"' in html
    assert '<input type="date" name="until" min="2026-03-01" max="2026-04-29">' in html
    assert 'name="writing" value="stop"' in html


@pytest.mark.parametrize("answer", ["calling", "fine", "go"])
def test_an_answer_is_seen_by_everybody_and_stands_once(
    answer: str, guest: TestClient, street: Street, alert: Alert, token: str
) -> None:
    html = press(guest, token, answer=answer)
    assert "What the family has said:" in html
    assert "<li>you: " in html
    assert press(guest, token, answer=answer) == html, "pressed twice, said once"
    assert replies(street, alert) == [("contact:h-3/lin", f"family_{answer}")]
    other = guest.get(f"/f/{add_family_link(street.store, alert.id, PLUM.format(3))}").text
    assert "<li>daughter：" in other
    assert "<li>您：" not in other


def test_an_answer_can_be_changed(guest: TestClient, street: Street, alert: Alert, token: str) -> None:
    press(guest, token, answer="fine")
    html = press(guest, token, answer="go")
    assert "asks that somebody goes and checks" in html
    assert "says that all is well" not in html
    assert [code for _, code in replies(street, alert)] == ["family_fine", "family_go"]
    assert street.alert(alert.id).answer is Answer.UNACKNOWLEDGED, "a family closes no alert"


def test_with_me_until_sunday_is_an_absence_of_the_home(
    guest: TestClient, street: Street, alert: Alert, token: str, clock: Clock
) -> None:
    before = absences(street)
    html = press(guest, token, answer="with_me", until="2026-03-08")
    assert "says: with me until 8 Mar 23:59" in html
    now = datetime.fromtimestamp(clock() / 1000, UTC)
    assert absences(street) == [*before, (now, datetime(2026, 3, 8, 15, 59, tzinfo=UTC), "with_family")]
    clock.now += HOUR_MS
    press(guest, token, answer="with_me", until="2026-03-03")
    assert [ends for _, ends, _ in absences(street)[len(before) :]] == [datetime(2026, 3, 3, 15, 59, tzinfo=UTC)]
    press(guest, token, answer="fine")
    assert absences(street) == before, "taken back with the answer"


@pytest.mark.parametrize("until", ["", "2026-02-28", "2027-03-01", "Sunday", "2026-02-30", "9999-12-31"])
def test_a_day_that_cannot_be_is_asked_again(until: str, guest: TestClient, street: Street, alert: Alert, token: str) -> None:
    html = press(guest, token, 422, answer="with_me", until=until)
    assert "Please choose the day until which they are with you." in html
    assert replies(street, alert) == []


@pytest.mark.parametrize("fields", [{}, {"answer": "close"}, {"answer": "fine'--"}, {"writing": "never"}])
def test_what_cannot_be_pressed_changes_nothing(
    fields: dict[str, str], guest: TestClient, street: Street, alert: Alert, token: str
) -> None:
    press(guest, token, 422, **fields)
    assert replies(street, alert) == []


def test_an_answer_after_closing_is_thanked_for_and_not_taken(
    guest: TestClient, street: Street, alert: Alert, token: str
) -> None:
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*resolve(street.alert(alert.id), street.clock(), "user:xanthippe", Outcome.FINE))
    html = press(guest, token, 409, answer="fine")
    assert "The desk has closed this meanwhile. Thank you." in html
    assert 'name="answer"' not in html
    assert replies(street, alert) == []


@pytest.mark.parametrize("why", ["unknown", "revoked", "over", "retired"])
def test_a_link_that_opens_nothing_answers_nothing(
    why: str, guest: TestClient, street: Street, alert: Alert, token: str, clock: Clock
) -> None:
    if why == "revoked":
        with street.store.begin() as tx:
            tx.message_links.revoke(ResidentId("r-3"), ContactId("h-3/lin"), clock())
    elif why == "over":
        clock.now += 4 * DAY_MS
    elif why == "retired":
        with street.store.begin() as tx:
            before = fleet(street.homes)
            homes = tuple(replace(one, contacts=()) if one.id == "h-3" else one for one in before.households)
            tx.fleet.apply(Fleet(before.areas, homes), clock())
    answer = guest.post(f"/f/{'A' * 43 if why == 'unknown' else token}", data={"answer": "fine"})
    assert answer.status_code == 404
    assert replies(street, alert) == []


def test_stop_and_again(guest: TestClient, street: Street, alert: Alert) -> None:
    token = add_family_link(street.store, alert.id, PLUM.format(3))

    def notified() -> set[str]:
        with street.store.read(EVERYTHING) as reader:
            found = reader.fleet.find_recipients([HouseholdId("h-3")]).get(HouseholdId("h-3"), [])
            return {who for who, kind, _ in found if kind != STOPPED}

    before = notified()
    assert before == {"h-3/plum"}
    html = press(guest, token, writing="stop")
    assert "重新给我发消息" in html
    assert notified() == set()
    with street.store.read(EVERYTHING) as reader:
        assert reader.fleet.list_stopped() == [("h-3", "h-3/plum")]
    assert "不再给我发消息" in press(guest, token, writing="again")
    assert notified() == before


def test_the_answer_gives_time_or_takes_it(guest: TestClient, street: Street, alert: Alert, token: str, clock: Clock) -> None:
    def due() -> int:
        with street.store.read(EVERYTHING) as reader:
            return reader.deadlines.find([alert.id])[alert.id].due_at - clock()

    place = Position(0, (ContactId(LIN.format(3)),))
    with street.store.begin() as tx:  # the street opens alerts without their plans
        tx.deadlines.follow({alert.id: Deadline(DeadlineKind.STEP, clock() + MINUTE_MS, "family_first", place)}, clock())
    press(guest, token, answer="calling")
    assert due() == 5 * MINUTE_MS
    press(guest, token, answer="fine")
    assert due() == HOUR_MS
    press(guest, token, answer="go")
    assert due() == 0
    with street.store.read(EVERYTHING) as reader:
        assert reader.deadlines.find([alert.id])[alert.id].position == Position(1), "the family has answered: the street is next"
