"""Writes to whoever's shifts an action has changed."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final

from homebeat.domain.channel import SMS, VOICE
from homebeat.domain.contact_id import make_responder_contact
from homebeat.domain.notice import Notice
from homebeat.domain.shift_news import SHIFTS_CHANGED, ShiftNews, find_shift_news
from homebeat.response.channel_order import order_channels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.actions.work import Work
    from homebeat.domain.ids import ResponderId, RotaId
    from homebeat.domain.rota import Shift

#: Their templates speak of somebody who may need help: nothing else can be said that way.
_ONLY_ALERTS: Final = frozenset({SMS, VOICE})
_USUAL_ZONE: Final = "Asia/Shanghai"


def read_shifts(work: Work, rotas: Iterable[RotaId]) -> list[Shift]:
    """Read the shifts of these rotas from now on: before an action changes them, for `write_shift_news` after it."""
    return work.tx.rotas.find_shifts(rotas, work.now)


def write_shift_news(work: Work, rotas: Iterable[RotaId], before: list[Shift]) -> int:
    """Write one message to each person whose shifts are others than `before`, over their own channels, one after the other.

    Args:
        work: Of the action that changes them.
        rotas: Of which `before` was read. A rota that is new is none of them: it would be news of weeks for everybody.
        before: Their shifts before the action changed them.

    Returns:
        To how many.
    """
    after = read_shifts(work, rotas)
    news = find_shift_news(before, after, work.now)
    if not news:
        return 0
    zones = {entry.rota.id: entry.rota.timezone for entry in work.tx.rotas.list_rotas(since=work.now)}
    used = Counter((shift.who, zones[shift.rota]) for shift in (*before, *after) if shift.rota in zones)
    usual = {who: zone for (who, zone), _ in reversed(used.most_common())}
    ways = work.tx.outbox.find_ways(make_responder_contact(who) for who in news)
    notices: list[Notice] = []
    for who, changed in news.items():
        contact = make_responder_contact(who)
        theirs = [way for way in ways.get(contact, ()) if way[1] not in _ONLY_ALERTS]
        payload, cause = changed.make_payload(usual.get(who, _USUAL_ZONE)), _name_cause(work.now, who, changed)
        notices += [
            Notice(None, *turn.way, SHIFTS_CHANGED, work.now, payload, cause, turn.place, turn.after_ms)
            for turn in order_channels(theirs, work.setup.book.next_channel_after, at_once=False)
        ]
    work.tx.outbox.add(notices, work.now)
    return len({notice.contact for notice in notices})


def _name_cause(now: int, who: ResponderId, news: ShiftNews) -> str:
    return hashlib.sha256(f"shifts {now} {who} {news.gained} {news.lost}".encode()).hexdigest()
