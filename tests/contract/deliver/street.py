"""A small street in a database: one home with contacts, one open alert, notices about it. Also run as a process to be killed."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence

from homebeat.deliver import Deliverer, Poster, StoreOutbox, WebhookChannel
from homebeat.domain.alert import Alert, Desk, Edge, Priority, Reason, Subject, TransitionKind, open_alert
from homebeat.domain.fleet import Area, Channel, Contact, Fleet, Household, Resident
from homebeat.domain.ids import AlertId, AreaId, ContactId, HouseholdId, ResidentId
from homebeat.domain.notice import Notice
from homebeat.egress.policy import EgressPolicy
from homebeat.store import Store, open_store
from homebeat.store.alert.writes import AlertWrites
from tests.keys import KEY_FILE

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOME = HouseholdId("home-1")
CARE = "https://care.example"
HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)


def wall_clock() -> int:
    return int(time.time() * 1000)


def a_notice(alert_id: AlertId, contact: str, at: int, event: str = "alert.opened") -> Notice:
    return Notice(alert_id, ContactId(contact), "webhook", 0, event, at, {"priority": "critical"}, f"cause-{event}-{at}")


def lay_down(store: Store, at: int, urls: Sequence[str]) -> Alert:
    """Enrol the home with one contact per URL, and open an alert; its notices are for the caller to add."""
    contacts = tuple(
        Contact(ContactId(f"contact-{i}"), f"Contact {i}", "child", (Channel("webhook", {"url": url, "secret": SECRET}),))
        for i, url in enumerate(urls)
    )
    home = Household(
        HOME, AreaId("area-1"), "Asia/Shanghai", residents=(Resident(ResidentId("resident-1"), "R"),), contacts=contacts
    )
    with store.begin() as tx:
        tx.fleet.apply(Fleet((Area(AreaId("area-1"), "Area"),), (home,)), at)
    return an_alert(store, at)


def an_alert(store: Store, at: int, rule: str = "sos", priority: Priority = Priority.CRITICAL) -> Alert:
    """An alert about the resident of the home, opened by a rule at this priority."""
    subject = Subject(HOME, ResidentId("resident-1"))
    edge = Edge(at, rule, subject, TransitionKind.OPENED, priority, Desk.CARE, at, Reason(rule, {"since_at": at}), at)
    alert, step = open_alert(edge)
    with store.begin() as tx:
        AlertWrites(tx).apply(alert, step)
    return alert


def die_at(wanted: str) -> None:
    """Deliver from the database in `HOMEBEAT_TEST_STORE` and kill this process at the named point."""

    def failpoint(name: str) -> None:
        if name == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    store = open_store(os.environ["HOMEBEAT_TEST_STORE"], KEY_FILE, create=False)
    outbox = StoreOutbox(store, "the one who dies", lease_ms=int(os.environ["HOMEBEAT_TEST_LEASE_MS"]), family_base=CARE)
    deliverer = Deliverer(
        outbox, {"webhook": WebhookChannel(Poster(HERE))}, clock=wall_clock, chance=random.Random(1), failpoints=failpoint
    )
    deliverer.run(threading.Event())


if __name__ == "__main__":
    die_at(sys.argv[1])
