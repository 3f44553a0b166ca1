"""A small invented street in a real SQLite database, for the tests of the API and the console."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from homebeat.domain.alert import Alert, Desk, Edge, Priority, Reason, Subject, TransitionKind, follow_edge, open_alert
from homebeat.domain.fleet import Area, Channel, Contact, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.rules.catalogue import RULES
from homebeat.store import DeviceState, ResidentState, Store
from homebeat.store.alert.writes import AlertWrites
from homebeat.stream.batch import Batch
from tests.people import add_account, add_key

HOUR = 3_600_000
MINUTE = 60_000
#: 2026-03-01 12:00 in Shanghai.
NOON = 1_772_337_600_000
SECRET = "a-token-that-is-only-for-tests"
NAMES = [
    "Lin Yue",
    "王秀英",
    "Chen Guilan",
    "赵德明",
    "Sun Hao",
    "周金凤",
    "Xu Ning",
    "吴建国",
    "Guo Mei",
    "何玉兰",
    "Tang Bo",
    "罗福生",
]
#: Litres by hour of an ordinary day.
ORDINARY = [0, 0, 1, 0, 0, 3, 14, 22, 12, 6, 5, 12, 18, 8, 4, 4, 6, 16, 34, 14, 10, 8, 5, 2]


@dataclass
class Clock:
    """A clock that a test moves by hand."""

    now: int = NOON

    def __call__(self) -> int:
        return self.now


def home(n: int) -> Household:
    resident = ResidentId(f"r-{n}")
    return Household(
        HouseholdId(f"h-{n}"),
        AreaId("lane"),
        "Asia/Shanghai",
        f"Plum Lane {n + 1}-{100 + n}",
        (Resident(resident, NAMES[n % len(NAMES)], 1940 + n % 15, f"139-0000-{n:04d}"),),
        (
            Contact(ContactId(f"h-{n}/lin"), "Daughter Lin", "daughter", (), f"138-0000-{n:04d}", "en"),
            Contact(
                ContactId(f"h-{n}/plum"),
                "Mr Plum",
                "key holder",
                (Channel("webhook", {"url": "https://example.invalid/x", "secret": "whsec_hidden"}),),
            ),
        ),
        (
            Device(DeviceId(f"m-{n}"), DeviceKind.WATER_METER, None, None, timedelta(hours=1)),
            Device(DeviceId(f"b-{n}"), DeviceKind.WRISTBAND, resident, None, timedelta(minutes=5)),
        ),
    )


def fleet(homes: int) -> Fleet:
    areas = (
        Area(AreaId("town"), "Town"),
        Area(AreaId("lane"), "Plum Lane", AreaId("town")),
        Area(AreaId("other"), "Other", AreaId("town")),
    )
    return Fleet(areas, tuple(home(n) for n in range(homes)))


@dataclass
class Street:
    """What a test does to the street; every act is a transaction of the real store."""

    store: Store
    clock: Clock | Any
    homes: int = 12
    opened_alerts: list[Alert] = field(default_factory=list)

    def lay(self) -> Street:
        now = self.clock()
        with self.store.begin() as tx:
            tx.fleet.apply(fleet(self.homes), now)
            states = [
                ResidentState(
                    ResidentId(f"r-{n}"),
                    ("active", "active", "quiet", "unknown")[n % 4],
                    now - 2 * HOUR,
                    now - (n + 1) * HOUR,
                    now - 10 * MINUTE,
                    False,
                    now,
                )
                for n in range(self.homes)
            ]
            devices = [DeviceState(DeviceId(f"m-{n}"), now - 20 * MINUTE, 71.0 - n, n % 5 == 4, now) for n in range(self.homes)]
            tx.states.put(states, devices)
        add_key(self.store, SECRET, "desk", "desk-1", at=now - HOUR)
        add_account(self.store, "desk-1", "desk", at=now - HOUR)
        self.beat()
        return self

    def beat(self, *names: str, at: int | None = None, **detail: str) -> None:
        with self.store.begin() as tx:
            for name in names or ("watch", "deliver", "deadlines"):
                tx.heartbeats.beat(name, self.clock() if at is None else at, detail)

    def open(
        self,
        rule: str,
        n: int,
        *,
        minutes_ago: int = 5,
        priority: Priority = Priority.HIGH,
        desk: Desk = Desk.CARE,
        reason: Reason | None = None,
        device: str | None = None,
    ) -> Alert:
        at = self.clock() - minutes_ago * MINUTE
        subject = Subject(HouseholdId(f"h-{n}"), ResidentId(f"r-{n}"), DeviceId(device) if device else None)
        why = reason or Reason(
            "no_sign_of_life", {"quiet_s": 44_000, "limit_s": 43_200, "life_at": at - 12 * HOUR, "proven_at": at - MINUTE}
        )
        is_slow = rule in RULES and RULES[rule].digest
        edge = Edge(at, rule, subject, TransitionKind.OPENED, priority, desk, at - 12 * HOUR, why, at, is_slow)
        alert, step = open_alert(edge)
        with self.store.begin() as tx:
            AlertWrites(tx).apply(alert, step)
        self.opened_alerts.append(alert)
        return alert

    def open_about(self, subject: Subject, rule: str, reason: Reason, desk: Desk = Desk.DEVICES) -> Alert:
        """An alert about no one home."""
        at = self.clock() - MINUTE
        alert, step = open_alert(Edge(at, rule, subject, TransitionKind.OPENED, Priority.HIGH, desk, at, reason, at))
        with self.store.begin() as tx:
            AlertWrites(tx).apply(alert, step)
        return alert

    def drift(self, rule: str, n: int, *, minutes_ago: int = 60) -> Alert:
        """An alert on a slow change."""
        why = Reason(rule, {"usual": 1.2, "now": 3.1})
        return self.open(rule, n, minutes_ago=minutes_ago, priority=Priority.LOW, reason=why)

    def sos(self, n: int, minutes_ago: int = 1) -> Alert:
        at = self.clock() - minutes_ago * MINUTE
        return self.open("sos", n, minutes_ago=minutes_ago, priority=Priority.CRITICAL, reason=Reason("sos", {"since_at": at}))

    def step(self, alert: Alert, kind: TransitionKind, reason: Reason) -> Alert:
        """Let the engine take one more step with an alert as it stands in the database."""
        with self.store.begin() as tx:
            before = tx.alerts.get(alert.id)
            assert before is not None
            edge = Edge(
                self.clock(), before.rule, before.subject, kind, before.priority, before.desk, before.since, reason, before.since
            )
            after, row = follow_edge(before, edge)
            AlertWrites(tx).apply(after, row)
        return after

    def alert(self, alert_id: str) -> Alert:
        with self.store.read(EVERYTHING) as reader:
            detail = reader.alerts.get(alert_id)  # type: ignore[arg-type]
        assert detail is not None
        return detail.entry.alert

    def water(self, n: int, *, days: int = 15, silent_hours: int = 0, missing: tuple[int, int] = (0, 0), seed: int = 3) -> None:
        """An hourly meter's history: quiet at the end, and nothing at all for `missing` hours back from now (from, to)."""
        rng = random.Random(seed + n)
        now = self.clock() // HOUR * HOUR
        total, rows = 100.0, []
        for back in range(days * 24, -1, -1):
            at = now - back * HOUR
            local = (at // HOUR + 8) % 24
            if back >= silent_hours:
                total += max(0.0, ORDINARY[local] * rng.uniform(0.5, 1.5) - 0.4) / 1000
            if not missing[0] > back >= missing[1]:
                rows.append((at, total))
        self.readings(f"m-{n}", Metric.VOLUME_M3, rows)

    def readings(self, device: str, metric: Metric, rows: list[tuple[int, float]]) -> None:
        count = len(rows)
        at = np.array([row[0] for row in rows], dtype=np.int64)
        with self.store.begin() as tx:
            number = tx.fleet.read_device_nos()[DeviceId(device)]
            batch = Batch(
                np.zeros(count, np.int32),
                np.full(count, int(metric), np.uint8),
                at,
                at + 1000,
                np.array([row[1] for row in rows], dtype=np.float64),
                np.zeros(count, np.uint8),
            )
            tx.readings.append(batch, np.array([number], dtype=np.int32))

    def quarantine(self, n: int = 1) -> None:
        messages = [
            Quarantined(f"homebeat/v1/x-{i}/readings", b"\xff{", self.clock() - i, QuarantineReason.NOT_JSON, "byte 0")
            for i in range(n)
        ]
        with self.store.begin() as tx:
            tx.quarantine.add(messages)
