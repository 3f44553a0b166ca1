"""What people do to an alert or for a resident: each act is one store transaction, decided on the version that they saw."""

from __future__ import annotations

from collections.abc import Callable

from homebeat.api.problem import StaleVersion
from homebeat.api.teaching import teaches
from homebeat.domain.alert import Alert, Outcome, Transition, acknowledged, noted, released, resolved, returned
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.ids import AlertId, ResidentId
from homebeat.response.tell import notices_to
from homebeat.store import Store, UnitOfWork


class Actions:
    """Take, give back, close, reopen and remark, for the API and the console alike.

    Args:
        clock: Epoch ms UTC.
        link_base: What links in notices begin with.
    """

    def __init__(self, store: Store, clock: Callable[[], int], link_base: str = "") -> None:
        self._store = store
        self._clock = clock
        self._link_base = link_base

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

        What was found may say that the quiet was not this person's own: then it is not learned from.

        Raises:
            NotFound: There is no such alert.
            StaleVersion: It moved on since `version`.
            NotAllowed: It is resolved already.
        """
        with self._store.begin() as tx:
            before = _current(tx, alert_id)
            _check(before, version)
            after, step = resolved(before, self._clock(), actor, outcome, note)
            self._told(tx, after, step)
            if teaches(after):
                tx.spans.teach(after, outcome, step.at)
        return after

    def release(self, alert_id: AlertId, actor: str, *, version: int | None = None, note: str = "") -> Alert:
        """Give an alert that one has taken back to the queue.

        Raises:
            NotFound: There is no such alert.
            StaleVersion: It moved on since `version`.
            NotAllowed: `actor` does not have it.
        """
        with self._store.begin() as tx:
            before = _current(tx, alert_id)
            _check(before, version)
            after, step = released(before, self._clock(), actor, note)
            tx.alerts.apply(after, step)
        return after

    def reopen(self, alert_id: AlertId, actor: str, *, version: int | None = None, note: str = "") -> Alert:
        """Take back that one closed the alert a moment ago, with what it taught, and tell those who were told of it.

        Raises:
            NotFound: There is no such alert.
            StaleVersion: It moved on since `version`.
            NotAllowed: It is not closed, somebody else closed it, it is too late, or another alert has been opened for the
                same cause since.
        """
        with self._store.begin() as tx:
            before = _current(tx, alert_id)
            _check(before, version)
            after, step = returned(before, self._clock(), actor, note)
            if tx.alerts.standing([(before.rule, before.subject.key)]):
                raise NotAllowed("another alert has been opened for the same cause since")
            self._told(tx, after, step)
            tx.spans.take_back(after, step.at)
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

    def choose(self, resident: ResidentId, budget: float | None, actor: str, *, version: int | None = None) -> bool:
        """Accept so many false alarms a month for a resident; None leaves it to the settings again.

        Returns:
            Whether that is not what was in force already.

        Raises:
            NotFound: There is no such resident.
            StaleVersion: Somebody has chosen since `version`.
        """
        try:
            with self._store.begin() as tx:
                return tx.learned.choose(resident, budget, actor, self._clock(), version)
        except NotAllowed as error:
            raise StaleVersion(str(error)) from None

    def _told(self, tx: UnitOfWork, alert: Alert, step: Transition) -> None:
        """Write a step, with the notices to those who were told of the alert."""
        if tx.alerts.apply(alert, step):
            tx.outbox.add(notices_to(tx.outbox.told(alert.id), alert, step, self._link_base), self._clock())


def _current(tx: UnitOfWork, alert_id: AlertId) -> Alert:
    alert = tx.alerts.get(alert_id)
    if alert is None:
        raise NotFound("there is no such alert")
    return alert


def _check(alert: Alert, version: int | None) -> None:
    if version is not None and version != alert.version:
        raise StaleVersion(f"this alert is at version {alert.version} by now, not {version}: look at it again")
