"""Take an alert, or a whole case: from now on the actor answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from homebeat.actions.perform import Record, record_alert
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Answer, TransitionKind, acknowledge
from homebeat.domain.errors import StaleVersion
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation

#: Whoever takes an alert takes it whatever the family has said meanwhile: they see it then.
_HARMLESS: Final = frozenset({TransitionKind.ESCALATED, TransitionKind.REPLIED})


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Take an alert, and what else of the same case was shown with it.

    1. Load the alert, with the others locked in the order of their ids. Where the actor has it already, it stays as it is.
    2. Refuse where it has moved on since `version`, or somebody else has it, or it is resolved.
    3. Write the step. Nobody outside the desk is notified.
    4. Take each of `others` that is about the same resident, waits at the same desk, and still is as it was shown. What has
       moved on since, as an alert that became more urgent, stays where it is: nobody takes what they have not seen.

    Attributes:
        others: The versions that were shown of the other alerts of the case.
    """

    name: ClassVar = "acknowledge"
    operation: ClassVar = Operation.ANSWER

    alert_id: AlertId
    version: int | None = None
    note: str = ""
    others: Mapping[AlertId, int] = field(default_factory=dict)

    def run(self, work: Work) -> Alert:
        """Returns the alert as it is now."""
        found = {alert_id: work.tx.alerts.get(alert_id) for alert_id in sorted({self.alert_id, *self.others})}
        before = found[self.alert_id] or work.load_alert(self.alert_id, None)
        after = before
        if before.answer is not Answer.ACKNOWLEDGED or before.owner != str(work.actor):
            work.check_version(before, self.version, _HARMLESS)
            after = self._take(work, before)
        for alert in found.values():
            if alert is not None and alert.id != before.id and self._is_with(work, alert, before):
                self._take(work, alert)
        return after

    def _take(self, work: Work, before: Alert) -> Alert:
        after, step = acknowledge(before, work.now, str(work.actor), self.note)
        work.write_step(after, step)
        return after

    def _is_with(self, work: Work, alert: Alert, leading: Alert) -> bool:
        resident = leading.subject.resident
        if resident is None or alert.subject.resident != resident or alert.queue is not leading.queue:
            return False
        try:
            work.check_version(alert, self.others[alert.id], _HARMLESS)
        except StaleVersion:
            return False
        return alert.answer is Answer.UNACKNOWLEDGED

    def record(self, result: Alert) -> Record:
        """The alert, the version that it has now, and of how many others of the case it was asked."""
        return record_alert(result, others=len(self.others)) if self.others else record_alert(result)
