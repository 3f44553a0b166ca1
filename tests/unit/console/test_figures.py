"""Counts of people are kept where there are many people, and for no longer than that costs."""

from __future__ import annotations

from homebeat.console.desk.figures import HeaderFigures
from homebeat.console.desk.queue import Windows
from homebeat.domain.ids import ResidentId
from homebeat.domain.principal import Principal
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Operation
from homebeat.store import ResidentState
from homebeat.wording import Wording
from tests.people import person
from tests.unit.api.street import HOUR, NOON, Clock, Street

DESK, LANE = person("ann", "desk"), person("lin", "desk", "lane")


def turn_quiet(street: Street, n: int) -> None:
    with street.store.begin() as tx:
        tx.states.put([ResidentState(ResidentId(f"r-{n}"), "quiet", NOON, NOON - HOUR, NOON, False, NOON)], [])


def count_quiet(street: Street, figures: HeaderFigures, now: int, who: Principal = DESK) -> tuple[int, int | None]:
    with street.store.read(who.find_scope(Operation.READ_ALERTS)) as reader:
        counts, until = figures.read_states(reader, who.grants, now)
    return counts["quiet"], until


def test_a_community_is_counted_each_time(street: Street) -> None:
    figures = HeaderFigures()
    assert count_quiet(street, figures, NOON) == (3, None)
    turn_quiet(street, 0)
    assert count_quiet(street, figures, NOON) == (4, None)


def test_a_large_city_is_counted_as_seldom_as_it_is_large(street: Street) -> None:
    figures = HeaderFigures(people_a_ms=0.01)  # 12 people, as 120,000 would be with the default
    assert count_quiet(street, figures, NOON) == (3, None)
    turn_quiet(street, 0)
    assert count_quiet(street, figures, NOON + 1_199) == (3, NOON + 1_200)
    assert count_quiet(street, figures, NOON + 1_199, LANE) == (4, None), "other roles are counted by themselves"
    assert count_quiet(street, figures, NOON + 1_200) == (4, None)
    assert count_quiet(street, figures, NOON) == (4, None), "a clock that steps back keeps nothing"


def test_a_window_with_kept_counts_is_read_again_when_they_are_over(street: Street, clock: Clock) -> None:
    windows = Windows(street.store, lambda _reader: PlanBook(), HeaderFigures(people_a_ms=0.01))

    def read() -> list[str]:
        window = windows.get(street.store.find_newest_change(), Wording("en"), clock(), None, DESK)
        return [tile.count for tile in window.tiles if tile.look == "extra quiet"]

    assert read() == ["3"]
    clock.now += 1_000
    turn_quiet(street, 0)
    assert read() == ["3"]
    clock.now += 201
    assert read() == ["4"], "though nothing has changed since"
