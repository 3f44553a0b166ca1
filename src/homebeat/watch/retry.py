"""Tries messages from quarantine again when somebody has asked for it (`homebeat quarantine retry`).

The watch takes them in itself, in a tick like any other: it alone writes the log, so what is in the log has been judged, and its
edges were committed with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np

from homebeat.codecs.catalogue import find_device
from homebeat.codecs.wire import Limits, Mark
from homebeat.domain.inbound import Extra, Message, QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import Intake, MessageOutcome
from homebeat.store import QuarantineEntry, UnitOfWork
from homebeat.stream.batch import EMPTY, I32, Batch
from homebeat.stream.features.alarms import is_alarm
from homebeat.watch.enrolment import Enrolment

#: How many messages are tried again in one tick.
AT_A_TIME: Final = 500


@dataclass(frozen=True, slots=True)
class Retried:
    """The result of trying messages again.

    Attributes:
        batch: The readings that can be used now. They arrive now; their event times stay.
        used: Ids of the messages that could be used, with the outcome.
        refused: Ids of those that still cannot be used. They stay in quarantine, and somebody may ask for them again.
        apart: Tries each of them alone, where the database refuses all of them together.
        devices: Devices that nobody had registered when the message came, and that can be read now.
        withheld: How many readings were left out because a resident withdrew consent to them.
    """

    batch: Batch = EMPTY
    extras: Sequence[Extra] = ()
    used: Sequence[tuple[int, str]] = ()
    refused: Sequence[int] = ()
    apart: Sequence[Callable[[], Retried]] = ()
    devices: Sequence[str] = ()
    withheld: int = 0

    def __bool__(self) -> bool:
        """Whether any message was tried."""
        return bool(self.used or self.refused)

    def write(self, tx: UnitOfWork, numbers: I32, now: int) -> None:
        """Write them. The messages were delivered before, so the ledger counts only their readings."""
        appended = tx.readings.append(self.batch, numbers)
        tx.extras.add(self.extras)
        for entry, outcome in self.used:
            tx.quarantine.note_retry(entry, now, outcome)
        tx.quarantine.withdraw_requests(self.refused)
        tx.ledger.add(
            readings_accepted=appended.accepted,
            readings_duplicate=len(self.batch) - appended.accepted,
            readings_withheld=self.withheld,
        )


NOTHING: Final = Retried()


def try_again(entries: Sequence[QuarantineEntry], enrolment: Enrolment, limits: Limits, arrived_at: int) -> Retried:
    """Read messages again, with the present registry.

    Args:
        entries: Messages from quarantine.
        enrolment: The present registry.
        limits: Limits of size and time.
        arrived_at: When their readings enter the log, epoch ms.
    """
    entries = sorted(entries, key=lambda entry: (entry.received_at, entry.id))
    # what is judged about a message's times is judged by its own arrival
    messages = [Message(e.topic, e.payload, e.received_at, retained=e.reason is QuarantineReason.RETAINED) for e in entries]
    intake = enrolment.read(messages, limits)
    was_partial = np.array([entry.partial for entry in entries], np.bool_)[intake.message_of]
    # an alarm that stands at its arrival was raised when it arrived; read again it would be another one
    again = was_partial & is_alarm(intake.batch) & (intake.batch.mark & np.uint8(Mark.UNTIMED) != 0)
    batch = intake.batch.take(np.flatnonzero(~again & (intake.batch.metric != Metric.ALARM_UNREADABLE)))
    outcomes = list(zip((e.id for e in entries), intake.outcomes, strict=True))
    return Retried(
        replace(batch, received_at=np.full(len(batch), arrived_at, np.int64)),
        intake.extras,
        [(i, outcome.name.lower()) for i, outcome in outcomes if outcome is not MessageOutcome.QUARANTINED],
        [i for i, outcome in outcomes if outcome is MessageOutcome.QUARANTINED],
        [partial(try_again, [entry], enrolment, limits, arrived_at) for entry in entries],
        _find_known_now(entries, intake, enrolment),
        intake.withheld,
    )


def _find_known_now(entries: Sequence[QuarantineEntry], intake: Intake, enrolment: Enrolment) -> list[str]:
    """Find the devices that nobody had registered when these messages came, and that can be read now.

    A topic of our own names its device. Other messages name their devices themselves: of these, each that gave a reading counts.
    """
    is_known_now = [
        entry.reason is QuarantineReason.UNKNOWN_DEVICE and outcome is not MessageOutcome.QUARANTINED
        for entry, outcome in zip(entries, intake.outcomes, strict=True)
    ]
    named = {find_device(entry.topic) for entry, known in zip(entries, is_known_now, strict=True) if known}
    rows = set(intake.batch.device[np.array(is_known_now, np.bool_)[intake.message_of]].tolist())
    if rows:
        named |= {device for device, row in enrolment.rows.items() if row in rows}
    return sorted(filter(None, named))
