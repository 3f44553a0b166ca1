"""The price of an area inside the engine: whose it is, from what, and the same however time is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from homebeat.backtest.engines import Engines
from homebeat.domain.alert import JUDGING_FAILED
from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household
from homebeat.domain.ids import AreaId, DeviceId
from homebeat.domain.metric import Metric
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.habits.learn import Profile
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.stream.batch import EMPTY, Batch
from homebeat.stream.features.learned import Learned
from homebeat.stream.roster import Roster
from tests.unit.engine.test_learning import DAY, HOUR, T0, home

DAYS = 44
#: Three lives by the hours in which water runs: all day, with a long afternoon, and up early.
LIVES = {
    "x": (0, 3, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18, 20, 22),
    "y": (1, 4, 7, 8, 9, 10, 11, 17, 18, 19, 21, 22, 23),
    "z": (2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22),
}


def with_band(name: str, *, area: str = "a", chosen: float | None = None) -> Household:
    """A meter, and a band whose word proves that the resident is at home."""
    plain = home(name)
    band = Device(DeviceId(f"band-{name}"), DeviceKind.WRISTBAND, None, None, timedelta(hours=1))
    residents = tuple(replace(person, false_alarms_a_month=chosen) for person in plain.residents)
    return replace(plain, area=AreaId(area), residents=residents, devices=(*plain.devices, band))


def fleet(*homes: Household) -> Fleet:
    return Fleet((), homes)


def lives(homes: Sequence[Household], days: int = DAYS, *, at_home: bool = True) -> Batch:
    """Each home's own life, a sixth of the uses left out, and every three hours its band's word."""
    parts, hours = [], np.arange(1, days * 24)
    at = (T0 + hours * HOUR).tolist()
    for i, one in enumerate(homes):
        draws = np.random.default_rng(i).random(len(hours)) > 1 / 6
        litres = 3.0 * np.cumsum(np.isin(hours % 24, LIVES[str(one.id)]) & draws)
        parts.append(Batch.of([2 * i] * len(at), [Metric.VOLUME_M3] * len(at), at, at, (0.1 + litres / 1000).tolist()))
        if at_home:
            said = at[::3]
            parts.append(Batch.of([2 * i + 1] * len(said), [Metric.AT_HOME] * len(said), said, said, [1.0] * len(said)))
    joined = Batch.join(parts)
    return joined.take(np.argsort(joined.received_at, kind="stable"))


def engine_of(*homes: Household, rule: NoSignOfLife | None = None) -> Engine:
    engine = Engine(Roster().with_registry(fleet(*homes), T0), RuleBook([{"no_sign_of_life": rule or NoSignOfLife()}]))
    engine.resume(T0)
    return engine


def lived(*homes: Household, at_home: bool = True) -> tuple[Engine, dict[int, Profile]]:
    """An engine after `DAYS`, and the newest that each resident learned."""
    engine = engine_of(*homes)
    engine.advance(lives(homes, at_home=at_home), T0 + DAYS * DAY)
    return engine, engine.pop_profiles()


@pytest.fixture(scope="module")
def area() -> tuple[Engine, dict[int, Profile]]:
    return lived(*map(with_band, LIVES))


def test_residents_of_an_area_spend_together_what_their_budgets_add_up_to(area: tuple[Engine, dict[int, Profile]]) -> None:
    spent = [profile.budget for profile in area[1].values()]
    assert len(spent) == 3
    assert sum(spent) == pytest.approx(1.5, rel=0.2)
    assert all(0.25 <= each <= 1.0 for each in spent)
    assert max(spent) - min(spent) > 0.1, "an alarm does not save each of them as much"


def test_who_is_alone_in_an_area_learns_as_before(area: tuple[Engine, dict[int, Profile]]) -> None:
    apart, profiles = lived(*(with_band(name, area=name) for name in LIVES))
    chosen, _ = lived(*(with_band(name, chosen=0.5) for name in LIVES))
    assert [profile.budget for profile in profiles.values()] == [0.5] * 3
    np.testing.assert_array_equal(apart.state.learned.limit_minutes, chosen.state.learned.limit_minutes)
    assert (apart.state.learned.limit_minutes != area[0].state.learned.limit_minutes).any()


def test_who_has_chosen_keeps_the_choice_and_has_no_part_in_the_price() -> None:
    homes = [with_band("x"), with_band("y"), with_band("z", chosen=0.5)]
    _, profiles = lived(*homes)
    _, two = lived(*homes[:2])
    assert profiles[2].budget == 0.5
    assert [profiles[i].budget for i in (0, 1)] == [two[i].budget for i in (0, 1)]
    assert two[0].budget != 0.5


def test_where_being_at_home_is_not_known_everybody_keeps_a_budget() -> None:
    _, profiles = lived(*map(with_band, LIVES), at_home=False)
    assert [profile.budget for profile in profiles.values()] == [1.0] * 3


def test_however_ticks_are_cut_and_through_checkpoints_the_same_is_learned(area: tuple[Engine, dict[int, Profile]]) -> None:
    homes = [with_band(name) for name in LIVES]
    cut, batch = engine_of(*homes), lives(homes)
    for start in range(0, len(batch), 501):
        part = batch.take(slice(start, start + 501))
        cut.advance(part, int(part.received_at[-1]))
        if start // 501 % 4 == 3:
            cut = checkpoint.restore(checkpoint.save(cut), fleet(*homes), cut.book)
    cut.advance(EMPTY, T0 + DAYS * DAY)
    for name, column in area[0].state.learned.list_arrays().items():
        np.testing.assert_array_equal(column, cut.state.learned.list_arrays()[name], name)


def test_a_changed_budget_of_the_area_holds_at_the_next_turn() -> None:
    engine, before = lived(*map(with_band, LIVES))
    engine.follow(engine.roster, RuleBook([{"no_sign_of_life": NoSignOfLife(false_alarms_a_month=1.0)}]))
    engine.advance(EMPTY, engine.now + 300_000)
    after = engine.pop_profiles()
    assert sum(profile.budget for profile in after.values()) == pytest.approx(3.0, rel=0.2)
    assert all(after[i].budget > before[i].budget for i in range(3))


def test_a_back_test_of_two_settings_at_once_keeps_a_price_for_each() -> None:
    homes = [with_band(name) for name in LIVES]
    books = [RuleBook([{"no_sign_of_life": NoSignOfLife(false_alarms_a_month=budget)}]) for budget in (0.5, 1.0)]
    together = Engines(Roster().with_registry(fleet(*homes), T0), books, Engine(Roster(), books[0]).pace)
    together.resume(T0)
    together.advance(lives(homes), T0 + DAYS * DAY)
    for i, book in enumerate(books):
        alone = Engines(Roster().with_registry(fleet(*homes), T0), [book], together.pace)
        alone.resume(T0)
        alone.advance(lives(homes), T0 + DAYS * DAY)
        for name, column in alone.get_learned(0).list_arrays().items():
            np.testing.assert_array_equal(column, together.get_learned(i).list_arrays()[name], name)
    assert (together.get_learned(0).worth_h > 0).all()


def test_what_is_learned_during_a_day_counts_from_the_next() -> None:
    learned, rows = Learned(1), np.arange(1)
    for day, hour, worth, midnight in ((0, 5, 1.0, 0.0), (0, 9, 2.0, 0.0), (1, 0, 3.0, 2.0), (1, 23, 4.0, 2.0), (9, 3, 5.0, 4.0)):
        now = T0 + day * DAY + hour * HOUR
        learned.note_worth(0, worth, now)
        learned.at[0] = now
        assert learned.get_worth_at_midnight(rows, now).tolist() == [midnight]
    assert learned.get_worth_at_midnight(rows, T0 + 10 * DAY).tolist() == [5.0]


def test_turns_that_come_again_after_the_clock_went_back_find_the_price_of_that_day() -> None:
    learned = Learned(1)
    for day, worth in ((0, 1.0), (2, 2.0)):
        learned.note_worth(0, worth, T0 + day * DAY)
        learned.at[0] = T0 + day * DAY
    learned.rewind(T0 + DAY + HOUR)
    assert learned.get_worth_at_midnight(np.arange(1), T0 + DAY + 2 * HOUR).tolist() == [1.0]


def test_a_price_that_cannot_be_found_costs_nobody_the_own_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    homes = [with_band(name) for name in LIVES]
    engine = engine_of(*homes)

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(engine.learning, "_compute_area_worth", fails)
    edges = engine.advance(lives(homes), T0 + DAYS * DAY)
    assert {profile.budget for profile in engine.pop_profiles().values()} == {0.5}
    assert any(edge.rule == JUDGING_FAILED and edge.reason.params == {"rules": "learning"} for edge in edges)
