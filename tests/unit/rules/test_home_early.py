"""When the rule may rest: never while anybody of the block is home before the declared end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from homebeat.rules.frame import Frame
from homebeat.rules.home_early import HomeEarly
from homebeat.stream.batch import FAR, NEVER

SINCE = 1_772_352_000_000


@pytest.mark.parametrize(
    "home_since, idle_until", [((NEVER, NEVER), FAR), ((SINCE, NEVER), NEVER), ((NEVER, SINCE), NEVER), ((SINCE, SINCE), NEVER)]
)
def test_one_who_is_home_early_keeps_the_whole_block_awake(home_since: tuple[int, int], idle_until: int) -> None:
    frame = cast("Frame", SimpleNamespace(home_early=(np.array(home_since), np.full(2, FAR))))
    assert HomeEarly().find_idle_until(frame) == idle_until
