"""Contracts of providers in a fleet file: read, or refused with line and field."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from homebeat.domain.alert import Priority
from homebeat.domain.contract import Contract
from homebeat.domain.ids import ResponderId
from homebeat.registry.fleet_file import read_fleet
from tests.unit.fleet_file.test_responders import HUA, find_faults, make_file


def provider(name: str, contract: object = None, **more: object) -> dict[str, Any]:
    return {"id": name, "name": name, "kind": "provider", "areas": ["s1"], "contract": contract, **more}


def test_every_field_is_read() -> None:
    wanted = {
        "standby": ["relief"],
        "answer_within": {"critical": "PT2M"},
        "door_within": {"critical": "PT20M", "high": "PT40M"},
        "failed_share": 0.2,
        "window": "P60D",
        "least_visits": 5,
        "trial_visits": 4,
        "trial_after": "P3D",
        "from": "2026-01-01",
        "until": "2026-12-31",
        "timezone": "Asia/Shanghai",
    }
    fleet = read_fleet(make_file(provider("care", wanted), provider("relief"), provider("third", {})), is_json=True)
    care, relief, third = (one.contract for one in fleet.responders)
    usual = Contract()
    assert relief is None
    assert third == usual
    assert care is not None
    assert care.answer_within == {**usual.answer_within, Priority.CRITICAL: timedelta(minutes=2)}
    assert care.door_within[Priority.HIGH] == timedelta(minutes=40)
    rest = care.standby, care.failed_share, care.window, care.least_visits, care.trial_visits, care.trial_after
    assert rest == ((ResponderId("relief"),), 0.2, timedelta(days=60), 5, 4, timedelta(days=3))
    assert (care.first_day, care.last_day, care.zone) == (date(2026, 1, 1), date(2026, 12, 31), "Asia/Shanghai")


def test_its_days_are_those_of_its_zone() -> None:
    contract = Contract(first_day=date(2026, 3, 1), last_day=date(2026, 3, 1), zone="Asia/Shanghai")
    midnight = 1_772_294_400_000  # 2026-03-01T00:00 in Shanghai
    day = 86_400_000  # lint: allow duration the length of that day
    assert [contract.holds_at(midnight + at) for at in (-1, 0, day - 1, day)] == [False, True, True, False]


@pytest.mark.parametrize(
    "contract, more, fault",
    [
        ({"standby": ["care"]}, {}, "there is no other provider 'care'"),
        ({"standby": ["releif"]}, {}, "did you mean relief?"),
        ({"standby": ["hua"]}, {}, "there is no other provider 'hua'"),
        ({"standby": ["relief"]}, {"areas": ["c1"]}, "'relief' does not answer in the area 'c1': add it to their `areas`"),
        ({"standby": ["relief"]}, {"areas": []}, "'relief' does not answer everywhere, as 'care' does"),
        ({"failed_share": 2}, {}, "contract.failed_share: 2 is not between 0 and 1"),
        ({"least_visits": 2.5}, {}, "2.5 is not a whole number"),
        ({"answer_within": {"urgent": "PT1M"}}, {}, "contract.answer_within.urgent: there is no such field"),
        ({"from": "2026-03-02", "until": "2026-03-01", "timezone": "UTC"}, {}, "contract.until: is before `from`"),
        ({"from": "2026-03-02"}, {}, "contract.timezone: is missing"),
        ({"until": "soon", "timezone": "Mars"}, {}, "'soon' is not a day"),
        ({"timezone": "Mars"}, {}, "'Mars' is not a time zone"),
        ("yes", {}, "is a table of fields here"),
        ({}, {"kind": "field"}, "is for a responder of the kind `provider` alone"),
    ],
)
def test_a_fault_is_named(contract: object, more: dict[str, object], fault: str) -> None:
    text = make_file(provider("care", contract, **more), provider("relief"), HUA)
    assert any(fault in one for one in find_faults(text)), find_faults(text)


def test_a_responder_that_is_no_provider_is_not_called_the_one_that_was_meant() -> None:
    (fault,) = find_faults(make_file(provider("care", {"standby": ["hua"]}), provider("relief"), HUA))
    assert fault.endswith("there is no other provider 'hua'")
