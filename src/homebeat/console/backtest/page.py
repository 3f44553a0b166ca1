"""Renders a back-test as one self-contained page: it loads nothing, plots are drawn here, and every plot has its table."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from homebeat.backtest.report import Comparison, Variant
from homebeat.console.backtest.plots import draw_curve, draw_key, draw_scatter
from homebeat.console.web.page import Templates, read_style
from homebeat.console.web.plots import draw_bars
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

_LABELS = {
    "true": msg("Needed help"),
    "false": msg("All was well"),
    "away": msg("Confirmed away"),
    "device": msg("Device was the cause"),
}
_CHANGES = {"appear": msg("new"), "vanish": msg("gone"), "earlier": msg("earlier"), "later": msg("later")}


def render_page(comparison: Comparison, language: str) -> str:
    """Render the report as HTML, in English or Chinese. It shows residents by id, and nobody by name."""
    words = Wording(language)
    variants = [_name_in_force(v, words) for v in comparison.variants]
    codes = list(dict.fromkeys(load.rule for v in variants for load in v.rules))
    loads = [{load.rule: load for load in v.rules} for v in variants]
    rates = [(words.rule_name(c), [some[c].per_resident_month if c in some else 0.0 for some in loads]) for c in codes]
    html = Templates().render(
        "backtest.html",
        words,
        style=read_style("report.css"),
        c=comparison,
        variants=variants,
        rules=[(words.rule_name(c), [some.get(c) for some in loads]) for c in codes],
        labels={code: words.text(text) for code, text in _LABELS.items()},
        changes={code: words.text(text) for code, text in _CHANGES.items()},
        keys=[Markup(draw_key(i)) for i in range(len(variants))],  # noqa: S704  numbers of ours
        curve=Markup(_draw_curve(comparison, variants, words)),  # noqa: S704  escaped where it is drawn
        bars=Markup(_draw_bars(rates, words)),  # noqa: S704  likewise
        scatters=[Markup(_draw_scatter(comparison, i, words)) for i in range(len(comparison.differences))],  # noqa: S704
    )
    return str(html)


def _name_in_force(variant: Variant, words: Wording) -> Variant:
    """Name the settings in force in the reader's language."""
    if variant.name != "in force":
        return variant
    return Variant(**{name: getattr(variant, name) for name in Variant.__slots__} | {"name": words.text("In force")})


def draw_comparison(comparison: Comparison, words: Wording) -> str:
    """Draw false alarms against the wait after a collapse, as SVG."""
    return _draw_curve(comparison, [_name_in_force(one, words) for one in comparison.variants], words)


def _draw_curve(c: Comparison, variants: Sequence[Variant], words: Wording) -> str:
    return draw_curve(
        variants,
        c.fixed_limits,
        words.text("False alarms against the wait after a collapse"),
        words.text("False alarms a resident-month"),
        words.text("Mean wait after a collapse, hours"),
    )


def _draw_bars(rates: Sequence[tuple[str, Sequence[float]]], words: Wording) -> str:
    return draw_bars(rates, words.text("Alerts by rule"), words.text("Alerts a resident-month"))


def _draw_scatter(c: Comparison, i: int, words: Wording) -> str:
    return draw_scatter(
        c.differences[i].points,
        i + 1,
        words.text("Alerts of each resident, before and after"),
        words.text("Alerts under the settings in force"),
        words.text("Alerts under the candidate"),
    )
