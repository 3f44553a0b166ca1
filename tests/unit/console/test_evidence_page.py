"""The page of the evidence: it stands alone, in both languages, says the figures in tables, and names nobody."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from homebeat.console.evidence.page import render_page
from homebeat.console.web.plots import draw_columns
from homebeat.domain.alert import Outcome
from homebeat.evidence.report import EvidenceReport
from tests.unit.evidence.history import DAY, HOUR, MINUTE, SECOND, START, course, report
from tests.unit.evidence.test_providers import AROUND_CARE

NAMES = {"lane": "<b>Plum</b> Lane", "city": "City"}


@pytest.fixture
def found() -> EvidenceReport:
    quick = [course(START + i * DAY, taken=30 * SECOND, resolved=HOUR, replied=MINUTE) for i in range(3)]
    slow = course(START + HOUR, taken=5 * MINUTE, resolved=2 * HOUR, outcome=Outcome.FALSE, rule="fall", device_kind="wristband")
    return report(*quick, slow, course(rule="device_silent", source="device:<i>", device_kind="water_meter"))


@pytest.mark.parametrize(("language", "title"), [("en", "How alerts were answered"), ("zh-CN", "告警处置情况")])
def test_it_stands_alone_and_says_its_language(found: EvidenceReport, language: str, title: str) -> None:
    html = render_page(found, NAMES, language)
    assert f'<html lang="{language}">' in html
    assert title in html
    assert "2026-03-01 – 2026-03-31" in html
    assert not re.search(r"(src|href)=|url\(|@import|<script|https?://", html)
    assert html.count('<svg class="plot"') == 5
    assert all('role="img" aria-label="' in svg for svg in re.findall(r'<svg class="plot"[^>]*>', html))


def test_every_figure_of_a_plot_of_shares_stands_in_a_table(found: EvidenceReport) -> None:
    tables = " ".join(re.findall(r"<table>.*?</table>", render_page(found, NAMES, "en"), re.DOTALL))
    for share in re.findall(r'class="small"[^>]*>(\d+\.\d)<', render_page(found, NAMES, "en")):
        assert f"{share}\u00a0%" in tables
    assert "<td>60.0\u00a0%</td>" in tables, "three of five were taken within a minute"


def test_what_comes_from_outside_is_escaped(found: EvidenceReport) -> None:
    html = render_page(found, NAMES, "en")
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;Plum&lt;/b&gt; Lane (lane)" in html


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", ["What providers were asked", "no provider was asked"]), ("zh-CN", ["服务机构派单情况", "已改派替补机构"])],
)
def test_it_says_what_providers_were_asked(language: str, says: list[str]) -> None:
    html = render_page(report(replace(course(), provider="care-co"), course(), around=AROUND_CARE), NAMES, language)
    for text in says:
        assert text in html
    (row,) = re.findall(r'<tr><th scope="row">care-co</th><td>8</td>(.*?)</tr>', html)
    assert "83.3\u00a0%" in row
    assert "What providers were asked" not in render_page(report(course()), NAMES, "en")


@pytest.mark.parametrize(
    ("language", "unknown", "title"), [("en", "unknown model", "By model of device"), ("zh-CN", "型号未知", "按设备型号")]
)
def test_it_says_how_often_each_model_was_wrong(language: str, unknown: str, title: str) -> None:
    wrong = course(taken=MINUTE, resolved=HOUR, outcome=Outcome.FALSE, rule="fall", models=("<W2>",))
    html = render_page(report(wrong, course(models=("", "<W2>"))), NAMES, language)
    assert title in html
    assert re.search(rf'<th scope="row">{unknown}</th><td>1</td>', html)
    (row,) = re.findall(r'<tr><th scope="row">&lt;W2&gt;</th><td>2</td>(.*?)</tr>', html)
    assert "100.0\u00a0%" in row
    assert re.search(r'<th scope="row">[^<]+ · &lt;W2&gt;</th><td>1</td>', html), "by rule and model"
    assert title not in render_page(report(course()), NAMES, language), "on no device's word"


def test_a_report_of_nothing_is_a_page_too() -> None:
    assert "Load (ISA-18.2)" in render_page(report(), {}, "en")


def test_a_column_is_as_high_as_its_number() -> None:
    heights = re.findall(r'<rect [^>]*height="([\d.]+)"', draw_columns([("a", 2), ("b", 4), ("c", 0)], "t", "x", "y"))
    assert float(heights[1]) == pytest.approx(2 * float(heights[0]), abs=0.2)
    assert float(heights[2]) == 0
