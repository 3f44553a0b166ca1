"""When the street of the demo goes live: no scene may be judged as the past, of which nobody is notified."""

from __future__ import annotations

import pytest

from homebeat.bootstrap.demo import choose_beginning
from homebeat.bootstrap.history import GRID_MS
from simulators.demo import make_demo_script

HALF_PAST = 1_772_409_600_000 - 1_772_409_600_000 % GRID_MS


@pytest.mark.parametrize("after_s", [-16, -15, -14, 0, 24, 45, 46, 47, 900, 1_700])
def test_no_half_hour_lies_between_what_the_scenes_need_and_the_beginning(after_s: int) -> None:
    wall = HALF_PAST + after_s * 1_000
    begin = choose_beginning(wall)
    assert 15_000 <= begin - wall <= 76_000
    script = make_demo_script(begin, homes=60)
    by_time = [scene.at - 60_000 for scene in script.scenes if scene.rule in {"water_running", "no_sign_of_life"}]
    assert {at // GRID_MS for at in by_time} == {begin // GRID_MS}
