"""Note that a device on which a resident was asked has answered. That is no answer of anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Answer, Condition, Reason, add_note
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.ids import DeviceId
from homebeat.domain.message_proof import MessageProof, ProviderReceipt
from homebeat.domain.role import Operation

#: What the history says, by the kind of the device.
_REASONS: Final = {DeviceKind.LAMP: "asked_lamp", DeviceKind.SIREN: "asked_siren"}


@dataclass(frozen=True, slots=True)
class NoteEcho:
    """Note what a device has answered.

    1. Keep it with the attempt that it is about, once however often it comes.
    2. Where the question still stands, a line in the alert's history says when the device answered, and what that shows. The
       plan and its deadline stay as they are: a device that does what it is told says nothing of a person.

    Attributes:
        notice: The id of the notice with the question.
    """

    name: ClassVar = "note_echo"
    operation: ClassVar = Operation.ENTER_RECEIPTS

    notice: str

    def run(self, work: Work) -> bool | None:
        """Returns whether it is new; None where no attempt at this notice is stored yet."""
        # asked first: an attempt that another transaction stores meanwhile is one to come back for, not one that was answered
        is_stored = work.tx.arrivals.has(self.notice)
        notice = work.tx.arrivals.enter(ProviderReceipt(self.notice, MessageProof.ECHOED), work.now)
        if notice is None:
            return False if is_stored else None
        alert = None if notice.alert_id is None else work.tx.alerts.get(notice.alert_id)
        code = _REASONS.get(work.tx.fleet.find_device_kind(DeviceId(notice.contact)) or DeviceKind.OTHER)
        if alert is not None and code is not None and _still_asks(alert):
            reason = Reason(code, {"device": notice.contact, "echoed_at": work.now})
            work.write_step(*add_note(alert, work.now, str(work.actor), "", reason))
        return True

    def record(self, result: bool | None) -> Record | None:  # noqa: FBT001 -- what `run` returned
        """The notice; None where nothing is new."""
        return Record("", {"notice": self.notice}) if result else None


def _still_asks(alert: Alert) -> bool:
    return alert.answer is not Answer.RESOLVED and alert.condition is Condition.FIRING
