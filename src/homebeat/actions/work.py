"""What an action works with: its transaction, who acts, when; and the steps that several actions share."""

from __future__ import annotations

from dataclasses import dataclass

from homebeat.domain.actor import Actor
from homebeat.domain.alert import Alert, Transition
from homebeat.domain.errors import NotFound, StaleVersion
from homebeat.domain.ids import AlertId
from homebeat.domain.principal import Principal
from homebeat.response.notify import notify_recipients
from homebeat.store import UnitOfWork
from homebeat.store.alert.writes import AlertWrites


@dataclass(frozen=True, slots=True)
class Work:
    """One action on its way.

    Attributes:
        now: By the database's clock, epoch ms.
        link_base: What links in notices begin with.
    """

    tx: UnitOfWork
    principal: Principal
    now: int
    link_base: str = ""

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
        check_version(alert, version)
        return alert

    def write_step(self, alert: Alert, step: Transition) -> None:
        """Write a step that nobody outside the desk hears of."""
        self.alerts.apply(alert, step)

    def write_step_and_notify(self, alert: Alert, step: Transition) -> None:
        """Write a step, with a notice to everybody who was notified of the alert before."""
        if self.alerts.apply(alert, step):
            notices = notify_recipients(self.tx.outbox.find_recipients(alert.id), alert, step, self.link_base)
            self.tx.outbox.add(notices, self.now)


def check_version(alert: Alert, version: int | None) -> None:
    """Make sure that an alert is still the one that the actor saw; `version` None does not mind.

    Raises:
        StaleVersion: It has moved on since.
    """
    if version is not None and version != alert.version:
        raise StaleVersion(f"this alert is at version {alert.version} by now, not {version}: look at it again")
