"""Whom nothing has reached for a day is unreachable: staff get a task, and messages go on as before, until one comes through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from homebeat.deliver import StoreOutbox
from homebeat.domain.alert import Condition
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.family_note import DAILY
from homebeat.domain.ids import ContactId
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Attempt, Store
from tests.contract.deliver.street import a_notice, an_alert, lay_down

NOON: Final = 1_772_366_400_000


@dataclass
class Desk:
    """A home with two contacts, and what the desk sees of them."""

    store: Store
    sent: int = 0

    def __post_init__(self) -> None:
        lay_down(self.store, NOON, ["https://a.example/", "https://b.example/"])
        self.alert = an_alert(self.store, NOON).id
        self.port = StoreOutbox(self.store, "here")

    def write(self, hour: float, contact: str = "contact-0", note: str = "", **how: Any) -> None:
        """A message to a contact, about the alert or a note about none, is tried once, and ends as said."""
        self.sent += 1
        at = NOON + round(hour * HOUR_MS)
        with self.store.begin() as tx:
            notice = replace(a_notice(self.alert, contact, at), cause=f"cause-{self.sent}")
            notice = replace(notice, alert_id=None, event=note) if note else notice
            assert tx.outbox.add([notice], at) == 1
        (leased,) = [one for one in self.port.claim(at, 10) if one.id == notice.id]
        given: dict[str, Any] = {"ok": False, "error": "no answer", "next_due_at": at + 10**12} | how
        assert self.port.settle(leased, Attempt(at, 1, **given)) is not None

    def read(self) -> list[tuple[str, Condition, int]]:
        """(contact, condition, lines) of each such alert."""
        with self.store.read(EVERYTHING) as reader:
            found = [entry.alert for entry in reader.alerts.read_page(AlertFilter(rule="contact_unreachable")).items]
            said = []
            for alert in found:
                detail = reader.alerts.get(alert.id)
                assert detail is not None
                said.append((str(detail.history[0].reason.params["contact"]), alert.condition, len(detail.history)))
        return said


YES: Final[dict[str, Any]] = {"ok": True, "error": "", "next_due_at": None}


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_a_day_without_a_message_that_comes_through_is_a_task_and_the_first_that_does_ends_it(desk: Desk) -> None:
    desk.write(0)
    desk.write(22.9)
    assert desk.read() == []
    desk.write(23)
    assert desk.read() == [("contact-0", Condition.FIRING, 1)]
    # they are written to as before, and it is said once
    desk.write(30)
    assert desk.read() == [("contact-0", Condition.FIRING, 1)]
    desk.write(31, **YES)
    assert desk.read() == [("contact-0", Condition.CLEARED, 2)]
    # from then on a day counts anew
    desk.write(32)
    desk.write(54.9)
    assert desk.read() == [("contact-0", Condition.CLEARED, 2)]


def test_one_message_that_comes_through_begins_the_day_anew(desk: Desk) -> None:
    desk.write(0)
    desk.write(20, **YES)
    desk.write(21)
    desk.write(40)
    assert desk.read() == []


def test_what_the_provider_has_only_accepted_says_nothing_yet(desk: Desk) -> None:
    desk.write(0)
    desk.write(20, **YES, reference="biz-1", awaits_proof=True)
    desk.write(24)
    assert desk.read() == [("contact-0", Condition.FIRING, 1)]


def test_of_one_home_it_is_one_alert_and_over_when_everybody_is_reached(desk: Desk) -> None:
    for contact in ("contact-0", "contact-1"):
        desk.write(0, contact)
        desk.write(24, contact)
    assert desk.read() == [("contact-0", Condition.FIRING, 2)]
    desk.write(25, "contact-0", **YES)
    assert desk.read() == [("contact-0", Condition.FIRING, 2)]
    desk.write(26, "contact-1", **YES)
    assert desk.read() == [("contact-0", Condition.CLEARED, 3)]


def test_a_note_that_fails_says_nothing_of_reach_and_one_that_comes_through_does(desk: Desk) -> None:
    """It goes over one channel, and is about no alert: whoever it made unreachable would never have been reported."""
    desk.write(0, note=DAILY, next_due_at=None)
    desk.write(24, note=DAILY, next_due_at=None)
    assert desk.read() == []
    desk.write(25)
    desk.write(49)
    assert desk.read() == [("contact-0", Condition.FIRING, 1)]
    desk.write(50, note=DAILY, **YES)
    assert desk.read() == [("contact-0", Condition.CLEARED, 2)]


def test_a_clock_that_ran_ahead_makes_nobody_unreachable(desk: Desk) -> None:
    desk.write(1_000)
    desk.write(1)
    assert desk.read() == []


def test_a_dead_letter_says_so_besides(desk: Desk) -> None:
    desk.write(0, next_due_at=None)
    with desk.store.read(EVERYTHING) as reader:
        (failed,) = reader.alerts.read_page(AlertFilter(rule="delivery_failed")).items
    assert failed.alert.reason.params["contact"] == ContactId("contact-0")
