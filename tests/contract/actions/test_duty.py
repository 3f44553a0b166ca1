"""Duty on both databases: rotas are set, shifts swapped, leave taken; and where nobody is on duty, somebody is told in time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from homebeat.actions import GiveShift, Perform, Resolve, SetRotas, SwapShifts, TakeLeave, WatchDuty, watch_duty
from homebeat.actions.set_rotas import RotasSet
from homebeat.actions.swap_shifts import ShiftName
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.domain.alert import Alert, Condition, Outcome, Priority, Queue, TransitionKind
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.fleet import Fleet, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.leave import Leave
from homebeat.domain.principal import Principal, make_command
from homebeat.domain.role import Role
from homebeat.domain.rota import EVERY_DAY, DutyDay, DutyHours, Gap, Holidays, Rota, ShiftPattern
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.wall_clock import find_instant
from homebeat.response.setup import ResponseSetup
from homebeat.store import AlertFilter, Store
from tests.contract.store.conftest import STREET
from tests.people import person
from tests.unit.api.street import Clock

#: 2026-03-02 00:00 in Shanghai, a Monday.
MONDAY = 1_772_380_800_000
ANN, BEN, CAT, DOG = (ResponderId(name) for name in ("ann", "ben", "cat", "dog"))
DAY, NIGHT = DutyHours(EVERY_DAY, 8 * 60, 20 * 60), DutyHours(EVERY_DAY, 20 * 60, 8 * 60)
ROTA = Rota(
    *(RotaId("desk"), AreaId("lane"), ResponderKind.DESK, "Asia/Shanghai", date(2026, 3, 1)),
    (ShiftPattern("day", DAY, (ANN,)), ShiftPattern("night", NIGHT, (BEN,))),
)
BOSS = person("wu", Role.SUPERVISOR, "lane")


def make(who: ResponderId, *areas: str, kind: ResponderKind = ResponderKind.DESK) -> Responder:
    return Responder(who, who.title(), kind, tuple(map(AreaId, areas)), account=f"{who}.w")


FLEET = Fleet(
    STREET.areas,
    STREET.households,
    (
        make(ANN, "lane"),
        make(BEN, "town"),
        make(CAT),
        make(DOG, "lane", kind=ResponderKind.FIELD),
        make(ResponderId("hill"), "hill"),
    ),
)


@dataclass
class Office:
    store: Store
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.clock.now = MONDAY + 9 * HOUR_MS
        with self.store.begin() as tx:
            tx.fleet.apply(FLEET, MONDAY)
        self.perform = Perform(self.store, self.clock)

    def set(self, *rotas: Rota, accepts: bool = False, who: Principal = make_command("ops")) -> RotasSet:  # noqa: B008
        return self.perform(who, SetRotas(rotas, {}, accepts))

    def on_duty(self, at: int | None = None) -> list[str]:
        with self.store.read(EVERYTHING) as reader:
            duty = reader.rotas.find_duty([AreaId("lane")], self.clock.now if at is None else at)
        return [one.responder for one in duty[AreaId("lane")].now]

    def watch(self, at: int | None = None) -> Alert | None:
        """Look after duty twice, which must be as good as once; returns the alert."""
        self.clock.now = self.clock.now if at is None else at
        watch_duty(self.store, self.perform, self.clock())
        before = self.alerts()
        watch_duty(self.store, self.perform, self.clock())
        assert self.alerts() == before
        return before[0] if before else None

    def alerts(self) -> list[Alert]:
        with self.store.read(EVERYTHING) as reader:
            page = reader.alerts.read_page(AlertFilter(is_open=True, rule="nobody_on_duty"))
        return [entry.alert for entry in page.items]

    def audited(self) -> list[str]:
        with self.store.read(EVERYTHING) as reader:
            return [entry.action for entry in reader.audit.read_page(50).items]


@pytest.fixture
def office(store: Store) -> Office:
    made = Office(store)
    made.set(ROTA)
    return made


def test_holidays_that_the_settings_name_later_change_the_shifts_and_whoever_has_them_is_told(office: Office) -> None:
    """Tuesday the 3rd is a holiday: Cat has the rest days. The second process finds nothing to do."""
    days = [(days, DutyHours(frozenset({days}), 0, 24 * 60)) for days in (DutyDay.WORKDAY, DutyDay.REST_DAY)]
    shifts = tuple(ShiftPattern(name, hours, (who,)) for (name, hours), who in zip(days, (ANN, CAT), strict=True))
    office.set(replace(ROTA, shifts=shifts, calendar="mainland"))
    tuesday = MONDAY + DAY_MS + 9 * HOUR_MS
    assert office.on_duty(tuesday) == ["ann"]
    calendars = {"mainland": Holidays(frozenset({date(2026, 3, 3)}), frozenset(), frozenset({2026}))}
    for _ in range(2):
        watch_duty(office.store, office.perform, office.clock(), calendars)
    assert office.on_duty(tuesday) == ["cat"]
    assert office.on_duty(tuesday + DAY_MS) == ["ann"]
    assert office.audited().count("watch_duty") == 1
    with office.store.read(EVERYTHING) as reader:
        assert reader.rotas.read_holidays() == calendars


def test_two_processes_with_other_holidays_take_each_others_back_once_and_no_more(office: Office) -> None:
    """Else whoever's shifts they change would be written to twice a minute, for as long as both run."""
    office.set(replace(ROTA, calendar="mainland"))
    says = [{"mainland": Holidays(frozenset({date(2026, 3, day)}), frozenset(), frozenset({2026}))} for day in (3, 4)]
    keepers = [DeadlineKeeper(office.store, ResponseSetup(calendars=one), office.clock) for one in says]
    stopped = threading.Event()
    stopped.set()
    for _ in range(3):
        office.clock.now += MINUTE_MS
        for keeper in keepers:
            keeper.run(stopped)  # one turn
    assert office.audited().count("watch_duty") == 2
    with office.store.read(EVERYTHING) as reader:
        assert reader.rotas.read_holidays() == says[1]


def give(day: int, who: ResponderId | None, shift: str = "day") -> GiveShift:
    return GiveShift(ROTA.id, date(2026, 3, day), shift, who)


def test_a_rota_with_a_gap_is_not_written_unless_the_gap_is_accepted(office: Office) -> None:
    holey = replace(ROTA, exceptions={(date(2026, 3, 9), "night"): None})
    refused = office.set(holey)
    gap = Gap(MONDAY + 7 * DAY_MS + 20 * HOUR_MS, MONDAY + 8 * DAY_MS + 8 * HOUR_MS)
    assert (refused.is_written, refused.gaps, bool(refused.change)) == (False, {ROTA.id: (gap,)}, False)
    assert office.on_duty(gap.starts_at) == ["ben"]
    written = office.set(holey, accepts=True)
    assert (written.is_written, written.change.changed) == (True, ("desk",))
    assert office.on_duty(gap.starts_at) == []
    assert office.audited().count("set_rotas") == 2  # the refused one changed nothing
    assert office.set(accepts=False).change.removed == ("desk",)
    assert office.on_duty() == []


def test_who_may_set_rotas(office: Office) -> None:
    with pytest.raises(NotPermitted):
        office.set(ROTA, who=person("ann.w", Role.DESK))
    with pytest.raises(NotPermitted):
        office.perform(BOSS, WatchDuty())


def test_a_shift_is_given_by_who_arranges_duty_or_has_it(office: Office) -> None:
    assert office.perform(BOSS, give(3, CAT)) == ()
    assert office.on_duty(MONDAY + DAY_MS + 9 * HOUR_MS) == ["cat"]
    # by herself, and by nobody else
    with pytest.raises(NotPermitted):
        office.perform(person("ben.w", Role.DESK, "lane"), give(4, CAT))
    with pytest.raises(NotPermitted):
        office.perform(person("ann", Role.DESK, "lane"), give(4, CAT))  # not the name of her account
    (gap,) = office.perform(person("ann.w", Role.DESK, "lane"), give(4, None))
    assert (gap.starts_at, gap.ends_at) == (MONDAY + 2 * DAY_MS + 8 * HOUR_MS, MONDAY + 2 * DAY_MS + 20 * HOUR_MS)
    with pytest.raises(Incomplete):
        office.perform(BOSS, give(5, ResponderId("hill")))
    with pytest.raises(NotFound):
        office.perform(BOSS, give(1, CAT))  # over
    with pytest.raises(NotFound):
        office.perform(BOSS, give(5, CAT, "evening"))
    with pytest.raises(NotFound):
        office.perform(person("far", Role.SUPERVISOR, "hill"), give(5, CAT))


def test_two_people_swap(office: Office) -> None:
    day, night = ShiftName(ROTA.id, date(2026, 3, 3), "day"), ShiftName(ROTA.id, date(2026, 3, 4), "night")
    with pytest.raises(NotPermitted):
        office.perform(person("cat.w", Role.DESK, "lane"), SwapShifts(day, night))
    office.perform(person("ben.w", Role.RESPONDER, "lane"), SwapShifts(day, night))
    assert office.on_duty(MONDAY + DAY_MS + 9 * HOUR_MS) == ["ben"]
    assert office.on_duty(MONDAY + 2 * DAY_MS + 21 * HOUR_MS) == ["ann"]
    with pytest.raises(NotAllowed):
        office.perform(BOSS, SwapShifts(day, day))
    # the rota of the file is set again: what was agreed stays
    office.set(ROTA)
    assert office.on_duty(MONDAY + DAY_MS + 9 * HOUR_MS) == ["ben"]


def test_leave_gives_the_shifts_to_colleagues_of_the_same_kind(office: Office) -> None:
    week = Leave(ANN, MONDAY + DAY_MS, MONDAY + 3 * DAY_MS)
    with pytest.raises(NotPermitted):
        office.perform(person("ben.w", Role.DESK, "lane"), TakeLeave(week))
    found = office.perform(person("ann.w", Role.DESK, "lane"), TakeLeave(week))
    assert [(each.shift.day.day, each.who) for each in found] == [(3, CAT), (4, CAT)]
    assert office.on_duty(MONDAY + DAY_MS + 9 * HOUR_MS) == ["cat"]
    # now Cat goes too: Ben has the nights, and nobody else is of the desk
    found = office.perform(person("wu", Role.SUPERVISOR), TakeLeave(replace(week, who=CAT)))
    assert [(each.shift.day.day, each.who) for each in found] == [(3, BEN), (4, BEN)]
    found = office.perform(BOSS, TakeLeave(Leave(ANN, MONDAY + 4 * DAY_MS, MONDAY + 4 * DAY_MS + 9 * HOUR_MS)))
    assert [each.who for each in found] == [CAT]
    for wrong in (Leave(ANN, MONDAY, MONDAY), Leave(ANN, MONDAY, MONDAY + 1), Leave(ANN, MONDAY, MONDAY + 400 * DAY_MS)):
        with pytest.raises(Incomplete):
            office.perform(BOSS, TakeLeave(wrong))
    with pytest.raises(NotFound):
        office.perform(BOSS, TakeLeave(replace(week, who=ResponderId("nobody"))))


def test_whoever_is_on_leave_has_no_shift_of_a_rota_that_is_set_later(office: Office) -> None:
    """The file names the night anew while Ben is away; what was given to him since stays his: he may be back sooner."""
    office.perform(person("wu", Role.SUPERVISOR), TakeLeave(Leave(BEN, MONDAY + DAY_MS, MONDAY + 4 * DAY_MS)))
    late = replace(ROTA, shifts=(ROTA.shifts[0], replace(ROTA.shifts[1], name="late")))
    nights = [MONDAY + day * DAY_MS + 21 * HOUR_MS for day in range(5)]
    for _ in range(2):
        assert office.set(late).gaps == {}
        assert [office.on_duty(night) for night in nights] == [["cat"], ["cat"], ["cat"], ["cat"], ["ben"]]
    office.perform(BOSS, give(4, BEN, "late"))
    office.set(replace(late, starts_on=date(2026, 2, 28)))
    assert [office.on_duty(night) for night in nights] == [["cat"], ["cat"], ["ben"], ["cat"], ["ben"]]


# ---------------------------------------------------------------- nobody on duty


def test_a_gap_is_said_a_day_ahead_becomes_urgent_and_is_over_when_covered(office: Office) -> None:
    gap_at, ends_at = MONDAY + 7 * DAY_MS + 20 * HOUR_MS, MONDAY + 8 * DAY_MS + 8 * HOUR_MS
    assert office.watch() is None
    office.perform(BOSS, give(9, None, "night"))
    assert office.watch() is None
    assert office.watch(gap_at - DAY_MS - MINUTE_MS) is None
    ahead = office.watch(gap_at - DAY_MS + MINUTE_MS)
    assert ahead is not None
    assert (ahead.priority, ahead.queue, ahead.subject.area) == (Priority.MEDIUM, Queue.CARE, "lane")
    assert (ahead.reason.code, dict(ahead.reason.params)) == (
        "nobody_on_duty_ahead",
        {"starts_at": gap_at, "ends_at": ends_at, "rota": "desk"},  # to its end, although that is more than a day ahead
    )
    now = office.watch(gap_at)
    assert now is not None
    assert (now.id, now.priority, now.reason.code, now.condition) == (ahead.id, Priority.HIGH, "nobody_on_duty", Condition.FIRING)
    assert now.reason.params["ends_at"] == ends_at
    office.perform(BOSS, give(9, CAT, "night"))
    over = office.watch(gap_at + HOUR_MS)
    assert over is not None
    assert (over.id, over.condition) == (ahead.id, Condition.CLEARED)
    # and back again: nobody has closed it yet
    office.perform(BOSS, give(9, None, "night"))
    again = office.watch(gap_at + 2 * HOUR_MS)
    assert again is not None
    assert (again.id, again.condition) == (ahead.id, Condition.FIRING)
    with office.store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(again.id)
    assert detail is not None
    kinds = [step.kind for step in detail.history]
    assert kinds == [TransitionKind.OPENED, TransitionKind.RAISED, TransitionKind.CLEARED, TransitionKind.REOPENED]


def test_closed_ahead_it_opens_again_when_the_gap_is_there_and_closed_then_it_stays_closed(office: Office) -> None:
    gap_at = MONDAY + 7 * DAY_MS + 20 * HOUR_MS
    office.perform(BOSS, give(9, None, "night"))
    ahead = office.watch(gap_at - HOUR_MS)
    assert ahead is not None
    office.perform(BOSS, Resolve(ahead.id, Outcome.FINE, ahead.version, "Cat says that she comes"))
    assert office.watch(gap_at - MINUTE_MS) is None
    now = office.watch(gap_at + MINUTE_MS)
    assert now is not None
    assert (now.id != ahead.id, now.priority, now.since) == (True, Priority.HIGH, gap_at)
    office.perform(BOSS, Resolve(now.id, Outcome.FINE, now.version, "I sit here myself"))
    assert office.watch(gap_at + 2 * MINUTE_MS) is None
    # the next gap is another matter
    office.perform(BOSS, give(10, None, "night"))
    assert office.watch(gap_at + DAY_MS + MINUTE_MS) is not None


def test_who_has_answered_for_one_rota_has_not_answered_for_the_other(office: Office) -> None:
    other = replace(ROTA, id=RotaId("field"), kind=ResponderKind.FIELD)
    office.set(ROTA, other)
    office.perform(BOSS, give(2, None))
    mine = office.watch()
    assert mine is not None
    assert mine.reason.params["rota"] == "desk"
    office.perform(BOSS, Resolve(mine.id, Outcome.FINE, mine.version, "I sit here myself"))
    assert office.watch(office.clock.now + MINUTE_MS) is None
    office.perform(BOSS, replace(give(2, None), rota=other.id))
    theirs = office.watch(office.clock.now + MINUTE_MS)
    assert theirs is not None
    assert (theirs.priority, theirs.reason.params["rota"]) == (Priority.HIGH, "field")


def test_a_gap_is_said_also_where_the_rota_was_set_by_a_clock_that_ran_ahead(office: Office) -> None:
    office.clock.now += 3 * DAY_MS
    office.set(replace(ROTA, shifts=ROTA.shifts[1:]), accepts=True)
    found = office.watch(office.clock.now - 3 * DAY_MS)
    assert found is not None
    assert found.priority is Priority.HIGH


def test_a_rota_that_is_gone_and_a_responder_who_is_retired(office: Office) -> None:
    with office.store.begin() as tx:
        tx.fleet.apply(replace(FLEET, responders=FLEET.responders[1:]), office.clock.now)
    alert = office.watch()
    assert alert is not None
    assert (alert.priority, alert.reason.params["starts_at"]) == (Priority.HIGH, office.clock.now)
    office.set()
    over = office.watch()
    assert over is not None
    assert over.condition is Condition.CLEARED


def test_a_rota_that_begins_in_months_is_written_when_it_comes_near_and_not_each_minute(office: Office) -> None:
    later = replace(ROTA, starts_on=date(2026, 6, 1))
    office.set(later)
    with office.store.read(EVERYTHING) as reader:
        assert reader.rotas.list_ending(reader.rotas.list_rotas(), office.clock.now) == []
    for at in (date(2026, 5, 20), date(2026, 6, 2)):
        assert office.watch(find_instant(at, 9 * 60, later.zone)) is None
    assert office.on_duty() == ["ann"]


def test_shifts_go_on_for_as_long_as_duty_is_looked_after(office: Office) -> None:
    for weeks in range(3, 40, 3):
        assert office.watch(MONDAY + weeks * 7 * DAY_MS + 9 * HOUR_MS) is None
        assert office.on_duty() == ["ann"]
