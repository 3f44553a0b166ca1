"""What people do to an alert: each act is one store transaction, decided on the version that the person saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from homebeat.api.problem import StaleVersion
from homebeat.domain.alert import Alert, Outcome, Transition, acknowledged, noted, resolved
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.notice import Notice
from homebeat.store import Store, UnitOfWork

Told = tuple[ContactId, str, int]
#: Decides whom to tell that an alert is closed: (alert after it, the step, who was told of it) -> notices.
Closing = Callable[[Alert, Transition, Sequence[Told]], Sequence[Notice]]


def tell_those_told(alert: Alert, step: Transition, told: Sequence[Told]) -> Sequence[Notice]:
    """Whoever was told that somebody may need help is told that it is answered; thin, without the outcome."""
    payload = {"alert_id": alert.id, "rule": alert.rule, "priority": alert.priority.value}
    return [Notice(alert.id, who, kind, index, "alert.resolved", step.at, payload, step.key) for who, kind, index in told]


class Actions:
    """Acknowledge, resolve and note, for the API and the console alike.

    Args:
        clock: Epoch ms UTC.
        closing: Decides the notices that go with a closed alert; they are committed with it.
    """

    def __init__(self, store: Store, clock: Callable[[], int], closing: Closing = tell_those_told) -> None:
        self._store = store
        self._clock = clock
        self._closing = closing

    def acknowledge(self, alert_id: AlertId, actor: str, *, version: int | None = None, note: str = "") -> Alert:
        """Take the alert: `actor` answers for it from now on. Taking what one already has changes nothing.

        Raises:
            NotFound: There is no such alert.
            StaleVersion: It moved on since `version`.
            NotAllowed: Somebody else has it, or it is resolved.
        """
        with self._store.begin() as tx:
            before = _current(tx, alert_id)
            if before.owner == actor and before.acknowledged_at is not None and before.resolved_at is None:
                return before
            _check(before, version)
            after, step = acknowledged(before, self._clock(), actor, note)
            tx.alerts.apply(after, step)
        return after

    def resolve(self, alert_id: AlertId, actor: str, outcome: Outcome, *, version: int | None = None, note: str = "") -> Alert:
        """Close the alert with what was found, and tell those who were told of it.

        Raises:
            NotFound: There is no such alert.
            StaleVersion: It moved on since `version`.
            NotAllowed: It is resolved already.
        """
        with self._store.begin() as tx:
            before = _current(tx, alert_id)
            _check(before, version)
            after, step = resolved(before, self._clock(), actor, outcome, note)
            if tx.alerts.apply(after, step):
                tx.outbox.add(self._closing(after, step, tx.outbox.told(alert_id)))
        return after

    def note(self, alert_id: AlertId, actor: str, note: str, *, version: int | None = None) -> Alert:
        """Add a remark; allowed at any time, also after closing.

        Raises:
            NotFound: There is no such alert.
            StaleVersion: It moved on since `version`.
        """
        with self._store.begin() as tx:
            before = _current(tx, alert_id)
            _check(before, version)
            after, step = noted(before, self._clock(), actor, note)
            tx.alerts.apply(after, step)
        return after


def _current(tx: UnitOfWork, alert_id: AlertId) -> Alert:
    alert = tx.alerts.get(alert_id)
    if alert is None:
        raise NotFound("there is no such alert")
    return alert


def _check(alert: Alert, version: int | None) -> None:
    if version is not None and version != alert.version:
        raise StaleVersion(f"this alert is at version {alert.version} by now, not {version}: look at it again")
