"""The page of slow changes, and that they wait in no queue."""

from __future__ import annotations

import pytest

from homebeat.console.resident import page as resident_page
from homebeat.domain.alert import Desk, Priority, Reason
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import Street
from tests.unit.console.test_desk import page, rows


def test_slow_changes_have_a_page_of_their_own(desk: TestClient, street: Street) -> None:
    assert "No change in the last two weeks that needs attention." in page(desk, "/digest")
    today = street.drift("night_use_drift", 0)
    street.drift("steps_drift", 1, minutes_ago=26 * 60)
    rings = street.sos(2)
    html = page(desk)
    assert rows(html) == [rings.id]
    assert "Slow changes <b>2</b>" in html
    html = page(desk, "/digest")
    assert html.index("Sunday, 1 March") < html.index("Up more often at night") < html.index("Saturday, 28 February")
    assert "Not looked at yet" in html
    assert f'href="/?alert={today.id}"' in html
    assert "Lin Yue" in html
    assert "No change in the last two weeks that needs attention." in page(desk, "/digest?area=other")
    assert "Lin Yue" in page(desk, f"/?alert={today.id}")
    assert "Up more often at night" in page(desk, "/resident/r-0")


def test_a_question_to_the_resident_is_not_shown_as_a_slow_change(desk: TestClient, street: Street) -> None:
    street.open("asked", 0, priority=Priority.LOW, desk=Desk.RESIDENT, reason=Reason("asked", {}))
    assert "Slow changes <b>" not in page(desk)
    assert "No change in the last two weeks that needs attention." in page(desk, "/digest")
    assert "Resident asked" not in page(desk, "/resident/r-0")
    assert desk.get("/?queue=none").status_code == 422


def test_the_page_of_a_resident_says_that_more_of_both_lists_are_left_out(
    desk: TestClient, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes, (slow, own) in enumerate((("night_use_drift", "fall"), ("first_use_late", "sos")), 1):
        street.drift(slow, 0, minutes_ago=60 * minutes)
        street.open(own, 0, minutes_ago=minutes)
    assert "and 1 more" not in page(desk, "/resident/r-0")
    monkeypatch.setattr(resident_page, "_MOST_OF_ONE", 1)
    assert page(desk, "/resident/r-0").count("and 1 more") == 2
