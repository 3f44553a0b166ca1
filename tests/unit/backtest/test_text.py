"""The table of a comparison can be read: no cell touches its neighbour."""

from __future__ import annotations

from homebeat.backtest.report import Comparison, OutcomeMatch, QuestionLoad, Variant, Waits
from homebeat.backtest.text import format_comparison

NO_WAIT = Waits(injected=0, missed=0, mean_h=None, p95_h=None, longest_h=None, within_12h=None)


def variant(name: str, minutes: float | None) -> Variant:
    answers = [OutcomeMatch("true", closed=1234, kept=1234, earlier=0, later=0, minutes=minutes)]
    return Variant(name, [], [], QuestionLoad(0, 0.0, 0), NO_WAIT, 0.0, answers, unlabelled=0)


def test_cells_wider_than_their_column_stay_apart() -> None:
    variants = [variant("in force", None), variant("one", -1234.0), variant("two", 1234.0)]
    told = format_comparison(Comparison("c1", "a", "b", 7.0, 0.0, 1, 1, 1.0, 1, variants, [], [], closed_alerts=1234))
    (row,) = (line for line in told.splitlines() if line.startswith("  true"))
    assert " ".join(row.split()) == "true 1234 of 1234 1234 of 1234 (-1234 min) 1234 of 1234 (+1234 min)"
