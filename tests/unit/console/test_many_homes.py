"""The card of an alert about many homes: whom to look after first, and what waits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.actions import FollowEdges, perform_in, shared_homes
from homebeat.domain.alert import Desk, Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId
from homebeat.domain.principal import ENGINE
from homebeat.domain.service_alerts import make_edge
from homebeat.response.setup import PLAIN
from homebeat.wording import Wording
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street
from tests.unit.console.test_desk import page


def test_the_card_lists_the_homes_with_what_waits(desk: TestClient, street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    now = street.clock()
    homes = tuple(HouseholdId(f"h-{n}") for n in range(3))
    since = now - 3_600_000
    why = Reason("area_outage", {"homes": 3, "since_at": since, "list": "h-0, h-1, h-2"})
    main = replace(make_edge("area_outage", Subject(area=AreaId("lane")), why, now, since=since), homes=homes)
    quiet = Subject(homes[1], ResidentId("r-1"))
    reason = Reason("no_sign_of_life_ever", {"quiet_s": 43_200, "limit_s": 43_200, "proven_at": now})
    held = Edge(now, "no_sign_of_life", quiet, TransitionKind.OPENED, Priority.HIGH, Desk.CARE, since, reason, since)
    with street.store.begin() as tx:
        perform_in(tx, ENGINE, FollowEdges([main, held]), now, PLAIN)
    html = page(desk, f"/?alert={main.alert_id}")
    assert "Homes, most in need first" in html
    listed = html[html.index("Homes, most in need first") :]
    places = [listed.index(f'href="/resident/r-{n}"') for n in range(3)]
    assert min(places) == places[1], "whose own alert waits comes first"
    assert f"{Wording('en').rule_name('no_sign_of_life')} since" in listed
    assert "held back" in listed
    assert "and 1 more" not in listed
    monkeypatch.setattr(shared_homes, "MOST", 2)
    assert "and 1 more" in page(desk, f"/?alert={main.alert_id}"), "a list that is cut says so"
