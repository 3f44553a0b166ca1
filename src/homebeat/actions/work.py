"""What an action works with: its transaction, who acts, when; and the steps that several actions share."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from homebeat.actions.receivers import load_places
from homebeat.domain.actor import Actor
from homebeat.domain.alert import Alert, Transition, TransitionKind
from homebeat.domain.errors import NotFound, StaleVersion
from homebeat.domain.ids import AlertId, ContactId
from homebeat.domain.principal import Principal
from homebeat.domain.response_plan import get_unhurried
from homebeat.response.advance import choose_plan
from homebeat.response.deadline import follow_step, needs_deadline
from homebeat.response.notify import notify_recipients
from homebeat.response.receivers import get_place
from homebeat.response.setup import PLAIN, ResponseSetup
from homebeat.store import UnitOfWork
from homebeat.store.alert.writes import AlertWrites


@dataclass(frozen=True, slots=True)
class Work:
    """One action on its way.

    Attributes:
        now: By the database's clock, epoch ms.
        setup: The response plans, and what links in notices begin with.
    """

    tx: UnitOfWork
    principal: Principal
    now: int
    setup: ResponseSetup = PLAIN

    @property
    def actor(self) -> Actor:
        """Who acts, as histories name them."""
        return self.principal.actor

    @property
    def alerts(self) -> AlertWrites:
        """Writes the steps of alerts."""
        return AlertWrites(self.tx)

    def load_alert(self, alert_id: AlertId, version: int | None) -> Alert:
        """An alert as it stands; it stays so until the transaction ends.

        Args:
            alert_id: Which one.
            version: The one that the actor saw; None does not mind.

        Raises:
            NotFound: There is none.
            StaleVersion: It has moved on since `version`.
        """
        alert = self.tx.alerts.get(alert_id)
        if alert is None:
            raise NotFound("there is no such alert")
        self.check_version(alert, version)
        return alert

    def check_version(
        self, alert: Alert, version: int | None, harmless: frozenset[TransitionKind] = frozenset({TransitionKind.ESCALATED})
    ) -> None:
        """Make sure that an alert is still the one that the actor saw.

        Args:
            alert: As it is now.
            version: The one that the actor saw; None does not mind.
            harmless: What may have happened since without a change for them. That nobody had answered, and the next was
                notified, changes nothing for whoever answers now.

        Raises:
            StaleVersion: It has moved on since.
        """
        if version is None or version == alert.version:
            return
        is_known = 0 < version < alert.version
        since = self.tx.alerts.list_kinds_since(alert.id, version) if is_known else []
        if not is_known or set(since) - harmless:
            raise StaleVersion(f"this alert is at version {alert.version} by now, not {version}: look at it again")

    def write_step(self, alert: Alert, step: Transition) -> bool:
        """Write a step that nobody outside the desk hears of, and until when somebody has to answer now.

        Returns:
            Whether it was new.
        """
        is_new = self.alerts.apply(alert, step)
        if is_new:
            self._follow_deadline(alert, step)
        return is_new

    def write_step_and_notify(self, alert: Alert, step: Transition, visitors: Container[ContactId] = ()) -> None:
        """Write a step, with a notice to everybody who was notified of the alert before; see `notify_recipients`."""
        if self.write_step(alert, step):
            recipients = self.tx.outbox.find_recipients(alert.id)
            notices = notify_recipients(recipients, alert, step, self.setup.link_base, visitors)
            self.tx.outbox.add(notices, self.now)

    def _follow_deadline(self, alert: Alert, step: Transition) -> None:
        standing = self.tx.deadlines.find([alert.id]).get(alert.id)
        plan = get_unhurried(alert.priority)
        if standing is None and needs_deadline(alert):
            place = load_places(self.tx, [alert.subject])[get_place(alert.subject)]
            plan = choose_plan(alert, place, self.setup.book)
        after = follow_step(standing, alert, step, plan, self.setup.book, self.now)
        if after != standing:
            self.tx.deadlines.follow({alert.id: after}, self.now)
