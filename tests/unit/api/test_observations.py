"""Readings in the order in which they were stored, by cursor: each once, and none that the role does not show."""

from __future__ import annotations

from typing import Any

import pytest

from homebeat.api import create_app
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from tests.people import add_key
from tests.unit.api.fixtures import api_context, web
from tests.unit.api.street import Clock, Street

MINUTE = 60_000
PATH = "/api/v1/observations"


@pytest.fixture
def asked(street: Street, clock: Clock) -> Any:
    """Asks as a key of a role in an area."""

    def ask(path: str, role: str = "nurse", area: str | None = None) -> Any:
        name = f"{role}-{area}"
        if name not in keys:
            keys.add(name)
            add_key(street.store, name, role, area=area)
        with web(create_app(api_context(street.store, clock))) as client:
            return client.get(path, headers={"Authorization": f"Bearer {name}"})

    keys: set[str] = set()
    return ask


def follow(asked: Any, after: str = "0", limit: int = 3, **who: str) -> list[tuple[str, str, float]]:
    found: list[tuple[str, str, float]] = []
    while True:
        page = asked(f"{PATH}?after={after}&limit={limit}", **who).json()
        found += [(item["device"], item["metric"], item["value"]) for item in page["items"]]
        after = page["next_cursor"]
        if not page["has_more"]:
            return found


def test_each_comes_once_in_the_order_of_the_log(street: Street, clock: Clock, asked: Any) -> None:
    at = clock()
    street.readings("m-0", Metric.VOLUME_M3, [(at - n * MINUTE, float(n)) for n in range(5)])
    street.readings("b-1", Metric.HEART_RATE_BPM, [(at - 9 * MINUTE, 71.0), (at - 8 * MINUTE, 72.0)])
    street.readings("m-0", Metric.VOLUME_M3, [(at - 90 * MINUTE, 99.0)])  # late, and after the others
    expected = [("m-0", "volume_m3", float(n)) for n in range(5)]
    expected += [("b-1", "heart_rate_bpm", 71.0), ("b-1", "heart_rate_bpm", 72.0), ("m-0", "volume_m3", 99.0)]
    assert follow(asked) == follow(asked, limit=200) == expected


def test_without_a_cursor_it_begins_now(street: Street, clock: Clock, asked: Any) -> None:
    street.readings("m-0", Metric.VOLUME_M3, [(clock(), 1.0)])
    page = asked(PATH).json()
    assert (page["items"], page["has_more"]) == ([], False)
    street.readings("m-0", Metric.VOLUME_M3, [(clock() + 1, 2.0)])
    assert follow(asked, page["next_cursor"]) == [("m-0", "volume_m3", 2.0)]


def test_what_the_role_and_the_area_do_not_show_is_left_out(street: Street, clock: Clock, asked: Any) -> None:
    at = clock()
    street.readings("b-1", Metric.HEART_RATE_BPM, [(at, 71.0)])
    street.readings("b-1", Metric.BATTERY_PCT, [(at, 55.0)])
    assert [metric for _, metric, _ in follow(asked)] == ["heart_rate_bpm", "battery_pct"]
    assert [metric for _, metric, _ in follow(asked, role="integrator")] == ["battery_pct"]
    assert follow(asked, area="other") == []
    assert asked(PATH, role="auditor").status_code == 403


def test_a_page_is_one_look(street: Street, clock: Clock, asked: Any) -> None:
    street.readings("b-1", Metric.HEART_RATE_BPM, [(clock(), 71.0)])
    street.readings("m-2", Metric.VOLUME_M3, [(clock(), 1.0)])
    asked(f"{PATH}?after=0")
    asked(PATH)  # nothing is shown
    with street.store.read(EVERYTHING) as reader:
        looks = [row for row in reader.audit.read_page(9).items if row.action == "look"]
    assert [(row.actor, row.about, row.detail["fields"]) for row in looks] == [("key:nurse-None", "observations", "vitals,water")]


@pytest.mark.parametrize("after", ["1", "nonsense", "AAAAAAAAAAAAAAAAAAAAAA"])
def test_a_cursor_of_nobody_is_refused(asked: Any, after: str) -> None:
    answer = asked(f"{PATH}?after={after}")
    assert answer.status_code == 409
    assert "begin without one" in answer.json()["detail"]


def test_the_same_as_fhir(street: Street, clock: Clock, asked: Any) -> None:
    street.readings("b-1", Metric.HEART_RATE_BPM, [(clock() - MINUTE, 71.0)])
    plain = asked(f"{PATH}?after=0").json()
    fhir = asked("/api/v1/fhir/observations?after=0").json()
    (item,), (resource,) = plain["items"], fhir["items"]
    assert (item["household"], item["resident"]) == ("h-1", "r-1")
    assert resource["resourceType"] == "Observation"
    assert resource["valueQuantity"]["value"] == item["value"] == 71.0
    assert resource["effectiveDateTime"] == item["observed_at"]
    assert plain["next_cursor"] == fhir["next_cursor"]
