"""How long a channel has before the next one begins, and follow-ups: what may stand there, and what is said of the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homebeat.domain.channel import CONTACT_CHANNELS, SMS
from homebeat.domain.follow_up import FollowUpCases, FollowUpTerms
from homebeat.domain.ids import AreaId
from homebeat.settings.response_plans import read_book


def read(value: object) -> tuple[timedelta, list[tuple[str, str]]]:
    said: list[tuple[str, str]] = []
    book = read_book({"next_channel_after": value}, {}, {}, lambda key, text: said.append((key, text)))
    return book.next_channel_after, said


def test_it_is_a_minute_unless_the_settings_say_otherwise() -> None:
    assert read_book({}, {}, {}, lambda *_: pytest.fail("nothing is wrong")).next_channel_after == timedelta(seconds=60)
    assert read("PT10S") == (timedelta(seconds=10), [])
    assert read("PT10M") == (timedelta(minutes=10), [])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("PT9S", "is not between PT10S and PT10M"),
        ("PT601S", "is not between PT10S and PT10M"),
        (60, "60 is not a duration; write PT12H, PT15M, PT90S or P1DT6H"),
    ],
)
def test_what_cannot_be_is_said_and_a_minute_stays(value: object, text: str) -> None:
    assert read(value) == (timedelta(seconds=60), [("response.next_channel_after", text)])


@pytest.mark.parametrize(("kind", "hint"), [("webhok", "; did you mean webhook?"), ("pigeon", "")])
def test_a_step_over_a_channel_that_does_not_exist_is_refused_and_said_once(kind: str, hint: str) -> None:
    said: list[tuple[str, str]] = []
    step = {"who": "desk", "wait": "PT5M", "channel": kind}
    table = {"plan": "night", "plans": {"night": [step]}}
    book = read_book(table, {"lane": {"plan": "night"}}, {}, lambda key, text: said.append((key, text)))
    assert "night" not in book.plans
    assert said == [("response.plans.night[0].channel", f"{kind!r} is not one of {', '.join(CONTACT_CHANNELS)}{hint}")]
    said.clear()
    assert "night" in read_book({"plans": {"night": [step | {"channel": SMS}]}}, {}, {}, lambda *some: said.append(some)).plans
    assert said == []


def read_follow_up(table: object) -> tuple[FollowUpTerms, list[tuple[str, str]]]:
    said: list[tuple[str, str]] = []
    book = read_book({"follow_up": table}, {}, {}, lambda key, text: said.append((key, text)))
    return book.follow_up, said


def test_which_closed_cases_are_asked_about() -> None:
    assert read_follow_up({}) == (FollowUpTerms(FollowUpCases.PRESSING, timedelta(hours=24), timedelta(hours=72)), [])
    wanted = FollowUpTerms(FollowUpCases.VISITED, timedelta(hours=2), timedelta(days=7))
    assert read_follow_up({"cases": "visited", "after": "PT2H", "within": "P7D"}) == (wanted, [])


def test_of_each_setting_of_follow_ups_the_nearest_area_counts() -> None:
    said: list[tuple[str, str]] = []
    areas = {
        "town": {"follow_up": {"cases": "none", "within": "P7D"}},
        "lane": {"plan": "desk_only", "follow_up": {"cases": "visited", "after": "PT1S"}},
    }
    book = read_book({"follow_up": {"after": "PT2H"}}, areas, {}, lambda key, text: said.append((key, text)))
    town, lane = AreaId("town"), AreaId("lane")
    assert book.choose_follow_up([town]) == FollowUpTerms(FollowUpCases.NONE, timedelta(hours=2), timedelta(days=7))
    assert book.choose_follow_up([lane, town]) == FollowUpTerms(FollowUpCases.VISITED, timedelta(hours=2), timedelta(days=7))
    assert book.choose_follow_up([AreaId("hill")]) == FollowUpTerms(after=timedelta(hours=2))
    assert said == [("areas.lane.response.follow_up.after", "is not between PT1H and P14D")]


@pytest.mark.parametrize(
    ("table", "key", "text"),
    [
        ({"after": "PT59M"}, ".after", "is not between PT1H and P14D"),
        ({"within": "P15D"}, ".within", "is not between PT1H and P14D"),
        ({"cases": "every"}, ".cases", "'every' is not one of pressing, visited, none"),
        ({"afters": "PT2H"}, ".afters", "there is no such setting; did you mean after?"),
        ("PT24H", "", "is a table of settings, not a single value"),
    ],
)
def test_a_follow_up_that_cannot_be_is_said_and_the_usual_stays(table: object, key: str, text: str) -> None:
    assert read_follow_up(table) == (FollowUpTerms(), [(f"response.follow_up{key}", text)])
