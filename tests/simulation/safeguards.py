"""The safeguards of the product, each with a way to switch it off. A simulation that does not notice that is worth nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select

from homebeat.actions import shelve, silencing
from homebeat.actions.work import Work
from homebeat.deliver.outbox import StoreOutbox
from homebeat.deliver.platform_lane import PlatformLane
from homebeat.domain import silence
from homebeat.domain.alert import Alert
from homebeat.domain.event import AlertEvent
from homebeat.domain.ids import AlertId
from homebeat.domain.response_plan import Deadline
from homebeat.response import notify, standby
from homebeat.store import Attempt, OutboxState, PlatformPlace
from homebeat.store.alert import tables as alert_tables
from homebeat.store.alert.deadlines import Deadlines
from homebeat.store.alert.rows import read_alert_row
from homebeat.store.alert.visits import Visits
from homebeat.store.notice import reads, writes
from homebeat.store.notice import tables as notice_tables
from homebeat.store.notice.writes import Outbox
from homebeat.store.operation.tenure import Tenures

_settle: Final = Outbox.settle


def _do_nothing(*_args: Any, **_more: Any) -> None:
    return None


def _settle_for_anybody(self: Outbox, notice_id: str, owner: str, attempt: Attempt) -> OutboxState | None:
    table = notice_tables.outbox
    holder = self._connection.scalar(select(table.c.lease_owner).where(table.c.id == notice_id))
    return _settle(self, notice_id, holder or owner, attempt)


def _trust_what_was_found(self: Deadlines, alerts: Iterable[AlertId], now: int) -> dict[AlertId, tuple[Alert, Deadline]]:
    table = alert_tables.alert
    rows = self._connection.execute(select(table).where(table.c.id.in_(list(alerts)))).mappings().all()
    found = self.find(alerts)
    return {AlertId(row["id"]): (read_alert_row(row), found[AlertId(row["id"])]) for row in rows if row["id"] in found}


def _take_as_sent(_self: PlatformLane, place: PlatformPlace, event: AlertEvent, _answer: object) -> PlatformPlace:
    return replace(place, position=event.number, attempts=0, failing_since=None)


#: Whoever asks whether something can be silenced.
_SILENCING: Final = (shelve, silencing, silence)
#: What is switched off: of which classes or modules, which function, what is put in its place, and what the simulation then says.
SAFEGUARDS: Final[dict[str, tuple[tuple[object, ...], str, object, str]]] = {
    "a deadline is read again before it is followed": ((Deadlines,), "lock_due", _trust_what_was_found, "nothing had run out"),
    "only who holds a notice settles it": ((Outbox,), "settle", _settle_for_anybody, "settled"),
    "a step sets the deadline": ((Work,), "_follow_deadline", _do_nothing, "deadline"),
    "closing ends the visits": ((Visits,), "end_all", _do_nothing, "still expected at the door"),
    "nobody acts on a version that has moved on": ((Work,), "check_version", _do_nothing, "had not seen"),
    "a watch that was taken over writes nothing": ((Tenures,), "renew", _do_nothing, "has taken over"),
    "nobody hears of the beginning after the end": ((StoreOutbox,), "find_needless", lambda *_: "", "after a later message"),
    "notices go into the outbox": ((Outbox,), "add", _do_nothing, "nobody was told"),
    "quiet hours put off what can wait": ((reads, writes), "find_quiet_ends", lambda *_: {}, "in quiet hours"),
    "a provider whose circuit is open is relieved": ((standby,), "is_relieved", lambda *_: False, "its work goes to others"),
    "a person's channels have their turns": ((notify,), "goes_over_all", lambda *_: True, "over all channels at once"),
    "what the city does not take is sent again": ((PlatformLane,), "_judge", _take_as_sent, "the city has not got"),
    "no silence holds a call for help": (_SILENCING, "can_be_silenced", lambda *_: True, "may need help now"),
}


@contextmanager
def switch_off(safeguard: str) -> Iterator[str]:
    """Switch a safeguard off for a while; gives a part of what must be found then."""
    where, name, instead, finding = SAFEGUARDS[safeguard]
    kept = [getattr(owner, name) for owner in where]
    for owner in where:
        setattr(owner, name, instead)
    try:
        yield finding
    finally:
        for owner, before in zip(where, kept, strict=True):
            setattr(owner, name, before)
