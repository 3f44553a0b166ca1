"""What must hold after each transaction of a simulated street. It reads the tables, and knows no rules of the product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, TextClause, bindparam, text

from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Fence, Leased
from tests.simulation.afterwards import TOLD_BY_PLAN, Afterwards
from tests.simulation.faults import FaultyStore
from tests.simulation.street import DESK
from tests.simulation.violation import Violation
from tests.simulation.waits import Waits

#: A critical alert has been sent to somebody, or taken, within this time by the wall since it was known to be critical.
TOLD_MS: Final = 20 * MINUTE_MS
#: Whoever acted on these has not overlooked anything: the product says so.
HARMLESS: Final = frozenset({"escalated"})

#: A call for help is heard by either: what killed a process three times is not read any more, and taken for a call.
HEARD: Final = frozenset({"sos", "unreadable_alarm"})
_DESK: Final = frozenset(f"/{name}" for name in DESK)
#: What makes a message out of date, if a receiver has got it already; all others are out of date with the closing.
_SUPERSEDES: Final = {"alert.resolved": "alert.reopened"}

_ALERTS: Final = text(
    "SELECT id, rule, household, area, priority_rank, queue, answer, condition, owner, version, resolved_by, resolved_at"
    " FROM alert ORDER BY id"
)
_DEADLINES: Final = text("SELECT * FROM deadline")
_VISITS: Final = text(
    "SELECT v.id, v.alert_id, v.due_at, v.set_at, a.answer FROM visit v JOIN alert a ON a.id = v.alert_id"
    " WHERE v.due_at IS NOT NULL"
)
_WAITING: Final = text(
    "SELECT id, alert_id, contact, channel_index, event, priority_rank, state, due_at, set_at, place, attempts, lease_until,"
    " lease_owner FROM outbox WHERE state IN ('pending', 'leased') ORDER BY id"
)
_HELD: Final = text(
    "SELECT h.rule || ' ' || h.subject_key AS pair, h.rule, h.edge, h.cause, s.rule AS silenced, s.ends_at, s.lifted_at"
    " FROM held_edge h LEFT JOIN silence s ON s.id = h.silence ORDER BY h.rule, h.subject_key"
)
_FOLLOW_UPS: Final = text(
    "SELECT f.alert_id, f.due_at, f.ends_at, f.state, f.asked_at, f.asked, f.answer, f.complaint FROM follow_up f ORDER BY 1"
)
_CIRCUITS: Final = text("SELECT provider, state, cause, since FROM circuit ORDER BY provider")
_ON_DUTY: Final = text("SELECT responder FROM shift WHERE starts_at <= :at AND :at < ends_at AND responder IS NOT NULL")
_DEAD: Final = text(
    "SELECT o.id, a.household FROM outbox o JOIN alert a ON a.id = o.alert_id WHERE o.state = 'dead' AND o.say_at IS NULL"
    " AND o.event <> 'alert.follow_up'"
    " AND NOT EXISTS (SELECT 1 FROM outbox s WHERE s.alert_id = o.alert_id AND s.contact = o.contact AND s.event = o.event"
    " AND s.created_at = o.created_at AND s.state = 'delivered') ORDER BY o.id"
)
_UNSAID: Final = text("SELECT min(id) FROM outbox WHERE say_at IS NOT NULL")
_HOLDER: Final = text("SELECT owner, epoch FROM tenure")
_STEPS: Final = text(
    "SELECT alert_id, seq, kind, at, actor, reason_code FROM transition WHERE alert_id IN :ids ORDER BY alert_id, seq"
).bindparams(bindparam("ids", expanding=True))
_NOTICES: Final = text(
    "SELECT id, alert_id, contact, channel_kind, channel_index, event, created_at FROM outbox WHERE alert_id IN :ids ORDER BY id"
).bindparams(bindparam("ids", expanding=True))


@dataclass(slots=True)
class Snapshot:
    """The street as it stands after a commit; rows by their ids."""

    alerts: dict[str, Any] = field(default_factory=dict)
    deadlines: dict[str, Any] = field(default_factory=dict)
    visits: dict[str, Any] = field(default_factory=dict)
    waiting: dict[str, Any] = field(default_factory=dict)
    held: dict[str, Any] = field(default_factory=dict)
    follow_ups: dict[str, Any] = field(default_factory=dict)
    circuits: dict[str, Any] = field(default_factory=dict)

    def list_open(self) -> list[Any]:
        return [alert for alert in self.alerts.values() if alert.answer != "resolved" and alert.queue != "none"]


class Invariants:
    """Checks them after each commit.

    Args:
        store: Whose tables.
        now: The clock of the database, which may step; epoch ms.
        read_wall: The time that really has passed; epoch ms.
        say: Writes a line of the trace.
        get_actor: Who is committing.
    """

    def __init__(
        self,
        store: FaultyStore,
        now: Callable[[], int],
        read_wall: Callable[[], int],
        say: Callable[[str], None],
        get_actor: Callable[[], str],
    ) -> None:
        self._store, self._now, self._read_wall, self._say, self._get_actor = store, now, read_wall, say, get_actor
        self.waits = Waits(now, read_wall)
        self.afterwards = Afterwards(self.waits, now, read_wall)
        self.current = Snapshot()
        self.steps: dict[str, list[Any]] = {}
        self._told: set[str] = set()
        self._critical_since: dict[str, int] = {}
        self._calls: dict[str, int] = {}  # since when the broker has each, by the wall
        self._unheard: dict[str, int] = {}
        self._heard_at: dict[str, int] = {}  # when homebeat last noted a call of a home, by the wall
        self._opened: dict[str, int] = {}  # how often it told of one
        self._notices: dict[tuple[Any, ...], str] = {}
        self._sent: dict[tuple[Any, ...], str] = {}
        self._arrived: dict[tuple[Any, ...], int] = {}

    def check_fence(self, fence: Fence) -> None:
        """Make sure that only the watch that holds the lease writes; `fence` is the one under which this was written."""
        with self._store._database.begin_read(EVERYTHING) as connection:
            holder = connection.execute(_HOLDER).one()
        if (holder.owner, holder.epoch) != (fence.owner, fence.epoch):
            raise Violation(f"{fence.owner} wrote although {holder.owner} has taken over")

    def observe(self, changed: frozenset[str]) -> None:
        """Look at what a transaction has changed, in these tables.

        Raises:
            Violation: It must not be so.
        """
        before = self.current
        with self._store._database.begin_read(EVERYTHING) as connection:
            after = _read(connection, before, changed)
            moved = [one.id for one in after.alerts.values() if one.version != len(self.steps.get(one.id, ()))]
            steps = connection.execute(_STEPS, {"ids": moved}).all() if moved else []
            notices = connection.execute(_NOTICES, {"ids": moved}).all() if moved else []
            self._check_desk(connection, before, after)
        self.current = after
        for step in steps:
            if step.seq > len(self.steps.get(step.alert_id, ())):
                self._note_step(step, before)
        for notice in notices:
            self._check_notice(notice)
        self._check_alerts()
        self._check_leases(before)
        self.waits.check(before, after)
        self.afterwards.check(before, after)

    def note_sent(self, notice: Leased) -> None:
        """A message is on its way: one cause has one id, and nobody hears of the beginning after the end."""
        self._told.add(notice.alert_id or "")
        self.waits.note_sent(notice)
        self.afterwards.note_sent(notice)
        receiver = _name_receiver(notice)
        cause = (*receiver, notice.event, notice.created_at)
        if self._sent.setdefault(cause, notice.id) != notice.id:
            raise Violation(f"two messages for one cause: {cause}")
        last = self._arrived.get((*receiver, _SUPERSEDES.get(notice.event, "alert.resolved")), 0)
        if last > notice.created_at:
            raise Violation(f"{notice.contact} got {notice.event} of {notice.alert_id} after a later message")

    def note_arrived(self, notice: Leased) -> None:
        """Somebody has got a message."""
        kind = (*_name_receiver(notice), notice.event)
        self._arrived[kind] = max(notice.created_at, self._arrived.get(kind, 0))

    def note_call(self, call: str) -> None:
        """The broker has a call for help, `home/number`."""
        if self._calls.setdefault(call, self._read_wall()) == self._read_wall():
            self._unheard[call] = self._read_wall()

    def note_broker(self) -> None:
        """The broker is away: whatever waits there cannot be had."""
        self._unheard = dict.fromkeys(self._unheard, self._read_wall())

    def check_heard(self, call: str) -> None:
        """Make sure that a call of which the broker may forget the message has its alert."""
        home = call.partition("/")[0]
        if self._heard_at.get(home, 0) < self._calls[call]:
            raise Violation(f"the call {call} was acknowledged, and nobody hears of it")
        self._unheard.pop(call, None)

    def check_told(self) -> None:
        """Make sure that no SOS waits in silence."""
        for call, since in self._unheard.items():
            if self._read_wall() - since > TOLD_MS:
                raise Violation(f"the call {call} waits at the broker")
        for alert in self.current.list_open():
            if alert.priority_rank == 0 and alert.id not in self._told:
                waits = self._read_wall() - self._critical_since[alert.id]
                if waits > TOLD_MS:
                    raise Violation(f"nobody was told of the critical alert {alert.id} for {waits // MINUTE_MS} min")

    def check_dead(self) -> None:
        """Make sure that each dead letter has its alert."""
        homes = {alert.household for alert in self.current.alerts.values() if alert.rule == "delivery_failed"}
        with self._store._database.begin_read(EVERYTHING) as connection:
            for notice in connection.execute(_DEAD):
                if notice.household not in homes:
                    raise Violation(f"{notice.id} was given up, and nobody was told")

    def check_said(self) -> None:
        """Make sure that no dead letter still waits for another channel."""
        with self._store._database.begin_read(EVERYTHING) as connection:
            if (left := connection.scalar(_UNSAID)) is not None:
                raise Violation(f"of the dead letter {left} nothing is ever said")

    def check_version(self, alert: str, version: int, actor: str, known: int, harmless: frozenset[str] = HARMLESS) -> None:
        """Make sure that who has just acted on `version` had seen everything that matters; `known` steps were there before."""
        since = self.steps[alert][version:]
        if all(step.actor != actor for step in self.steps[alert][known:]):
            return  # it was so already, and nothing was written
        while since and since[-1].actor == actor:
            since = since[:-1]
        overlooked = {step.kind for step in since} - harmless
        if overlooked and len(since) < len(self.steps[alert][version:]):
            raise Violation(f"{actor} acted on version {version} of {alert}, and had not seen: {sorted(overlooked)}")

    def _note_step(self, step: Any, before: Snapshot) -> None:
        self.steps.setdefault(step.alert_id, []).append(step)
        self._say(f"{step.alert_id} {step.seq} {step.kind} {step.at} {step.actor} {step.reason_code}")
        if step.kind in {"acknowledged", "resolved"}:
            self._told.add(step.alert_id)
        alert = self.current.alerts[step.alert_id]
        if alert.rule in HEARD and step.actor == "engine":
            self._note_heard(alert.household, step.kind)
        if step.actor != "clock" or not (step.kind == "escalated" or step.reason_code == "taken_no_outcome"):
            return
        stood = before.deadlines.get(step.alert_id)
        if stood is None or (stood.due_at > step.at and stood.set_at <= step.at + TOLERANCE_MS):
            raise Violation(f"{step.alert_id} was {step.kind} by the clock although nothing had run out")

    def _note_heard(self, home: str, kind: str) -> None:
        if kind in {"opened", "reopened", "noted"}:
            self._heard_at[home] = self._read_wall()
        if kind in {"opened", "reopened"}:
            self._opened[home] = self._opened.get(home, 0) + 1
            if self._opened[home] > sum(call.startswith(f"{home}/") for call in self._calls):
                raise Violation(f"two alerts for one call from {home}")

    def _check_notice(self, notice: Any) -> None:
        cause = (notice.alert_id, notice.contact, notice.channel_kind, notice.channel_index, notice.event, notice.created_at)
        if self._notices.setdefault(cause, notice.id) != notice.id:
            raise Violation(f"two notices for one cause: {cause}")
        home = self.current.alerts[notice.alert_id].household
        if not notice.contact.startswith("/") and not notice.contact.startswith(f"{home}/"):
            raise Violation(f"{notice.contact} is told of an alert of {home}")

    def _check_alerts(self) -> None:
        now = self.current
        waits = {alert.id: alert for alert in now.list_open()}
        if missing := sorted(waits.keys() - now.deadlines.keys()):
            raise Violation(f"an alert that waits for people has no deadline: {missing[0]}")
        if needless := sorted(now.deadlines.keys() - waits.keys()):
            raise Violation(f"an alert that waits for nobody has a deadline: {needless[0]}")
        for alert in waits.values():
            if alert.priority_rank == 0:
                self._critical_since.setdefault(alert.id, self._read_wall())
            kind = "owner" if alert.answer == "acknowledged" else "step"
            if now.deadlines[alert.id].kind != kind:
                raise Violation(f"{alert.id} is {alert.answer}, and its deadline is of the kind {now.deadlines[alert.id].kind}")
            if bool(alert.owner) != (alert.answer == "acknowledged"):
                raise Violation(f"{alert.id} is {alert.answer}, and its owner is {alert.owner!r}")
        for visit in now.visits.values():
            if visit.answer == "resolved":
                raise Violation(f"somebody is still expected at the door for {visit.alert_id}, which is closed")

    def _check_desk(self, connection: Connection, before: Snapshot, after: Snapshot) -> None:
        """Of the desk a plan tells whoever is on duty; everybody, where nobody is."""
        for row in (one for ident, one in after.waiting.items() if ident not in before.waiting):
            if row.contact not in _DESK or row.event not in TOLD_BY_PLAN or after.alerts[row.alert_id].area is None:
                continue  # what lies in no area is a matter of everybody
            on_duty = {f"/{who}" for who in connection.scalars(_ON_DUTY, {"at": row.set_at})}
            if on_duty and row.contact not in on_duty:
                raise Violation(f"{row.contact} is told of {row.alert_id}, and on duty is {min(on_duty)}")

    def _check_leases(self, before: Snapshot) -> None:
        """Only who holds a notice may settle it, and nobody else may claim it before its lease ends."""
        actor, now = self._get_actor(), self._now()
        for old in before.waiting.values():
            if old.state != "leased" or old.lease_owner == actor:
                continue
            new = self.current.waiting.get(old.id)
            if new is not None and (new.state, new.lease_owner) == ("leased", old.lease_owner):
                continue
            was_over = old.lease_until <= now or old.set_at > now + TOLERANCE_MS
            if new is None or new.state != "leased":
                raise Violation(f"{actor} settled {old.id}, which {old.lease_owner} holds")
            if not was_over:
                raise Violation(f"{actor} claimed {old.id}, which {old.lease_owner} holds")


def _name_receiver(notice: Leased) -> tuple[Any, ...]:
    return (notice.alert_id, notice.contact, notice.channel_kind, notice.channel_index)


def _read(connection: Connection, before: Snapshot, changed: frozenset[str]) -> Snapshot:
    """Read the street as it stands now; of tables that were not changed it is as before."""

    def read(tables: set[str], query: TextClause, key: str, known: dict[Any, Any]) -> dict[Any, Any]:
        return {getattr(row, key): row for row in connection.execute(query)} if tables & changed else known

    return Snapshot(
        read({"alert"}, _ALERTS, "id", before.alerts),
        read({"deadline"}, _DEADLINES, "alert_id", before.deadlines),
        read({"visit", "alert"}, _VISITS, "id", before.visits),
        read({"outbox"}, _WAITING, "id", before.waiting),
        read({"held_edge", "silence"}, _HELD, "pair", before.held),
        read({"follow_up"}, _FOLLOW_UPS, "alert_id", before.follow_ups),
        read({"circuit"}, _CIRCUITS, "provider", before.circuits),
    )
