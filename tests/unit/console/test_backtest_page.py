"""The report of a backtest: it stands alone, in both languages, says the figures in tables, and names nobody."""

from __future__ import annotations

import re

import pytest

from homebeat.backtest import ClosedAlert, Plan, compare
from homebeat.backtest.compare import Run, VariantName
from homebeat.backtest.labels import Label
from homebeat.backtest.report import Comparison, Point
from homebeat.console.backtest.page import render_page
from homebeat.console.backtest.plots import draw_curve, draw_scatter
from homebeat.console.web.plots import choose_ticks
from homebeat.domain.alert import Queue
from tests.unit.backtest.street import DAY, HOUR, PACE, START, run


@pytest.fixture(scope="module")
def compared() -> Comparison:
    shard = run([12, 6, 9], days=5, skip=(3,))
    names = [
        VariantName("in force"),
        VariantName('<b>"six" & more</b>', ["rules.no_sign_of_life.limit: PT12H -> PT6H"]),
        VariantName("nine"),
    ]
    since = START + (2 * 24 + 20) * HOUR
    truth = [ClosedAlert("a1", "no_sign_of_life", Queue.CARE, "h0", "r0", since, since + 20 * HOUR, Label.TRUE)]
    return compare(Run("lane", Plan(PACE, START, START), START + 5 * DAY, 1), names, [shard], truth)


@pytest.mark.parametrize(("language", "title"), [("en", "Backtest: what other settings"), ("zh-CN", "回测：换一组设置会怎样")])
def test_it_stands_alone_and_says_its_language(compared: Comparison, language: str, title: str) -> None:
    html = render_page(compared, language)
    assert f'<html lang="{language}">' in html
    assert title in html
    assert not re.search(r"(src|href)=|url\(|@import|<script|https?://", html)
    assert html.count('<svg class="plot"') == 2 + len(compared.differences)
    assert all('role="img" aria-label="' in svg for svg in re.findall(r'<svg class="plot"[^>]*>', html))


def test_every_figure_of_a_plot_stands_in_a_table(compared: Comparison) -> None:
    tables = " ".join(re.findall(r"<table>.*?</table>", render_page(compared, "en"), re.DOTALL))
    for variant in compared.variants:
        assert f"<td>{variant.false_alarms_per_month:.2f}</td>" in tables
        assert f"<td>{variant.collapses.mean_h:.1f}</td>" in tables
        for load in variant.rules:
            assert f"{load.alerts} <small>({load.per_resident_month:.2f})</small>" in tables
    assert "1 / 1" in tables


def test_what_comes_from_outside_is_escaped(compared: Comparison) -> None:
    html = render_page(compared, "en")
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_a_comparison_of_nothing_is_a_page_too() -> None:
    shard = run([30], days=1)
    alone = compare(Run("lane", Plan(PACE, START, START), START + DAY, 1), [VariantName("in force")], [shard], None)
    html = render_page(alone, "en")
    assert "No alerts." in html
    assert "What people found" not in html


@pytest.mark.parametrize("most", [0.03, 0.9, 7, 12.5, 480])
def test_ticks_are_few_and_round(most: float) -> None:
    found = choose_ticks(most)
    assert 3 <= len(found) <= 7
    assert found[0] == 0
    assert found[-1] <= most


def test_points_lie_where_their_figures_are(compared: Comparison) -> None:
    svg = draw_curve(compared.variants, compared.fixed_limits, "t", "x", "y")
    assert svg.count('class="mark"') == len(compared.variants)
    dots = draw_scatter([Point(0, 0, 90), Point(2, 5, 4)], 1, "t", "x", "y")
    (home, away) = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', dots)
    assert float(home[0]) < float(away[0])
    assert float(home[1]) > float(away[1])
    assert float(home[2]) > float(away[2])
