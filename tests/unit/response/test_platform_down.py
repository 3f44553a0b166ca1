"""A city platform that takes no events for hours is one alert, once."""

from __future__ import annotations

from dataclasses import replace

from homebeat.actions.watch_platforms import DOWN_MS, find_platform_steps, list_down
from homebeat.domain.alert import Condition, Outcome, resolve
from homebeat.store import PlatformPlace

SINCE = 1_772_372_400_000
NOW = SINCE + DOWN_MS
CITY = PlatformPlace("city", 7, "digest", 12, 0, NOW, SINCE, "the platform answered 503", 0)


def test_it_opens_after_four_hours_and_not_before_and_not_where_all_is_well() -> None:
    well = replace(CITY, name="well", failing_since=None)
    assert not list_down({"city": CITY, "well": well}, NOW - 1)
    down = list_down({"city": CITY, "well": well}, NOW)
    ((alert, _),) = find_platform_steps(down, {}, set(), NOW)
    assert (alert.rule, alert.subject.service, alert.since, alert.desk) == ("platform_down", "platform-city", SINCE, "devices")


def test_it_opens_once_for_an_outage_however_long_and_whoever_closes_it() -> None:
    ((alert, _),) = find_platform_steps(list_down({"city": CITY}, NOW), {}, set(), NOW)
    later = list_down({"city": CITY}, NOW + DOWN_MS)
    assert not find_platform_steps(later, {"city": alert}, {alert.id}, NOW + DOWN_MS)
    closed, _ = resolve(alert, NOW + 1, "user:chen", Outcome.DEVICE)
    assert not find_platform_steps(later, {}, {closed.id}, NOW + DOWN_MS)
    again = list_down({"city": replace(CITY, failing_since=NOW + DOWN_MS)}, NOW + 2 * DOWN_MS)
    assert len(find_platform_steps(again, {}, {closed.id}, NOW + 2 * DOWN_MS)) == 1, "the next outage is another one"


def test_it_is_over_when_the_platform_takes_events_or_has_left_the_settings() -> None:
    ((alert, _),) = find_platform_steps(list_down({"city": CITY}, NOW), {}, set(), NOW)
    ((cleared, _),) = find_platform_steps({}, {"city": alert}, {alert.id}, NOW + 1)
    assert cleared.condition is Condition.CLEARED
    assert not find_platform_steps({}, {"city": cleared}, {alert.id}, NOW + 2)
