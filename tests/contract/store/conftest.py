"""A street of three homes, and short ways to say what is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest

from homebeat.domain.alert import Alert, Desk, Edge, Priority, Reason, Subject, Transition, TransitionKind, open_alert
from homebeat.domain.fleet import Area, Away, Channel, Contact, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.notice import Notice
from homebeat.rules.catalogue import RULES
from homebeat.store import Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.stream.batch import I32, Batch

T0 = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def home(name: str, area: str = "lane") -> Household:
    return Household(
        HouseholdId(name),
        AreaId(area),
        "Asia/Shanghai",
        f"{name} lane",
        (Resident(ResidentId(f"{name}-r"), f"Resident of {name}", 1940, "100"),),
        (Contact(ContactId(f"{name}/0"), "Child", "child", (Channel("webhook", {"url": "https://example.org/hook"}),)),),
        (
            Device(DeviceId(f"{name}-meter"), DeviceKind.WATER_METER),
            Device(DeviceId(f"{name}-band"), DeviceKind.WRISTBAND, ResidentId(f"{name}-r")),
        ),
        (Away(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC), "visit"),),
    )


STREET = Fleet(
    (Area(AreaId("lane"), "Lane", AreaId("town")), Area(AreaId("town"), "Town"), Area(AreaId("hill"), "Hill", AreaId("town"))),
    (home("h1"), home("h2"), home("h3", "hill")),
)


@dataclass
class Street:
    store: Store
    device_nos: I32

    def append(
        self, readings: Sequence[tuple[int, int, int, float]], mark: int = 0, received_at: int | None = None
    ) -> list[bool]:
        """Append (device row, metric, observed_at, value); which were new."""
        at = [r[2] for r in readings]
        arrival = at if received_at is None else [received_at] * len(at)
        batch = Batch.of(
            [r[0] for r in readings], [r[1] for r in readings], at, arrival, [r[3] for r in readings], [mark] * len(at)
        )
        with self.store.begin() as tx:
            done = tx.readings.append(batch, self.device_nos)
        mask = [True] * len(batch) if done.mask is None else done.mask.tolist()
        assert sum(mask) == done.accepted
        return mask


@pytest.fixture
def street(store: Store) -> Street:
    return lay_street(store)


def lay_street(store: Store) -> Street:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        return Street(store, np.array(list(tx.fleet.read_device_nos().values()), np.int32))


def edge(household: str = "h1", rule: str = "sos", onset: int = T0, priority: Priority = Priority.CRITICAL) -> Edge:
    subject = Subject(HouseholdId(household), ResidentId(f"{household}-r"))
    why = Reason(rule, {"quiet_s": 1.5, "n": 2})
    is_slow = rule in RULES and RULES[rule].digest
    return Edge(onset, rule, subject, TransitionKind.OPENED, priority, Desk.CARE, onset, why, onset, is_slow)


@pytest.fixture
def opener(street: Street) -> Callable[..., tuple[Alert, Transition]]:
    return make_opener(street.store)


def make_opener(store: Store) -> Callable[..., tuple[Alert, Transition]]:
    def act(*args: object, **kwargs: object) -> tuple[Alert, Transition]:
        alert, step = open_alert(edge(*args, **kwargs))  # type: ignore[arg-type]
        with store.begin() as tx:
            assert AlertWrites(tx).apply(alert, step)
        return alert, step

    return act


def notice(alert: Alert, cause: Transition, household: str = "h1", index: int = 0, created_at: int = T0) -> Notice:
    return Notice(
        alert.id, ContactId(f"{household}/0"), "webhook", index, "alert.opened", created_at, {"alert_id": alert.id}, cause.key
    )
