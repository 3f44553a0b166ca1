"""Follow-ups as people see them: the family's three buttons, the desk's list and card."""

from __future__ import annotations

import pytest

from homebeat.domain.alert import Alert, Outcome, TransitionKind, resolve
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.follow_up import FollowUp
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store.alert.writes import AlertWrites
from tests.people import add_account, add_family_link, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import csrf_of

QUESTION = "Did somebody come, and was it right? One tap is enough."


@pytest.fixture
def closed(street: Street) -> Alert:
    """Closed just now; the follow-up is due in an hour."""
    alert = street.open("no_sign_of_life", 3)
    with street.store.begin() as tx:
        AlertWrites(tx).apply(*resolve(street.alert(alert.id), street.clock(), "user:xanthippe", Outcome.FINE))
        tx.follow_ups.put(FollowUp(alert.id, street.clock() + HOUR_MS, street.clock() + 2 * HOUR_MS))
    return alert


def test_the_family_answers_by_one_tap(guest: TestClient, street: Street, closed: Alert, clock: Clock) -> None:
    token = add_family_link(street.store, closed.id, "h-3/lin", clock())
    assert 'name="after"' not in guest.get(f"/f/{token}").text
    assert guest.post(f"/f/{token}", data={"after": "good"}).status_code == 409, "before it is asked"
    clock.now += HOUR_MS
    html = guest.get(f"/f/{token}").text
    assert QUESTION in html
    assert [f'name="after" value="{one}"' in html for one in ("good", "nobody", "wrong")] == [True] * 3
    assert guest.post(f"/f/{token}", data={"after": "perhaps"}).status_code == 422
    with street.store.read(EVERYTHING) as reader:
        assert reader.complaints.read_page().items == (), "a look and a wrong word change nothing"
    assert guest.post(f"/f/{token}", data={"after": "nobody"}).status_code == 303
    html = guest.get(f"/f/{token}").text
    assert "What was answered: Nobody came (" in html
    assert "The desk looks into it." in html
    assert 'name="after"' not in html
    assert guest.post(f"/f/{token}", data={"after": "good"}).status_code == 303, "the first answer holds"
    with street.store.read(EVERYTHING) as reader:
        (complaint,) = reader.complaints.read_page().items
        steps = reader.alerts.get(closed.id).history  # type: ignore[union-attr]
    assert (complaint.alert_id, complaint.actor) == (closed.id, "contact:h-3/lin")
    noted = [(step.actor, step.reason.code) for step in steps if step.kind is TransitionKind.NOTED]
    assert noted == [("contact:h-3/lin", "follow_up_nobody")]
    chinese = guest.get(f"/f/{add_family_link(street.store, closed.id, 'h-3/plum', clock())}").text
    assert "回访结果：没有人来（" in chinese


def test_the_desk_has_a_list_and_enters_what_was_said(guest: TestClient, street: Street, closed: Alert, clock: Clock) -> None:
    add_account(street.store, "of-desk", Role.DESK)
    assert sign_in(guest, street.store, "of-desk", now=clock()).status_code == 303
    form = f'action="/console/alerts/{closed.id}/follow-up"'
    assert f'href="/?alert={closed.id}"' not in guest.get("/follow-ups").text
    assert form not in guest.get(f"/?alert={closed.id}").text
    clock.now += HOUR_MS
    listed = guest.get("/follow-ups").text
    assert f'href="/?alert={closed.id}"' in listed
    assert "nobody of the family could be asked: call" in listed
    page = guest.get(f"/?alert={closed.id}").text
    assert form in page
    said = {"csrf": csrf_of(page), "answer": "good", "note": "her son: the volunteer was kind"}
    assert guest.post(f"/console/alerts/{closed.id}/follow-up", data=said | {"note": " "}).status_code == 422
    assert guest.post(f"/console/alerts/{closed.id}/follow-up", data=said).status_code == 303
    page = guest.get(f"/?alert={closed.id}").text
    assert form not in page
    assert "Follow-up: somebody came, and it was right. · her son: the volunteer was kind" in page
    assert guest.post(f"/console/alerts/{closed.id}/follow-up", data=said).status_code == 409
    assert f'href="/?alert={closed.id}"' not in guest.get("/follow-ups").text
