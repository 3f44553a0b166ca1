"""What the family's page says of whoever goes to the door."""

from __future__ import annotations

from dataclasses import replace

from homebeat.domain.alert import Outcome
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.visit import Visit, VisitState
from tests.people import add_family_link
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Clock, Street
from tests.unit.console.test_family import LIN, NEVER, close, look, take


def test_who_goes_to_the_door_is_said_without_a_name(guest: TestClient, street: Street, clock: Clock) -> None:
    alert, now = take(street, street.open("no_sign_of_life", 3)), clock()
    token = add_family_link(street.store, alert.id, LIN.format(3))
    visit = Visit("v-1", alert.id, "responder:quince", VisitState.ASSIGNED, now + HOUR_MS, now, "user:xanthippe")
    gone = replace(visit, id="v-0", state=VisitState.MISSED, ended_at=now, due_at=None)
    for state, said in (
        (gone, "did not come in time"),
        (visit, "was asked at 1 Mar 12:00 to go"),
        (replace(visit, state=VisitState.EN_ROUTE, en_route_at=now), "on the way to the door since 1 Mar 12:00"),
        (replace(visit, state=VisitState.AT_DOOR, at_door_at=now), "at the door since 1 Mar 12:00"),
        (replace(visit, state=VisitState.SEEN, ended_at=now + 1, due_at=None), "The desk knows what they found"),
        (replace(visit, state=VisitState.CANCELLED, due_at=None), "did not come in time"),
    ):
        with street.store.begin() as tx:
            tx.visits.put(state, now)
        html = look(guest, token)
        assert said in html
        assert not [one for one in NEVER if one in html]
    close(street, alert, Outcome.FINE)
    assert "in time" not in look(guest, token)
