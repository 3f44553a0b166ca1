"""What the roster says of residents, beside their rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from homebeat.domain.fleet import Disregarded, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId
from homebeat.stream.roster import Roster

T0 = 1_772_352_000_000
DAY = datetime(2026, 3, 1, tzinfo=UTC)
GULL = Household(
    HouseholdId("gull"),
    AreaId("harbour"),
    "Europe/Madrid",
    residents=(
        Resident(ResidentId("ana"), "Ana", false_alarms_a_month=0.25),
        Resident(
            ResidentId("ben"),
            "Ben",
            disregarded=(Disregarded(DAY, DAY + timedelta(hours=9), "hospital"), Disregarded(DAY, DAY, "device")),
        ),
    ),
    ask_first=True,
)
FINCH = Household(HouseholdId("finch"), AreaId("harbour"), "Asia/Shanghai", residents=(Resident(ResidentId("cao"), "Cao"),))


def test_what_a_carer_chose_is_by_resident_row() -> None:
    roster = Roster().with_registry(Fleet((), (GULL, FINCH)), T0)
    assert np.array_equal(roster.budget, np.array([0.25, np.nan, np.nan], np.float32), equal_nan=True)
    assert roster.asks.tolist() == [True, True, False]
    assert [roster.zones[z] for z in roster.zone] == ["Europe/Madrid", "Europe/Madrid", "Asia/Shanghai"]
    assert roster.disregarded_resident.tolist() == [1, 1]
    start = round(DAY.timestamp() * 1000)
    assert roster.disregarded_from.tolist() == [start, start]
    assert roster.disregarded_until.tolist() == [start + 9 * 3_600_000, start]


def test_rows_and_zones_keep_their_place_when_homes_come_and_go() -> None:
    roster = Roster().with_registry(Fleet((), (GULL, FINCH)), T0)
    moved = replace(FINCH, timezone="Africa/Lagos", ask_first=True)
    later = roster.with_registry(Fleet((), (moved,)), T0 + 1)
    assert later.resident_ids == roster.resident_ids
    assert later.resident_active.tolist() == [False, False, True]
    assert later.zones[: len(roster.zones)] == roster.zones
    assert later.zones[later.zone[2]] == "Africa/Lagos"
    assert later.asks.tolist() == [False, False, True]
    assert np.isnan(later.budget).all()
    assert not len(later.disregarded_resident)
