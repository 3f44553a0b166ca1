"""Rotas as the store keeps them: shifts that were stay, those to come follow; who is on duty and who is next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import event, text

from homebeat.domain.alert import Alert
from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.leave import Leave
from homebeat.domain.rota import EVERY_DAY, DutyHours, Holidays, Rota, ShiftPattern
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store import Duty, ShiftFeed, Store, TableChange
from homebeat.store.duty.rotas import HORIZON_MS
from tests.contract.store.conftest import T0, Street
from tests.contract.store.test_responders import FLEET

LANE, TOWN, HILL = (ResponderId(name) for name in ("lane", "town", "hill"))
DAY, NIGHT = DutyHours(EVERY_DAY, 8 * 60, 20 * 60), DutyHours(EVERY_DAY, 20 * 60, 8 * 60)
#: T0 is 2026-01-01 08:00 in Shanghai, a Thursday.
ROTA = Rota(
    *(RotaId("of-town"), AreaId("town"), ResponderKind.DESK, "Asia/Shanghai", date(2025, 12, 29)),
    (ShiftPattern("day", DAY, (TOWN,)), ShiftPattern("night", NIGHT, (LANE,))),
    (),
    {(date(2026, 1, 3), "day"): HILL, (date(2026, 1, 4), "day"): None},
    Holidays(frozenset({date(2026, 1, 1)}), frozenset({date(2026, 1, 4)}), frozenset({2026})),
    "plain",
)
OF_LANE = replace(
    ROTA, id=RotaId("of-lane"), area=AreaId("lane"), kind=ResponderKind.FIELD, shifts=ROTA.shifts[1:], exceptions={}
)


@pytest.fixture
def staffed(street: Street) -> Store:
    with street.store.begin() as tx:
        tx.fleet.apply(FLEET, T0)
    set_rotas(street.store, ROTA, OF_LANE)
    return street.store


def set_rotas(store: Store, *rotas: Rota, now: int = T0) -> TableChange:
    with store.begin() as tx:
        change = tx.rotas.set_all(rotas, "user:wu", now)
        tx.rotas.set_holidays({"plain": ROTA.holidays})
        for entry in tx.rotas.list_rotas():
            tx.rotas.refresh({entry.rota.id: entry.rota}, now)
        for ident in change.removed:
            tx.rotas.refresh({RotaId(ident): None}, now)
    return change


def find_duty(store: Store, area: str, at: int, scope: Scope = EVERYTHING) -> Duty:
    with store.read(scope) as reader:
        return reader.rotas.find_duty([AreaId(area)], at)[AreaId(area)]


def name(duty: Duty) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    return [(one.rota, one.responder) for one in duty.now], [(one.rota, one.responder) for one in duty.next]


def test_shifts_of_many_rotas_are_written_by_a_few_statements(staffed: Store) -> None:
    many = [replace(ROTA, id=RotaId(f"hill-{kind}"), area=AreaId("hill"), kind=kind) for kind in ResponderKind]
    with staffed.begin() as tx:
        tx.rotas.set_all([ROTA, OF_LANE, *many], "user:wu", T0)
        statements: list[str] = []
        event.listen(tx.connection, "before_cursor_execute", lambda *got: statements.append(got[2]))
        assert tx.rotas.refresh({many[0].id: many[0]}, T0)
        one = len(statements)
        assert tx.rotas.refresh({rota.id: rota for rota in many}, T0)
        assert len(statements) == 2 * one


def test_they_come_back_as_they_were_set(staffed: Store) -> None:
    with staffed.read(EVERYTHING) as reader:
        of_lane, of_town = reader.rotas.list_rotas()
    assert (of_town.rota, of_lane.rota) == (ROTA, OF_LANE)
    assert (of_town.version, of_town.set_by, of_town.set_at) == (1, "user:wu", T0)


def test_setting_them_again_changes_nothing_and_what_is_missing_is_retired(staffed: Store) -> None:
    assert not set_rotas(staffed, ROTA, OF_LANE, now=T0 + 1)
    other = replace(ROTA, exceptions={})
    assert set_rotas(staffed, other, now=T0 + 2) == TableChange(changed=("of-town",), removed=("of-lane",))
    with staffed.read(EVERYTHING) as reader:
        assert [(entry.rota, entry.version) for entry in reader.rotas.list_rotas()] == [(other, 2)]
        # what is left of the night that was running
        assert [one.ends_at for one in reader.rotas.list_shifts(T0, T0 + HORIZON_MS, RotaId("of-lane"))] == []
    assert set_rotas(staffed, ROTA, OF_LANE, now=T0 + 3) == TableChange(added=("of-lane",), changed=("of-town",))


def test_who_is_on_duty_and_who_is_next_by_the_rotas_of_all_areas_above(staffed: Store) -> None:
    assert name(find_duty(staffed, "lane", T0 + 1)) == ([("of-town", "town")], [("of-lane", "lane"), ("of-town", "lane")])
    assert name(find_duty(staffed, "hill", T0 + 1)) == ([("of-town", "town")], [("of-town", "lane")])
    at_night = find_duty(staffed, "lane", T0 + 13 * HOUR_MS)
    assert sorted(name(at_night)[0]) == [("of-lane", "lane"), ("of-town", "lane")]
    (one,) = [one for one in at_night.now if one.rota == "of-lane"]
    assert (one.contact, one.account, one.kind, one.name) == ("/lane", "lane.w", ResponderKind.FIELD, "night")
    assert (one.starts_at, one.ends_at, one.day) == (T0 + 12 * HOUR_MS, T0 + 24 * HOUR_MS, date(2026, 1, 1))
    # an exception, and nobody
    assert name(find_duty(staffed, "town", T0 + 2 * DAY_MS))[0] == [("of-town", "hill")]
    assert name(find_duty(staffed, "town", T0 + 3 * DAY_MS))[0] == []
    assert find_duty(staffed, "nowhere", T0) == Duty()


def test_somebody_sees_the_rotas_of_their_areas_and_those_above(staffed: Store) -> None:
    lane, hill = (Scope(frozenset({AreaId(area)})) for area in ("lane", "hill"))
    assert name(find_duty(staffed, "lane", T0 + 13 * HOUR_MS, lane)) == name(find_duty(staffed, "lane", T0 + 13 * HOUR_MS))
    with staffed.read(hill) as reader:
        assert [entry.rota.id for entry in reader.rotas.list_rotas()] == ["of-town"]


def test_a_responder_who_is_retired_has_no_shift(staffed: Store) -> None:
    with staffed.begin() as tx:
        tx.fleet.apply(replace(FLEET, households=(), responders=FLEET.responders[:3]), T0 + 1)
    assert find_duty(staffed, "town", T0 + 1).now == ()


def test_what_was_entered_counts_more_than_the_file_and_stays(staffed: Store) -> None:
    with staffed.begin() as tx:
        tx.rotas.change_shift(ROTA.id, (date(2026, 1, 3), "day"), LANE, "given", "user:wu", T0 + 1)
        tx.rotas.change_shift(ROTA.id, (date(2026, 1, 2), "day"), HILL, "swap", "user:wu", T0 + 1)
        tx.rotas.change_shift(ROTA.id, (date(2026, 1, 2), "day"), None, "leave", "user:wu", T0 + 2)
    set_rotas(staffed, ROTA, OF_LANE, now=T0 + 3)
    assert name(find_duty(staffed, "town", T0 + 2 * DAY_MS))[0] == [("of-town", "lane")]
    assert name(find_duty(staffed, "town", T0 + DAY_MS))[0] == []


def read_shifts(store: Store) -> list[tuple[str, int, int, str | None]]:
    query = (
        "SELECT rota, starts_at, ends_at, responder FROM shift WHERE rota = 'of-town' AND starts_at < :until ORDER BY starts_at"
    )
    with store._database.begin_read() as connection:
        return [tuple(row) for row in connection.execute(text(query), {"until": T0 + DAY_MS})]


def test_a_shift_that_runs_and_changes_is_cut_and_those_that_were_stay(staffed: Store) -> None:
    noon, evening = T0 + 4 * HOUR_MS, T0 + 12 * HOUR_MS
    changed = replace(ROTA, shifts=(ShiftPattern("day", DAY, (HILL,)), ROTA.shifts[1]))
    set_rotas(staffed, changed, now=noon)
    expected = [("of-town", T0, noon, "town"), ("of-town", noon, evening, "hill"), ("of-town", evening, T0 + DAY_MS, "lane")]
    assert read_shifts(staffed) == expected
    # nothing more happens while it runs, nor after
    with staffed.begin() as tx:
        assert not tx.rotas.refresh({changed.id: changed}, noon + HOUR_MS)
        assert tx.rotas.refresh({changed.id: changed}, noon + DAY_MS)  # another day at the far end
    assert read_shifts(staffed) == expected


def test_shifts_are_written_ahead_when_half_of_them_are_over(staffed: Store) -> None:
    for at, ending in ((T0, []), (T0 + HORIZON_MS // 2 - DAY_MS, []), (T0 + HORIZON_MS // 2 + DAY_MS, ["of-lane", "of-town"])):
        with staffed.begin() as tx:
            assert [entry.rota.id for entry in tx.rotas.list_ending(tx.rotas.list_rotas(), at)] == ending
    with staffed.begin() as tx:
        assert len(tx.rotas.list_ending(tx.rotas.list_rotas(), T0 + 2 * HORIZON_MS)) == 2


def test_leaves_and_feeds(staffed: Store) -> None:
    feed = ShiftFeed("f1", "d" * 64, LANE, "user:wu", T0)
    with staffed.begin() as tx:
        tx.rotas.add_leave(Leave(LANE, T0 + 5, T0 + 9), "user:wu", T0)
        tx.shift_feeds.add(feed)
    with staffed.read(EVERYTHING) as reader:
        assert [one.leave for one in reader.rotas.list_leaves(T0)] == [Leave(LANE, T0 + 5, T0 + 9)]
        assert reader.rotas.list_leaves(T0 + 9) == []
        assert reader.shift_feeds.find("f1") == feed
        assert reader.shift_feeds.list_valid(LANE) == [feed]
    with staffed.read(Scope(frozenset({AreaId("hill")}))) as reader:
        assert (reader.rotas.list_leaves(T0), reader.shift_feeds.list_valid(LANE)) == ([], [])
    with staffed.begin() as tx:
        assert tx.shift_feeds.revoke("f1", T0 + 1)
        assert not tx.shift_feeds.revoke("f1", T0 + 2)
        assert tx.shift_feeds.list_valid(LANE) == []
        assert tx.shift_feeds.find("f1") == replace(feed, revoked_at=T0 + 1)
        tx.fleet.apply(replace(FLEET, households=(), responders=()), T0 + 3)
        assert tx.shift_feeds.find("f1") is None


def test_an_offer_is_accepted_once(staffed: Store) -> None:
    with staffed.begin() as tx:
        offer = tx.hand_overs.add(AreaId("lane"), "user:ann", "user:bo", "user:ann", T0)
        assert tx.hand_overs.note_accepted(offer, 2, T0 + 1)
        assert not tx.hand_overs.note_accepted(offer, 3, T0 + 2)
        found = tx.hand_overs.find(offer)
        assert found is not None
        assert (found.accepted_at, found.moved) == (T0 + 1, 2)
        assert tx.hand_overs.list_since(T0 - 1) == [found]
        assert tx.hand_overs.list_since(T0) == []
    with staffed.read(Scope(frozenset({AreaId("hill")}))) as reader:
        assert reader.hand_overs.find(offer) is None


def test_the_open_alerts_of_somebody_by_area(staffed: Store) -> None:
    with staffed.read(EVERYTHING) as reader:
        found: list[Alert] = reader.hand_overs.list_alerts(["user:ann"], AreaId("town"))
    assert found == []
