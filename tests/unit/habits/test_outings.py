"""When somebody is usually out: the clock stood there; where nobody can know, long quiet in the middle of the day."""

from __future__ import annotations

import numpy as np

from homebeat.habits.outings import find_usual_outings
from homebeat.habits.past import learn_all
from homebeat.habits.policy import DAY_S, Policy
from tests.unit.habits.people import Span, learn, past_of, regular

DAYS = 60


def shopping(share: float, *, at_h: float = 9.0, until_h: float = 10.5) -> tuple[np.ndarray, list[Span]]:
    """Signs every 20 min, but out on this share of days; (signs, spans in days in which the clock stands)."""
    goes = np.random.default_rng(1).random(DAYS) < share
    life = regular(DAYS, every_h=0.2)
    hour, day = life % DAY_S / 3600, life // DAY_S
    out = (hour > at_h) & (hour < until_h) & goes[np.minimum(day, DAYS - 1)]
    return life[~out], [(d + at_h / 24, d + until_h / 24) for d in np.flatnonzero(goes).tolist()]


def test_shopping_on_most_mornings_is_a_usual_outing() -> None:
    life, spans = shopping(0.8)
    ((begins, ends),) = learn(past_of(life, off=spans, at_home_known=True)).habit.outings
    assert 510 <= begins <= 570
    assert 600 <= ends <= 660


def test_shopping_once_a_week_is_not() -> None:
    life, spans = shopping(0.15)
    assert learn(past_of(life, off=spans, at_home_known=True)).habit.outings == ()


def test_who_is_always_at_home_has_none() -> None:
    life = regular(DAYS, every_h=0.2)
    assert learn(past_of(life, at_home_known=True)).habit.outings == ()


def test_long_quiet_at_home_is_no_outing_where_being_at_home_is_proven() -> None:
    life, _ = shopping(0.9, until_h=13.0)
    assert learn(past_of(life, at_home_known=True)).habit.outings == ()


def test_where_nobody_knows_long_quiet_in_the_day_is_probably_one() -> None:
    life, _ = shopping(0.9, until_h=13.0)
    ((begins, ends),) = learn(past_of(life)).habit.outings
    assert 510 <= begins <= 570
    assert 750 <= ends <= 810


def test_the_night_is_no_outing() -> None:
    life = regular(DAYS, every_h=0.2)
    hour = life % DAY_S / 3600
    assert learn(past_of(life[(hour > 7) & (hour < 20)])).habit.outings == ()


def test_nothing_is_usual_before_ten_days() -> None:
    life, spans = shopping(1.0)
    assert learn(past_of(life[life < 9 * DAY_S], off=spans, until_day=9, at_home_known=True)).habit.outings == ()


def test_nobody_is_out_with_somebody_else() -> None:
    out, _ = shopping(0.9, until_h=13.0)
    home = regular(DAYS, seed=3, every_h=0.2)
    together = learn_all(past_of(out, home), [Policy(), Policy()])
    assert [one.habit.outings for one in together] == [((540, 780),), ()]


def outings_of(*plans: tuple[float, int]) -> tuple[tuple[int, int], ...]:
    """Of who is out for an hour from these half hours of the day on, on this share of thirty days, and else always seen."""
    chance, (days, slots) = np.random.default_rng(2), (30, 48)
    life = np.ones((days, slots), np.bool_)
    for share, begins in plans:
        goes = chance.permutation(days) < share * days
        life[goes, begins : begins + 2] = False
    newest_first = life.reshape(1, -1)[:, ::-1]
    local = np.arange(days * slots)[::-1] + 480
    (spans,) = find_usual_outings(newest_first, newest_first, local, np.array([days]), np.array([True]))
    return spans


def test_a_moment_at_home_between_is_one_outing() -> None:
    """An hourly meter dates all use to the full hour: every other half hour would seem to be at home."""
    assert outings_of((0.6, 18), (0.6, 21)) == ((540, 690),)
    assert outings_of((0.6, 18), (0.6, 22)) == ((540, 600), (660, 720))


def test_a_half_hour_alone_is_none() -> None:
    assert outings_of((0.4, 28), (0.4, 29)) == ()
    assert outings_of((0.8, 28), (0.2, 29)) == ((840, 900),)
