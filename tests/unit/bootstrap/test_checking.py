"""`homebeat check` says what cannot be supported by the devices that are there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from homebeat.bootstrap.checking import check
from homebeat.domain.fleet import Area, Device, DeviceKind, Fleet, Household
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId
from homebeat.rules.catalogue import RULES
from homebeat.settings import load
from homebeat.store import open_store


@pytest.mark.parametrize("resolution, said", [(1.0, False), (10.0, True), (100.0, True)])
def test_a_coarse_meter_cannot_show_a_small_leak(
    resolution: float, said: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    force = load({"HOMEBEAT_STATE_DIR": str(tmp_path)}, RULES)
    meter = Device(DeviceId("meter-1"), DeviceKind.WATER_METER, None, None, timedelta(hours=1), resolution)
    home = Household(HouseholdId("h"), AreaId("a"), "UTC", devices=(meter,))
    store = open_store(force.settings.store_url)
    with store.begin() as tx:
        tx.fleet.apply(Fleet((Area(AreaId("a"), "A"),), (home,)), 0)
    store.close()
    assert check(force) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("note: 1 water meters") and "meter-1" in line for line in lines) is said
