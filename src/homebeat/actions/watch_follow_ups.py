"""Ask families whether somebody came in a closed case, and give up where nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Perform, Record
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert
from homebeat.domain.channel import VOICE
from homebeat.domain.contact_id import find_responder
from homebeat.domain.durations import DAY_MS
from homebeat.domain.follow_up import FOLLOW_UP_EVENT, FollowUp
from homebeat.domain.ids import AlertId, HouseholdId
from homebeat.domain.notice import Notice
from homebeat.domain.principal import make_service
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.response.channel_order import order_channels
from homebeat.response.notify import make_payload
from homebeat.store import Store

#: Who asks.
FOLLOW_UPS: Final = make_service("follow_ups")
#: How many at once: a street whose water was off closes many cases in an hour, and messages wait better than the database.
_MOST: Final = 100
#: A family is asked once in so long, however many cases of its home were closed.
_ASKED_AGAIN_MS: Final = DAY_MS


@dataclass(frozen=True, slots=True)
class FollowUpsWatched:
    """What has changed.

    Attributes:
        asked: How many follow-ups became due; the family was written to about those in `families`.
        unanswered: How many were given up.
    """

    asked: int
    families: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class WatchFollowUps:
    """Ask about the closed cases whose follow-up is due.

    1. Give up those that nobody has answered in their time. That is counted, and told to nobody.
    2. Of those that are due, write to the family: to whoever was notified of the alert and wants messages, once a day for each
       home. Where nobody can be written to, the desk asks: its list has them all.

    Doing it twice in a minute, or in two processes, changes nothing more.
    """

    name: ClassVar = "watch_follow_ups"
    operation: ClassVar = Operation.FOLLOW_UP

    def run(self, work: Work) -> FollowUpsWatched:
        """Returns what has changed."""
        over = work.tx.follow_ups.list_over(work.now, _MOST)
        work.tx.follow_ups.run_out(over)
        due = work.tx.follow_ups.list_unasked(work.now, _MOST)
        notices = self._write_all(work, due)
        asked = {alert: len({one.contact for one in those}) for alert, those in notices.items()}
        work.tx.outbox.add([one for those in notices.values() for one in those], work.now)
        work.tx.follow_ups.note_asked([(one.alert_id, asked.get(one.alert_id, 0)) for one in due], work.now)
        return FollowUpsWatched(len(due), sum(many > 0 for many in asked.values()), len(over))

    def record(self, result: FollowUpsWatched) -> Record | None:
        """How many became due, about how many the family was written to, and how many were given up; None where none was."""
        if not result.asked and not result.unanswered:
            return None
        return Record("", {"due": result.asked, "families": result.families, "unanswered": result.unanswered})

    def _write_all(self, work: Work, due: Sequence[FollowUp]) -> dict[AlertId, list[Notice]]:
        alerts = {alert.id: alert for one in due if (alert := work.tx.alerts.get(one.alert_id)) is not None}
        homes = {home for alert in alerts.values() if (home := alert.subject.household) is not None}
        asked: set[HouseholdId | None] = {*work.tx.follow_ups.find_asked_homes(homes, work.now - _ASKED_AGAIN_MS)}
        found: dict[AlertId, list[Notice]] = {}
        for alert in alerts.values():
            if alert.subject.household not in asked and (notices := _write_question(work, alert)):
                found[alert.id] = notices
                asked.add(alert.subject.household)
        return found


def _write_question(work: Work, alert: Alert) -> list[Notice]:
    """Write to those of the family who heard of the alert, over their channels one after the other.

    Nobody is called for it: the few calls that a provider lets through are for alerts. Whoever has no other channel is asked by
    the desk.
    """
    heard = {who for who, _, _ in work.tx.outbox.find_recipients(alert.id) if find_responder(who) is None}
    ways = work.tx.outbox.find_ways(sorted(heard))
    theirs = [way for of in ways.values() for way in of if way[1] != VOICE]
    payload = make_payload(alert, work.setup.link_base)
    return [
        Notice(
            alert.id, *turn.way, FOLLOW_UP_EVENT, work.now, payload, f"{FOLLOW_UP_EVENT}|{alert.id}", turn.place, turn.after_ms
        )
        for turn in order_channels(theirs, work.setup.book.next_channel_after, at_once=False)
    ]


def watch_follow_ups(store: Store, perform: Perform, now: int) -> None:
    """Ask about closed cases; a thread calls it once a minute. It looks before it writes.

    Raises:
        Unavailable: The database is away: the next minute tries again.
    """
    with store.read(EVERYTHING) as reader:
        needs = bool(reader.follow_ups.list_unasked(now, 1) or reader.follow_ups.list_over(now, 1))
    if needs:
        perform(FOLLOW_UPS, WatchFollowUps())
