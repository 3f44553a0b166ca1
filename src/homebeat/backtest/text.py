"""Formats a comparison as a table of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from homebeat.backtest.report import Comparison, Difference, Variant

_MOST_RESIDENTS = 10
_WIDTH = 26


def format_comparison(comparison: Comparison) -> str:
    """Format the whole comparison for a terminal."""
    return "\n".join(
        [
            *_format_head(comparison),
            "",
            *_format_rules(comparison.variants),
            "",
            *_format_waits(comparison.variants),
            *_format_outcomes(comparison),
            *(line for i, one in enumerate(comparison.differences, 1) for line in ("", *_format_difference(i, one))),
        ]
    )


def _format_head(c: Comparison) -> Iterator[str]:
    yield f"{c.source}: {c.households} homes, {c.residents} residents, {c.from_at} to {c.until_at} ({c.days:.1f} days)"
    warm = f"; {c.warm_up_days:.1f} days before that warmed up and are not counted" if c.warm_up_days else ""
    yield f"{c.readings:,} readings, {c.resident_months:,.1f} resident-months{warm}"
    for i, variant in enumerate(c.variants[1:], 1):
        yield f"  ({i}) {variant.name}"
        for change in variant.settings or ["changes nothing"]:
            yield f"        {change}"


def _format_rules(variants: Sequence[Variant]) -> Iterator[str]:
    yield "alerts (per resident-month)"
    yield " " * _WIDTH + "".join(_format_cell(f"({i})" if i else v.name) for i, v in enumerate(variants))
    loads = [{load.rule: load for load in v.rules} for v in variants]
    codes = list(dict.fromkeys(code for some in loads for code in some))
    if not codes:
        yield "  none"
    for code in codes:
        cells = [some.get(code) for some in loads]
        yield f"  {code:<{_WIDTH - 2}}" + "".join(
            _format_cell("-" if load is None else f"{load.alerts} ({load.per_resident_month:.3f})") for load in cells
        )
    if any(v.asked.asked for v in variants):
        asked = (f"{v.asked.asked} ({v.asked.per_resident_month:.3f})" for v in variants)
        yield f"  {'the resident was asked':<{_WIDTH - 2}}" + "".join(map(_format_cell, asked))
        shares = (f"{v.asked.in_time / v.asked.asked:.0%}" if v.asked.asked else "-" for v in variants)
        yield f"  {'and answered in time':<{_WIDTH - 2}}" + "".join(map(_format_cell, shares))


def _format_waits(variants: Sequence[Variant]) -> Iterator[str]:
    yield f"{variants[0].collapses.injected:,} injected collapses: hours until no_sign_of_life"
    rows = (
        ("mean", [_format_hours(v.collapses.mean_h) for v in variants]),
        ("95th percentile", [_format_hours(v.collapses.p95_h) for v in variants]),
        ("longest", [_format_hours(v.collapses.longest_h) for v in variants]),
        ("within 12 h", ["-" if v.collapses.within_12h is None else f"{v.collapses.within_12h:.1%}" for v in variants]),
        ("false alarms a month", [f"{v.false_alarms_per_month:.3f}" for v in variants]),
    )
    for name, cells in rows:
        yield f"  {name:<{_WIDTH - 2}}" + "".join(map(_format_cell, cells))


def _format_outcomes(c: Comparison) -> Iterator[str]:
    if c.closed_alerts is None:
        return
    yield ""
    yield f"{c.closed_alerts} real alerts with an outcome: raised under each"
    for i, answers in enumerate(c.variants[0].answers):
        cells = []
        for variant in c.variants:
            a = variant.answers[i]
            moved = f" ({a.minutes:+.0f} min)" if a.minutes else ""
            cells.append(_format_cell(f"{a.kept} of {a.closed}{moved}"))
        yield f"  {answers.label:<{_WIDTH - 2}}" + "".join(cells)
    yield f"  {'nobody closed one':<{_WIDTH - 2}}" + "".join(_format_cell(str(v.unlabelled)) for v in c.variants)
    for variant in c.variants:
        for lost in (name for a in variant.answers for name in a.lost):
            yield f"  {variant.name} would not have raised {lost}, which was true"


def _format_difference(i: int, d: Difference) -> Iterator[str]:
    yield f"({i}) {d.variant} against the settings in force"
    yield f"  {'rule':<22}{'same':>8}{'earlier':>9}{'later':>8}{'median min':>12}{'appear':>8}{'vanish':>8}"
    for r in d.rules:
        minutes = "-" if r.minutes is None else f"{r.minutes:+.0f}"
        yield f"  {r.rule:<22}{r.same:>8}{r.earlier:>9}{r.later:>8}{minutes:>12}{r.appear:>8}{r.vanish:>8}"
    yield f"  {d.residents_changed} residents are affected" + ("; most:" if d.residents else "")
    for one in d.residents[:_MOST_RESIDENTS]:
        waits = f"{_format_hours(one.wait_before_h)} -> {_format_hours(one.wait_after_h)} h"
        yield f"    {one.resident:<24}{one.alerts_before:>4} -> {one.alerts_after:<4} alerts, mean wait {waits}"


def _format_hours(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _format_cell(text: str) -> str:
    # the space is not part of the width: a cell wider than its column must not touch its neighbour
    return f" {text:>19}"
