"""The picture of a carer's choices."""

from __future__ import annotations

import re

from homebeat.console.resident.curve import CurveLabels, draw_curve
from homebeat.store import CurvePoint

LABELS = CurveLabels("title", "across", "up", "in force")


def named(*budgets: float, in_force: float) -> list[str]:
    """The names under the points of the curve."""
    points = [CurvePoint(budget, 0.0, 5.0, 8.0) for budget in budgets]
    chosen = next(point for point in points if point.budget == in_force)
    drawn = draw_curve(points, chosen, [f"{budget:g}" for budget in budgets], LABELS)
    return re.findall(r'y="200.0" text-anchor="middle">([^<]*)<', drawn)


def test_each_point_has_its_name() -> None:
    assert named(0.125, 0.25, 0.5, 1, 2, 4, in_force=0.5) == ["0.125", "0.25", "0.5", "1", "2", "4"]


def test_a_name_that_would_run_into_that_of_the_point_in_force_is_left_out() -> None:
    assert named(0.125, 0.25, 0.5, 0.59, 1, 2, 4, in_force=0.59) == ["0.125", "0.25", "0.59", "1", "2", "4"]
    assert named(0.125, 0.25, 0.48, 0.5, 1, 2, 4, in_force=0.48) == ["0.125", "0.25", "0.48", "1", "2", "4"]
