"""Whoever's shifts change is written to: one message for each change-set, with the shifts, and none where nothing changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import pytest
from sqlalchemy import text

from homebeat.actions import GiveShift, SwapShifts, TakeLeave, WatchDuty
from homebeat.actions.swap_shifts import ShiftName
from homebeat.actions.watch_duty import DUTY
from homebeat.deliver import StoreOutbox
from homebeat.deliver.message import write_message
from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.domain.fleet import Channel, Responder
from homebeat.domain.ids import RotaId
from homebeat.domain.leave import Leave
from homebeat.domain.role import Role
from homebeat.domain.rota import Shift, ShiftPattern
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.shift_news import MOST_LISTED, find_shift_news, read_spans
from homebeat.store import AlertFilter, Attempt, Keep, Leased, Store
from tests.contract.actions.test_duty import ANN, BEN, BOSS, CAT, DAY, FLEET, MONDAY, NIGHT, ROTA, Office
from tests.people import person
from tests.webhook_bodies import check_notice

WEBHOOK: Final = Channel("webhook", {"url": "https://duty.example/hook"})
MAIL: Final = Channel("email", {"address": "duty@care.example"})
PHONE: Final = Channel("sms", {"phone": "139-0000-0001"})


def reach(who: Responder) -> Responder:
    """Ann is told by SMS alone, Ben over two channels in English, Cat over one."""
    ways = {ANN: (PHONE,), BEN: (PHONE, WEBHOOK, MAIL), CAT: (WEBHOOK,)}
    return replace(who, channels=ways.get(who.id, ()), language="en" if who.id == BEN else "zh-CN")


#: Of the week.
WEDNESDAY: Final = (MONDAY + 2 * DAY_MS, MONDAY + 3 * DAY_MS)


class Mail:
    """An office whose people have channels."""

    def __init__(self, store: Store) -> None:
        self.office = Office(store)
        with store.begin() as tx:
            tx.fleet.apply(replace(FLEET, responders=tuple(map(reach, FLEET.responders))), MONDAY)
        self.store, self.outbox = store, StoreOutbox(store, "here")

    def take(self) -> list[Leased]:
        """What leaves now; everything arrives."""
        now = self.office.clock()
        taken = self.outbox.claim(now, 100)
        for notice in taken:
            check_notice(notice)
            assert notice.alert_id is None
            assert self.outbox.find_needless(notice) == ""
            assert self.outbox.settle(notice, Attempt(now, 1, ok=True, status=204)) is not None
        return sorted(taken, key=lambda notice: notice.contact)


@pytest.fixture
def mail(store: Store) -> Mail:
    found = Mail(store)
    found.office.set(ROTA)
    found.take()
    return found


def spans(notice: Leased, name: str) -> Sequence[tuple[float, float]]:
    """In hours since Monday 00:00."""
    return [((begin - MONDAY) / HOUR_MS, (end - MONDAY) / HOUR_MS) for begin, end in read_spans(notice.payload, name)]


def test_a_shift_that_is_given_to_somebody_is_news_for_both(mail: Mail) -> None:
    mail.office.perform(BOSS, GiveShift(ROTA.id, date(2026, 3, 3), "night", CAT))
    ben, cat = mail.take()
    assert (ben.contact, ben.event, ben.channel_kind) == ("/ben", "shifts.changed", "webhook")
    assert (spans(ben, "lost"), spans(ben, "gained")) == ([(44, 56)], [])
    assert (cat.contact, spans(cat, "gained"), spans(cat, "lost")) == ("/cat", [(44, 56)], [])
    # the second channel of Ben was not needed
    mail.office.clock.now += HOUR_MS
    assert mail.take() == []


def test_it_is_written_by_day_and_hour_in_the_language_of_the_person(mail: Mail) -> None:
    mail.office.perform(BOSS, GiveShift(ROTA.id, date(2026, 3, 3), "night", CAT))
    ben, cat = (write_message(notice) for notice in mail.take())
    assert ben.text.splitlines()[:2] == ["homebeat: your shifts have changed.", "No longer yours: 3 Mar 20:00 to 4 Mar 08:00"]
    assert cat.text.splitlines()[:2] == ["homebeat：您的班次有变动。", "新增：3月3日 20:00至3月4日 08:00"]


def test_hours_are_those_of_the_rota_that_the_person_serves_in(mail: Mail) -> None:
    shifts = tuple(ShiftPattern(one.name, one.hours, (ANN,)) for one in ROTA.shifts)
    west = [replace(ROTA, id=RotaId(name), timezone="Asia/Urumqi", shifts=shifts) for name in ("west-1", "west-2")]
    mail.office.set(ROTA, *west)
    mail.take()
    mail.office.perform(BOSS, GiveShift(ROTA.id, date(2026, 3, 3), "night", CAT))
    assert {notice.payload["timezone"] for notice in mail.take()} == {"Asia/Shanghai"}


def test_a_shift_of_a_rota_that_nobody_was_left_in_is_news(mail: Mail) -> None:
    fleet = tuple(map(reach, FLEET.responders))
    with mail.store.begin() as tx:
        tx.fleet.apply(replace(FLEET, responders=tuple(one for one in fleet if one.id not in {ANN, BEN})), MONDAY + HOUR_MS)
    mail.office.perform(BOSS, GiveShift(ROTA.id, date(2026, 3, 3), "night", CAT))
    (cat,) = mail.take()
    assert (cat.contact, spans(cat, "gained")) == ("/cat", [(44, 56)])


def test_a_swap_is_one_message_for_each(mail: Mail) -> None:
    mail.office.perform(BOSS, GiveShift(ROTA.id, date(2026, 3, 3), "night", CAT))
    mail.take()
    first, second = ShiftName(ROTA.id, date(2026, 3, 3), "night"), ShiftName(ROTA.id, date(2026, 3, 5), "night")
    mail.office.perform(BOSS, SwapShifts(first, second))
    ben, cat = mail.take()
    assert (spans(ben, "gained"), spans(ben, "lost")) == ([(44, 56)], [(92, 104)])
    assert (spans(cat, "gained"), spans(cat, "lost")) == ([(92, 104)], [(44, 56)])


def test_leave_is_news_for_whoever_is_away_and_for_whoever_takes_the_shifts(mail: Mail) -> None:
    taken = mail.office.perform(person("zhou", Role.SUPERVISOR, "town"), TakeLeave(Leave(BEN, *WEDNESDAY)))
    assert [each.who for each in taken] == [CAT, CAT]
    ben, cat = mail.take()
    assert spans(ben, "lost") == spans(cat, "gained") == [(44, 56), (68, 80)]


def test_a_new_pattern_is_news_of_what_differs_and_the_same_one_is_none(mail: Mail) -> None:
    mail.office.set(ROTA)
    assert mail.take() == []
    cat_by_night = replace(ROTA, shifts=(ShiftPattern("day", DAY, (ANN,)), ShiftPattern("night", NIGHT, (CAT,))))
    mail.office.set(cat_by_night)
    ben, cat = mail.take()
    assert len(spans(ben, "lost")) == len(spans(cat, "gained")) == MOST_LISTED
    assert ben.payload["more"] == cat.payload["more"]
    assert "And 3" in write_message(ben).text


def test_weeks_that_are_written_ahead_are_no_change(mail: Mail) -> None:
    mail.office.clock.now += 35 * DAY_MS
    mail.office.perform(DUTY, WatchDuty())
    assert mail.take() == []
    mail.office.clock.now += 3 * DAY_MS
    mail.office.set(ROTA)
    assert mail.take() == []


def test_what_was_is_no_news_and_one_that_runs_counts_from_now_on() -> None:
    over = Shift(ROTA.id, date(2026, 3, 1), "night", MONDAY - 4 * HOUR_MS, MONDAY + 8 * HOUR_MS, BEN)
    now = MONDAY + 9 * HOUR_MS
    assert find_shift_news([over], [replace(over, who=CAT)], now) == {}
    runs = replace(over, ends_at=now + HOUR_MS)
    assert find_shift_news([runs], [replace(runs, starts_at=now)], now) == {}
    assert find_shift_news([runs], [], now)[BEN].lost == ((now, now + HOUR_MS),)


def test_one_that_cannot_be_delivered_opens_no_alert_and_is_forgotten_in_the_end(mail: Mail) -> None:
    mail.office.perform(BOSS, GiveShift(ROTA.id, date(2026, 3, 3), "night", CAT))
    now = mail.office.clock()
    for notice in mail.outbox.claim(now, 100):
        mail.outbox.settle(notice, Attempt(now, 1, ok=False, error="no answer"))
    with mail.store.read(EVERYTHING) as reader:
        assert reader.alerts.count(AlertFilter()) == 0
    later = now + 4_000 * DAY_MS
    with mail.store.begin() as tx:
        while tx.retention.prune(Keep(), later):
            pass
        assert tx.connection.scalar(text("SELECT count(*) FROM outbox WHERE state = 'dead'")) == 0


def test_a_stranger_to_the_rota_is_not_written_to(mail: Mail) -> None:
    mail.office.perform(BOSS, GiveShift(ROTA.id, date(2026, 3, 3), "night", None))
    assert {notice.contact for notice in mail.take()} == {"/ben"}
