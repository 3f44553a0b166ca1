"""Notes to contacts who want them: once a day, of what was seen, and never where anything speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import pytest
from sqlalchemy import text

from homebeat import actions
from homebeat.actions import Perform, write_family_notes
from homebeat.deliver import StoreOutbox
from homebeat.deliver.message import write_message
from homebeat.deliver.outbox import NOT_SO
from homebeat.domain.alert import Desk, Outcome, Priority
from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.family_note import DAILY, FAMILY_NOTES, NOTES_KEPT_MS, WEEKLY, SignsSeen
from homebeat.domain.fleet import Channel, Contact
from homebeat.domain.ids import ResidentId
from homebeat.domain.quiet_hours import QuietHours
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Attempt, Keep, Leased, ResidentState, Store
from tests.contract.response.street import Town, make_fleet, quiet
from tests.contract.store.conftest import T0
from tests.people import person
from tests.webhook_bodies import check_notice

#: The homes are in Shanghai, where T0 is eight in the morning of Thursday, 1 January 2026.
FIRST: Final = T0 - HOUR_MS - 8 * MINUTE_MS
MONDAY: Final = T0 + 4 * DAY_MS
HER: Final = ResidentId("h1-r")
CHEN: Final = person("chen", Role.DESK)


@dataclass
class Morning(Town):
    """The son wants notes; his mother agreed, and was up at 06:52."""

    def __post_init__(self) -> None:
        super().__post_init__()
        fleet = make_fleet()
        son = replace(fleet.households[0].contacts[0], wants_daily=True, wants_weekly=True)
        self.fleet = replace(fleet, households=(replace(fleet.households[0], contacts=(son,)), *fleet.households[1:]))
        self.enrol(son)
        self.agree(True)
        self.lives(FIRST)

    def enrol(self, *contacts: Contact) -> None:
        home = replace(self.fleet.households[0], contacts=contacts)
        with self.store.begin() as tx:
            tx.fleet.apply(replace(self.fleet, households=(home, *self.fleet.households[1:])), self.now)

    def agree(self, agreed: bool) -> None:
        with self.store.begin() as tx:
            tx.consents.add(ConsentDecision(HER, Purpose.FAMILY_VALUES, agreed, date(2026, 1, 1), "p", "user:li", self.now))

    def lives(
        self, at: int, state: str = "active", *, away: bool = False, beats: bool = True, signs: SignsSeen | None = None
    ) -> None:
        with self.store.begin() as tx:
            tx.states.put(
                [ResidentState(HER, state, at, at, at, away, self.now, signs or SignsSeen(1, 48, 30 * MINUTE_MS, at + 1, at))]
            )
            if beats:
                tx.heartbeats.beat("watch", self.now, {})

    def write(self) -> list[Leased]:
        """Write what is due, and send it."""
        write_family_notes(self.store, Perform(self.store, lambda: self.now, self.setup), self.now)
        port = StoreOutbox(self.store, "here", family_base="https://care.example")
        claimed = port.claim(self.now, 10)
        for one in claimed:
            check_notice(one)
            port.settle(one, Attempt(self.now, 1, ok=True))
        return claimed


@pytest.fixture
def morning(store: Store) -> Morning:
    return Morning(store, PlanBook())


def test_the_first_use_of_the_day_is_told_once(morning: Morning) -> None:
    (note,) = morning.write()
    assert (note.event, note.contact, note.alert_id, note.priority_rank) == (DAILY, "h1/son", None, Priority.LOW.rank)
    message = write_message(note)
    assert message.title == "homebeat: something was used at home today at 06:52 for the first time."
    assert "that is no alarm" in message.text
    assert (message.link, message.code) == ("", "")
    assert StoreOutbox(morning.store, "here").find_needless(note) == ""
    morning.now += HOUR_MS
    morning.lives(morning.now)
    assert morning.write() == [], "one a day, though she was seen again"
    morning.now = T0 + DAY_MS
    morning.lives(morning.now - 30 * MINUTE_MS)
    assert [write_message(one).title for one in morning.write()] == [message.title.replace("06:52", "07:30")]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda town: town.lives(FIRST, "unknown"),
        lambda town: town.lives(FIRST, "quiet"),
        lambda town: town.lives(FIRST, away=True),
        lambda town: town.agree(False),
        lambda town: town.happens(quiet()),
        lambda town: town.happens(replace(quiet("water_running", priority=Priority.LOW), desk=Desk.PROPERTY)),
        lambda town: town.enrol(replace(town.fleet.households[0].contacts[0], wants_daily=False)),
        lambda town: town.enrol(
            replace(town.fleet.households[0].contacts[0], channels=(Channel("voice", {"phone": "139-0000-0001"}),))
        ),
    ],
    ids=["unknown", "quiet", "away", "withdrawn", "alert", "leak", "unwanted", "call"],
)
def test_nothing_is_said_where_anything_speaks_against_it(morning: Morning, spoil: Callable[[Morning], None]) -> None:
    spoil(morning)
    assert [one for one in morning.write() if one.event == DAILY] == []


def test_whoever_wants_none_any_more_gets_none_that_waits(morning: Morning) -> None:
    (note,) = morning.write()
    son = morning.fleet.households[0].contacts[0]
    morning.enrol(replace(son, wants_daily=False))
    assert StoreOutbox(morning.store, "here").find_needless(note) == NOT_SO


def test_a_clock_that_ran_ahead_stops_no_notes_for_years(morning: Morning) -> None:
    with morning.store.begin() as tx:
        due = tx.family_notes.find_daily({"Asia/Shanghai": T0 // DAY_MS}, 1)
        tx.family_notes.enter(DAILY, [replace(one, day=one.day + 3_650) for one in due])
    assert [one.event for one in morning.write()] == [DAILY]
    assert morning.write() == []


def test_of_whoever_was_found_dead_no_week_is_told(morning: Morning) -> None:
    """Until the fleet file names them no more."""
    alert = morning.happens(quiet())
    morning.act(CHEN, actions.Acknowledge(alert))
    morning.act(CHEN, actions.Resolve(alert, Outcome.DECEASED))
    morning.now = MONDAY + HOUR_MS
    morning.lives(morning.now)
    assert not {one.event for one in morning.write()} & FAMILY_NOTES
    other = replace(morning.fleet.households[0].residents[0], id=ResidentId("h1-other"))
    home = replace(morning.fleet.households[0], residents=(other,), devices=())
    with morning.store.begin() as tx:
        tx.fleet.apply(replace(morning.fleet, households=(home, *morning.fleet.households[1:])), morning.now)
        tx.consents.add(ConsentDecision(other.id, Purpose.FAMILY_VALUES, True, date(2026, 1, 1), "p", "user:li", morning.now))
    assert [one.event for one in morning.write()] == [WEEKLY]


def test_nothing_is_said_in_the_night_after_noon_or_without_a_watch(morning: Morning) -> None:
    for hours in (-2, 4, 6):
        morning.now = T0 + hours * HOUR_MS
        morning.lives(FIRST)
        assert morning.write() == []
    morning.now = T0 + 5 * MINUTE_MS
    morning.lives(FIRST, beats=False)
    with morning.store.begin() as tx:
        tx.heartbeats.beat("watch", T0, {})
    assert morning.write() == [], "the watch has said nothing for five minutes"


def test_what_is_not_so_any_more_is_not_sent(morning: Morning) -> None:
    """It waits for the end of quiet hours; meanwhile an alert opens."""
    son = replace(morning.fleet.households[0].contacts[0], quiet_hours=QuietHours(22 * 60, 9 * 60))
    morning.enrol(son)
    assert morning.write() == []
    morning.now = T0 + HOUR_MS
    morning.lives(FIRST)
    (note,) = morning.write()
    port = StoreOutbox(morning.store, "here")
    assert port.find_needless(note) == ""
    alert = morning.happens(quiet())
    assert port.find_needless(note) == NOT_SO
    morning.act(CHEN, actions.Acknowledge(alert))
    morning.act(CHEN, actions.Resolve(alert, Outcome.FINE))
    assert port.find_needless(note) == ""


def test_on_mondays_the_week_is_told(morning: Morning) -> None:
    for day in (0, 1, 3):
        morning.now = T0 + day * DAY_MS
        morning.lives(FIRST + day * DAY_MS)
    morning.now = MONDAY
    morning.lives(MONDAY - 5 * HOUR_MS)
    assert [one.event for one in morning.write()] == [], "it is eight o'clock, and only the night of today is known"
    morning.now = MONDAY + HOUR_MS
    morning.happens(replace(quiet("water_running", priority=Priority.LOW), desk=Desk.PROPERTY))
    morning.lives(morning.now)
    (note,) = [one for one in morning.write() if one.event == WEEKLY]
    text = write_message(note).text
    assert "in the seven days from 29 Dec." in text
    assert text.count("first use at 06:52") == 3
    assert text.count("no first use is known") == 4
    assert "Open matters of devices and of the house: 1" in text
    assert write_message(replace(note, language="zh-CN")).title == "homebeat：12月29日起七天家中的动静。"
    morning.now += HOUR_MS
    morning.lives(morning.now)
    assert morning.write() == [], "one a week"


def test_a_note_and_its_attempts_are_kept_for_a_month(morning: Morning) -> None:
    """Old ones are looked for by an index: the outbox gets a note a day for each family."""
    (note,) = morning.write()
    for late, left in ((NOTES_KEPT_MS, 1), (NOTES_KEPT_MS + 1, 0)):
        with morning.store.begin() as tx:
            while tx.retention.prune(Keep(), note.created_at + late):
                pass
        with morning.store.read(EVERYTHING) as reader:
            assert len(reader.outbox.list_deliveries(limit=5).items) == left
    database = morning.store._database
    with database.begin_write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        where = "event IN ('family.daily', 'family.weekly') AND created_at < 5 AND state NOT IN ('pending', 'leased')"
        query = f"{explain}SELECT id FROM outbox WHERE {where} ORDER BY created_at, id LIMIT 5"
        plan = str(connection.execute(text(query)).all())
        assert "ix_outbox_note" in plan
        assert "Sort" not in plan
        assert "B-TREE" not in plan


def test_after_a_downtime_the_first_use_is_the_first_one_and_not_the_last(morning: Morning) -> None:
    """She was up at 06:52 and seen until eight; all of it is read at once. A sign that comes late is still the first one."""
    morning.now = T0 + DAY_MS
    bits = sum(1 << ago for ago in (0, 1, 6))  # the newest ten minutes, those before, and those from 06:50
    seen = SignsSeen(bits, 192, 10 * MINUTE_MS, morning.now, morning.now - 3 * MINUTE_MS)
    morning.lives(seen.newest, signs=seen)
    earlier = FIRST + DAY_MS
    morning.lives(seen.newest, signs=SignsSeen(1, 192, 10 * MINUTE_MS, earlier + 1, earlier))
    morning.lives(seen.newest, signs=seen)
    (note,) = morning.write()
    assert "at 06:52" in write_message(note).title
