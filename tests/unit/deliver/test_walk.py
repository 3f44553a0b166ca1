"""The walk through all homes: each is published anew in time, and quickly once where everything is asked for anew."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from homebeat.deliver.home_assistant.announcements import AVAILABILITY_RUNS_OUT_S, AVAILABILITY_S, Announcer
from homebeat.deliver.home_assistant.walk import FAST_PAGE_S, PAGE, HomeWalk
from homebeat.domain.ids import HouseholdId
from homebeat.wording import Language, Wording


@dataclass
class Street:
    """Homes that a walk publishes, on a clock of its own."""

    homes: int
    walk: HomeWalk
    now_s: float = 0.0
    said: Counter[str] = field(default_factory=Counter)
    said_at: dict[str, float] = field(default_factory=dict)
    longest_s: float = 0.0

    def publish(self, home: str) -> None:
        if home in self.said_at:
            self.longest_s = max(self.longest_s, self.now_s - self.said_at[home])
        self.said[home] += 1
        self.said_at[home] = self.now_s

    def __post_init__(self) -> None:
        self.ids = [HouseholdId(f"{no:06}") for no in range(self.homes)]

    def grow(self, homes: int) -> None:
        """More homes join, and are published at once."""
        before, self.homes = self.homes, homes
        self.__post_init__()
        for one in self.ids[before:]:
            self.publish(one)

    def turn(self) -> bool:
        """Publish the next page when it is due; returns whether it was the last one of a walk."""
        self.now_s = max(self.now_s, self.walk.due_at_s)
        begins = bisect_right(self.ids, self.walk.after)
        page = self.ids[begins : begins + PAGE]
        for one in page:
            self.publish(one)
        return self.walk.go_on(page, self.now_s)

    def finish_walk(self) -> None:
        while not self.turn():
            continue

    def finish_fast(self) -> None:
        """Go on until the next walk is a slow one."""
        while self.walk.is_fast:
            self.turn()

    def count(self, page: int) -> int:
        """How often the homes of a page were published; each as often as the others."""
        (times,) = {self.said[f"{no:06}"] for no in range(page * PAGE, min((page + 1) * PAGE, self.homes))}
        return times


def test_a_watch_that_is_heard_of_at_the_start_costs_no_second_walk() -> None:
    """What was published before is said again, and nothing else."""
    street = Street(1_050, HomeWalk(900.0))
    street.walk.ask_again()
    street.finish_fast()
    assert [street.count(page) for page in range(11)] == [1] * 11, "nothing was published before it was asked"
    street = Street(1_050, HomeWalk(900.0))
    street.turn()
    street.turn()
    street.walk.ask_again()
    street.finish_fast()
    assert [street.count(page) for page in range(11)] == [2, 2, *[1] * 9]
    assert street.now_s <= 14 * FAST_PAGE_S


def test_what_is_asked_anew_in_a_second_walk_leaves_nobody_out() -> None:
    street = Street(550, HomeWalk(900.0))
    for _ in range(4):
        street.turn()
    street.walk.ask_again()
    street.finish_walk()
    street.turn()
    street.said.clear()
    street.walk.ask_again()
    street.finish_fast()
    assert [street.count(page) for page in range(6)] == [1] * 6
    street.said.clear()
    street.walk.ask_again()
    assert street.walk.is_fast
    street.finish_fast()
    assert [street.count(page) for page in range(6)] == [1] * 6, "a slow walk becomes a quick one from the first home on"


def test_configurations_known_are_published_again_in_the_first_walk_alone() -> None:
    street = Street(250, HomeWalk(900.0))
    street.turn()
    street.walk.ask_again()
    full = [street.walk.is_full]
    while not street.turn():
        full.append(street.walk.is_full)
    assert (full, street.walk.is_full, street.walk.is_fast) == ([True, True], False, True)


def find_expiry_s(refresh_s: float) -> int:
    """What the shortest-lived entity of a home or of an area has as `expire_after`, seconds."""
    announcer = Announcer("b:1", "homeassistant", "out", timedelta(seconds=refresh_s), Wording(Language.ENGLISH))
    made = (announcer.announce_home("h", "", ""), announcer.announce_area("a", ""))
    parts = [part for _, said in made for part in json.loads(said.payload)["components"].values()]
    assert len(parts) == 7
    return int(min(part["expire_after"] for part in parts))


@pytest.mark.parametrize(("homes", "refresh_s"), [(3, 2.0), (120, 60.0), (40_000, 900.0), (100_000, 7_200.0)])
def test_each_state_is_published_twice_before_it_runs_out(homes: int, refresh_s: float) -> None:
    street = Street(homes, HomeWalk(refresh_s))
    street.finish_fast()
    before = street.said.copy()
    for _ in range(3):
        street.finish_walk()
    assert min((street.said - before).values()) == 3
    assert 2 * street.longest_s <= find_expiry_s(refresh_s)


def test_what_says_that_homebeat_runs_is_published_three_times_before_it_runs_out() -> None:
    assert 3 * AVAILABILITY_S <= AVAILABILITY_RUNS_OUT_S


def test_homes_that_join_by_the_thousands_are_published_before_they_run_out() -> None:
    """They are announced as they join, and a slow walk was made for the few that there were."""
    street = Street(150, HomeWalk(900.0))
    street.finish_fast()
    street.turn()
    street.grow(20_000)
    for _ in range(2):
        street.finish_walk()
    assert min(street.said.values()) >= 2
    assert street.longest_s + 60 <= find_expiry_s(900.0)
