"""Doubles for the deliverer's own ports: an outbox in memory, held to the contract of the real one, and a scripted channel."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from homebeat.actions.enter_receipts import ARRIVED
from homebeat.actions.give_up import decide_on_dead_letter
from homebeat.deliver.ports import FAILED_TRIES, SUPERSEDED, Receipt
from homebeat.domain.alert import Alert, Answer, Subject, Transition
from homebeat.domain.channel import SendLimit, get_address
from homebeat.domain.errors import Unavailable
from homebeat.domain.ids import AlertId, ContactId, HouseholdId
from homebeat.domain.instants import is_from_the_future
from homebeat.store import UNLIMITED, Attempt, Leased, OutboxHealth, OutboxState, Shares
from homebeat.store.home.endpoints import find_endpoint
from homebeat.store.notice.sending import find_due

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOON = 1_772_366_400_000
HOME = HouseholdId("home-1")


def a_notice(name: str = "one", *, url: str = "https://family.example/hook", at: int = NOON, **changes: object) -> Leased:
    """A notice as it comes out of the outbox."""
    notice = Leased(
        id=f"msg_{name}",
        alert_id=AlertId("a-1"),
        contact=ContactId(f"contact-{name}"),
        channel_kind="webhook",
        channel_index=0,
        channel_params={"url": url, "secret": SECRET},
        event="alert.opened",
        payload={"priority": "critical", "link": "https://desk.example/alerts/a-1"},
        created_at=at,
        due_at=at,
        attempts=0,
        lease_until=at + 45_000,
        endpoint=find_endpoint("webhook", {"url": url}),
    )
    return replace(notice, **changes)  # type: ignore[arg-type]


class ManualClock:
    """Time that moves when it is told to."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> int:
        self.now += round(seconds * 1000)
        return self.now


@dataclass
class Row:
    notice: Leased
    state: OutboxState = OutboxState.PENDING
    owner: str = ""
    set_at: int = 0
    tried: list[Attempt] = field(default_factory=list)


class FakeDatabase:
    """What the outboxes of several deliverers share."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.rows: dict[str, Row] = {}
        self.alerts: dict[AlertId, Alert] = {}
        self.steps: list[Transition] = []
        self.sent: dict[tuple[str, str], list[int]] = {}
        self.beats: list[Mapping[str, object]] = []
        self.is_away = False

    def add(self, *notices: Leased) -> None:
        with self.lock:
            for notice in notices:
                self.rows.setdefault(notice.id, Row(notice, set_at=notice.created_at))


class FakeOutbox:
    """Implements `OutboxPort` in memory."""

    def __init__(self, database: FakeDatabase, owner: str = "here", lease_ms: int = 45_000) -> None:
        self.database = database
        self._owner = owner
        self._lease_ms = lease_ms

    def claim(self, now: int, limit: int, shares: Shares = UNLIMITED) -> list[Leased]:
        with self._open() as rows:
            due = sorted(
                (row for row in rows.values() if self._is_due(row, now) and not (shares.first_only and row.tried)),
                key=lambda row: (row.notice.priority_rank, row.notice.due_at, row.notice.id),
            )
            taken: Counter[str] = Counter()
            claimed: list[Leased] = []
            for row in due:
                name = row.notice.endpoint
                most = shares.answering_each if name in shares.answering else shares.each
                if name in shares.full or taken[name] >= most or len(claimed) >= limit:
                    continue
                taken[name] += 1
                row.state, row.owner, row.set_at = OutboxState.LEASED, self._owner, now
                row.notice = replace(row.notice, lease_until=now + self._lease_ms)
                claimed.append(row.notice)
            return claimed

    def find_needless(self, notice: Leased) -> str:
        with self._open() as rows:
            if notice.place and any(
                row.state is OutboxState.DELIVERED for row in self._of_chain(rows, notice) if row.notice.place < notice.place
            ):
                return ARRIVED
            last = "alert.reopened" if notice.event == "alert.resolved" else "alert.resolved"
            is_superseded = any(
                row.notice.alert_id == notice.alert_id
                and row.notice.contact == notice.contact
                and (
                    notice.place
                    or (row.notice.channel_kind, row.notice.channel_index) == (notice.channel_kind, notice.channel_index)
                )
                and row.notice.event == last
                and row.state is not OutboxState.DEAD
                and row.notice.created_at >= notice.created_at + (notice.event != "alert.opened")
                for row in rows.values()
            )
            return SUPERSEDED if is_superseded else ""

    def release(self, notices: Sequence[Leased]) -> None:
        with self._open() as rows:
            for row in (rows[notice.id] for notice in notices):
                if row.state is OutboxState.LEASED and row.owner == self._owner:
                    row.state, row.owner = OutboxState.PENDING, ""

    def reserve(self, notice: Leased, limits: Sequence[SendLimit], now: int) -> int | None:
        if not limits:
            return None
        with self._open() as rows:
            name = notice.channel_kind, get_address(notice.channel_kind, notice.channel_params or {})
            times = self.database.sent.setdefault(name, [])
            times[:] = [at for at in times if at <= now]
            is_urgent = notice.priority_rank == 0
            due = max(
                (at for limit in limits if (at := find_due(times, limit, now, is_urgent=is_urgent)) is not None), default=None
            )
            row = rows[notice.id]
            if due is None:
                times.append(now)
            elif row.state is OutboxState.LEASED and row.owner == self._owner:
                row.state, row.owner, row.set_at = OutboxState.PENDING, "", now
                row.notice = replace(row.notice, due_at=due)
                self._begin_next(rows, notice, now, until=due)
            return due

    def settle(self, notice: Leased, attempt: Attempt) -> OutboxState | None:
        with self._open() as rows:
            row = rows[notice.id]
            if row.state is not OutboxState.LEASED or row.owner != self._owner:
                return None
            row.tried.append(attempt)
            if attempt.ok:
                row.state = OutboxState.SUPERSEDED if attempt.superseded else OutboxState.DELIVERED
            elif attempt.next_due_at is None:
                row.state = OutboxState.DEAD
                self._raise_alert(notice, attempt.at)
            else:
                row.state, row.set_at = OutboxState.PENDING, attempt.at
                row.notice = replace(row.notice, due_at=attempt.next_due_at, attempts=len(row.tried))
            if row.state is OutboxState.DELIVERED:
                for later in self._wait_behind(rows, notice):
                    later.state = OutboxState.SUPERSEDED
                    later.tried.append(Attempt(attempt.at, 0, ok=True, error=ARRIVED, superseded=True))
            elif row.state is OutboxState.DEAD or (row.state is OutboxState.PENDING and len(row.tried) >= FAILED_TRIES):
                self._begin_next(rows, notice, attempt.at + attempt.duration_ms)
            return row.state

    def _begin_next(self, rows: dict[str, Row], notice: Leased, now: int, until: int | None = None) -> None:
        waits = self._wait_behind(rows, notice)
        due_at = min((row.notice.due_at for row in waits), default=now)
        if due_at <= now or (until is not None and until < due_at):
            return
        for row in waits:
            row.notice, row.set_at = replace(row.notice, due_at=row.notice.due_at - (due_at - now)), now

    def _wait_behind(self, rows: dict[str, Row], notice: Leased) -> list[Row]:
        return [
            row
            for row in self._of_chain(rows, notice)
            if row.notice.place > notice.place and row.state is OutboxState.PENDING and not row.tried
        ]

    def _of_chain(self, rows: dict[str, Row], notice: Leased) -> list[Row]:
        return [row for row in rows.values() if notice.chain and row.notice.chain == notice.chain]

    def read_health(self) -> OutboxHealth:
        with self._open() as rows:
            waiting = [row for row in rows.values() if row.state in {OutboxState.PENDING, OutboxState.LEASED}]
            dead = sum(row.state is OutboxState.DEAD for row in rows.values())
            return OutboxHealth(len(waiting), dead, min((row.notice.due_at for row in waiting), default=None))

    def write_heartbeat(self, now: int, detail: Mapping[str, str | int | float | bool | None]) -> None:
        with self._open():
            self.database.beats.append({"at": now, **detail})

    def _open(self) -> _Open:
        return _Open(self.database)

    def _is_due(self, row: Row, now: int) -> bool:
        holds = not is_from_the_future(row.set_at, now)
        if row.state is OutboxState.LEASED:
            return row.notice.lease_until <= now or not holds
        return row.state is OutboxState.PENDING and (row.notice.due_at <= now or not holds)

    def _raise_alert(self, notice: Leased, at: int) -> None:
        alerts = self.database.alerts
        standing = next((alert for alert in alerts.values() if alert.answer is not Answer.RESOLVED), None)
        alert, step = decide_on_dead_letter(notice, Subject(HOME), at, notice.attempts + 1, standing)
        alerts[alert.id] = alert
        self.database.steps.append(step)


class _Open:
    def __init__(self, database: FakeDatabase) -> None:
        self._database = database

    def __enter__(self) -> dict[str, Row]:
        self._database.lock.acquire()
        if self._database.is_away:
            self._database.lock.release()
            raise Unavailable("the database is away")
        return self._database.rows

    def __exit__(self, *_error: object) -> None:
        self._database.lock.release()


class FakeChannel:
    """Answers as scripted and remembers what was sent."""

    def __init__(self, answer: Callable[[Leased], Receipt] = lambda _notice: Receipt(ok=True, status=204)) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self.sent: list[str] = []

    def close(self) -> None:
        """Nothing is open."""

    def send(self, notice: Leased, now: int) -> Receipt:
        with self._lock:
            self.sent.append(notice.id)
        return self._answer(notice)


def eventually(is_so: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait for something other threads bring about."""
    pause = threading.Event()
    for _ in range(int(within_s * 200)):
        if is_so():
            return
        pause.wait(0.005)
    raise AssertionError("it did not come about in time")
