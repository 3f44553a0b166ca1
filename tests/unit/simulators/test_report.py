"""Simulated residents have the statistics of real ones, within stated bands."""

from __future__ import annotations

import numpy as np
import pytest

from simulators import chance, report
from simulators.life import day_life, day_litres, litres_before
from simulators.personas import personas_of

FIGURES = {figure.name: figure.simulated for figure in report.figures(4, homes=150, days=40)}


@pytest.mark.parametrize(
    ("name", "cohort", "low", "high"),
    [
        ("litres a day, mean of homes", "mostly_in", 80, 125),
        ("litres a day, mean of homes", "couple", 130, 215),
        ("litres a day, 5 % of homes", "mostly_in", 40, 70),
        ("litres a day, 95 % of homes", "mostly_in", 140, 233),
        ("draws a day", "mostly_in", 15, 24),
        ("draws a day", "often_out", 14, 22),
        ("draws a day", "couple", 19, 27),
        ("uses a night, bed to rising", "mostly_in", 1.2, 2.3),
        ("uses a night, 00-05", "mostly_in", 0.9, 2.0),
        ("longest gap 18-12 h, median", "mostly_in", 4.0, 6.0),
        ("gaps of 12-24 h in 30 days", "mostly_in", 0, 0.5),
        ("gaps of 12-24 h in 30 days", "couple", 0, 0.5),
        ("gaps of 24 h and more in 30 days", "mostly_in", 0.02, 0.4),
        ("gaps of 24 h and more in 30 days", "often_out", 0.1, 0.8),
        ("outings a day", "mostly_in", 0.6, 1.4),
        ("outings a day", "often_out", 1.3, 2.0),
        ("hours out, median", "mostly_in", 1.3, 1.7),
        ("hours out, 90 %", "mostly_in", 3.2, 4.1),
    ],
)
def test_figures_lie_in_their_bands(name: str, cohort: str, low: float, high: float) -> None:
    assert low <= FIGURES[name][cohort] <= high


def test_the_table_shows_every_figure_beside_the_real_one() -> None:
    text = report.table(report.figures(4, homes=20, days=5))
    for name, real in report.REAL.items():
        assert name in text
        assert real in text


def test_the_draws_of_a_day_add_up_to_its_litres() -> None:
    keys = chance.home_keys(1, np.arange(300))
    people = personas_of(keys)
    for day in range(20_500, 20_520):
        assert np.allclose(day_life(people, keys, day).litres.sum(axis=1), day_litres(people, keys, np.array([day]))[:, 0])


def test_an_index_does_not_depend_on_where_the_sum_began() -> None:
    keys = chance.home_keys(1, np.arange(50))
    people = personas_of(keys)
    whole = litres_before(people, keys, 20_000, 20_400)
    assert (whole == litres_before(people, keys, 20_000, 20_123) + litres_before(people, keys, 20_123, 20_400)).all()


def test_people_keep_hours_of_their_own() -> None:
    keys = chance.home_keys(1, np.arange(200))
    people = personas_of(keys)
    wakes = np.stack([day_life(people, keys, day).wake for day in range(20_500, 20_560)]) / 3_600_000
    within = wakes.std(axis=0)
    assert 0.3 <= np.median(within) <= 0.75
    assert wakes.mean(axis=0).std() > 0.5


def test_chance_is_even_and_keyed() -> None:
    keys = chance.home_keys(1, np.arange(20_000))
    u = chance.uniform(keys, 3, 4)
    assert np.abs(u.mean(axis=0) - 0.5).max() < 0.01
    assert np.abs(np.corrcoef(u.T) - np.eye(4)).max() < 0.03
    assert (chance.uniform(keys[100:110], 3, 4) == u[100:110]).all()
    assert not (chance.uniform(keys, 4, 4) == u).any()
    z = chance.normal(keys, 5, 2)
    assert np.abs(z.std(axis=0) - 1).max() < 0.03
