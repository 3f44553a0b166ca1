"""What comes after: families are asked whether somebody came, and providers that did not come lose their work for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.store import Leased
from tests.simulation.street import PROVIDER, ZONE_MS
from tests.simulation.violation import Violation
from tests.simulation.waits import CALLS, Waits

if TYPE_CHECKING:
    from tests.simulation.invariants import Snapshot

#: With these a plan tells somebody of an alert.
TOLD_BY_PLAN: Final = frozenset({"alert.opened", "alert.reminder"})
#: With this somebody at the desk sends somebody to the door.
_SENT: Final = "visit.assigned"
_ASKED: Final = "alert.follow_up"
#: Nobody is asked before or after, by the wall clock of the street.
_ASKED_FROM_MS, _ASKED_TO_MS = 9 * HOUR_MS, 20 * HOUR_MS
#: A follow-up that is due is asked within this time, and given up within it at its end.
_LATE_MS: Final = 5 * HOUR_MS


class Afterwards:
    """Checks that after each commit, and at each message.

    Args:
        waits: Knows whether the clock has been set lately.
        now: The clock of the database, which may step; epoch ms.
        read_wall: The time that really has passed; epoch ms.
    """

    def __init__(self, waits: Waits, now: Callable[[], int], read_wall: Callable[[], int]) -> None:
        self._waits, self._now, self._read_wall = waits, now, read_wall
        self._questions: dict[tuple[Any, ...], str] = {}
        self._due_since: dict[str, int] = {}
        self.counts = {"asked": 0, "said afterwards": 0, "circuits opened": 0}

    def check(self, before: Snapshot, after: Snapshot) -> None:
        """Look at follow-ups and circuits after a commit.

        Raises:
            Violation: Somebody is asked twice, or never; or gets work that others have by now.
        """
        if after.follow_ups is not before.follow_ups:
            for alert, row in after.follow_ups.items():
                self._check_follow_up(before.follow_ups.get(alert), row)
        for alert, row in after.follow_ups.items():
            self._check_asked(alert, row)
        for row in (one for ident, one in after.waiting.items() if ident not in before.waiting):
            if row.event in TOLD_BY_PLAN or row.event == _SENT:
                self._check_work(row, before)
            if row.event in TOLD_BY_PLAN:
                self._check_way(row, after)
        if after.circuits is not before.circuits:
            self.counts["circuits opened"] += _is_open(after) and not _is_open(before)

    def note_sent(self, notice: Leased) -> None:
        """A message is on its way: of one case somebody is asked once."""
        if notice.event == _ASKED:
            key = notice.alert_id, notice.contact, notice.channel_kind, notice.channel_index
            if self._questions.setdefault(key, notice.id) != notice.id:
                raise Violation(f"{notice.contact} is asked twice about {notice.alert_id}")

    def check_rest(self, stands: Snapshot) -> None:
        """Make sure that no follow-up was forgotten."""
        for alert, row in stands.follow_ups.items():
            if row.state == "waiting" and row.ends_at + _LATE_MS < self._now():
                raise Violation(f"the follow-up of {alert} waits for ever")

    def _check_work(self, row: Any, before: Snapshot) -> None:
        """To whom a plan goes, and whom somebody sends."""
        circuit = before.circuits.get(PROVIDER)
        if row.contact == f"/{PROVIDER}" and circuit is not None and circuit.state == "open":
            raise Violation(f"{PROVIDER} is told of {row.alert_id}, and its work goes to others")

    def _check_way(self, row: Any, after: Snapshot) -> None:
        """Over which channels a plan goes."""
        is_urgent = row.priority_rank == 0 or after.alerts[row.alert_id].rule in CALLS
        if row.channel_index and not row.place and not is_urgent:
            raise Violation(f"{row.contact} is told of {row.alert_id} over all channels at once")

    def _check_follow_up(self, was: Any, row: Any) -> None:
        """How a follow-up has changed."""
        if row.asked_at is not None and (was is None or was.asked_at is None):
            self.counts["asked"] += row.asked > 0
            if row.asked_at < row.due_at:
                raise Violation(f"the follow-up of {row.alert_id} was asked before it was due")
        if was is not None and was.asked_at is not None and row.asked_at != was.asked_at:
            raise Violation(f"the follow-up of {row.alert_id} was asked twice")
        if was is not None and was.answer is not None and row.answer != was.answer:
            raise Violation(f"the answer about {row.alert_id} has changed")
        if row.answer is not None and (was is None or was.answer is None):
            self.counts["said afterwards"] += 1
            if (row.answer == "good") != (row.complaint is None):
                raise Violation(f"of {row.alert_id} it was said: {row.answer}, and the complaint is {row.complaint}")
        if was is None and not _ASKED_FROM_MS <= (row.due_at + ZONE_MS) % DAY_MS < _ASKED_TO_MS:
            raise Violation(f"the follow-up of {row.alert_id} is due at night")

    def _check_asked(self, alert: str, row: Any) -> None:
        if row.asked_at is not None or row.state != "waiting" or row.due_at > self._now() + TOLERANCE_MS:
            self._due_since.pop(alert, None)
        elif self._read_wall() - self._due_since.setdefault(alert, self._read_wall()) > _LATE_MS:
            raise Violation(f"the follow-up of {alert} is due, and nobody is asked")


def _is_open(stands: Snapshot) -> bool:
    return any(one.state == "open" for one in stands.circuits.values())
