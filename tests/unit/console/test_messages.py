"""Receipts on the alert's page and in the API: to whom a message went, and how far it is, in the reader's language."""

from __future__ import annotations

import pytest

from homebeat.actions import shown_messages
from homebeat.actions.shown_messages import find_standing
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.message_proof import MessageProof, ProviderReceipt
from homebeat.domain.notice import Notice
from homebeat.domain.role import Role
from homebeat.store import Attempt, MessageEntry, OutboxState
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient
from tests.unit.api.street import MINUTE, NOON, Street
from tests.unit.console.test_desk import CHINESE, ENGLISH

TAKEN = Attempt(NOON, 20, ok=True, status=200, reference="call-1", awaits_proof=True)


def send(street: Street, alert: AlertId) -> None:
    """A call to the daughter that is picked up, and a message to a responder that nobody takes."""
    call = Notice(alert, ContactId("h-3/lin"), "voice", 0, "alert.opened", NOON, {}, "cause")
    chat = Notice(alert, ContactId("/wang"), "webhook", 0, "alert.opened", NOON, {}, "cause")
    with street.store.begin() as tx:
        tx.outbox.add([call, chat], NOON)
        for notice in tx.outbox.claim(NOON, "here", 10, MINUTE):
            bad = Attempt(NOON, 20, ok=False, status=500, error="no", next_due_at=NOON + MINUTE)
            tx.outbox.settle(notice.id, "here", TAKEN if notice.channel_kind == "voice" else bad)


def test_the_page_says_how_far_each_message_is(desk: TestClient, guest: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    send(street, alert.id)
    html = desk.get(f"/?alert={alert.id}", headers=ENGLISH).text
    assert "taken by the provider, no receipt yet" in html
    assert "failed, and is tried again" in html
    with street.store.begin() as tx:
        tx.arrivals.enter(ProviderReceipt("call-1", MessageProof.KEY, "200000", "1"), NOON + MINUTE)
    html = desk.get(f"/?alert={alert.id}", headers=ENGLISH).text
    assert "<strong>Daughter Lin · daughter</strong>" in html
    assert "automatic call · picked up, and a key was pressed" in html
    assert "says nothing about an answer" in html
    assert "已接通并按键" in desk.get(f"/?alert={alert.id}", headers=CHINESE).text
    add_account(street.store, "installer", Role.INSTALLER)
    sign_in(guest, street.store, "installer")
    hidden = guest.get(f"/?alert={alert.id}", headers=ENGLISH).text
    assert "<strong>a contact</strong>" in hidden
    assert "daughter" not in hidden


def test_that_older_messages_are_left_out_is_said(
    desk: TestClient, guest: TestClient, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_messages, "MOST", 1)
    alert = street.open("no_sign_of_life", 3)
    send(street, alert.id)
    assert "and 1 more" in desk.get(f"/?alert={alert.id}", headers=ENGLISH).text
    assert "还有1条未显示" in desk.get(f"/?alert={alert.id}", headers=CHINESE).text
    monkeypatch.setattr(shown_messages, "MOST", 2)
    assert "and 1 more" not in desk.get(f"/?alert={alert.id}", headers=ENGLISH).text


def test_an_alert_without_messages_says_nothing_of_them(desk: TestClient, street: Street) -> None:
    alert = street.open("no_sign_of_life", 3)
    assert "says nothing about an answer" not in desk.get(f"/?alert={alert.id}", headers=ENGLISH).text


@pytest.mark.parametrize(
    "state, attempts, arrival, standing",
    [
        (OutboxState.PENDING, 0, None, "waits"),
        (OutboxState.PENDING, 2, None, "again"),
        (OutboxState.LEASED, 0, None, "leaves"),
        (OutboxState.DELIVERED, 1, None, "taken"),
        (OutboxState.DELIVERED, 1, MessageProof.AWAITED, "awaited"),
        (OutboxState.DELIVERED, 1, MessageProof.UNANSWERED, "unanswered"),
        (OutboxState.DEAD, 1, MessageProof.FAILED, "failed"),
        (OutboxState.DEAD, 14, None, "given_up"),
        (OutboxState.SUPERSEDED, 1, None, "needless"),
    ],
)
def test_what_a_provider_says_goes_before_what_it_did(
    state: OutboxState, attempts: int, arrival: MessageProof | None, standing: str
) -> None:
    entry = MessageEntry(
        ContactId("c"), "sms", "alert.opened", state, NOON, attempts, NOON + 1 if attempts else None, arrival, None, ""
    )
    assert find_standing(entry) == (standing, NOON + 1 if attempts else NOON)
