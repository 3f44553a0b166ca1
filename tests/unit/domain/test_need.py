"""Who of many homes needs somebody first."""

from __future__ import annotations

from homebeat.domain.alert import Priority
from homebeat.domain.need import rank_need


def test_the_order_of_need() -> None:
    wanted = [
        rank_need(Priority.CRITICAL, ["active"], [1950], 9),
        rank_need(Priority.HIGH, ["quiet"], [1930], 8),
        rank_need(Priority.HIGH, ["unknown"], [1930], 7),
        rank_need(None, ["quiet"], [1931], 6),
        rank_need(None, ["quiet"], [1932], 5),
        rank_need(None, ["quiet"], [None], 3),
        rank_need(None, ["quiet"], [None], 4),
        rank_need(None, ["active", "quiet"], [1930, 1931], 2),
        rank_need(None, ["unknown"], [1930], 1),
        rank_need(None, ["active"], [1930], 0),
        rank_need(None, [], [], 0),
    ]
    assert sorted(wanted) == wanted
