"""City platforms in the settings: what is opened, and what is said where one cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from homebeat.actions.watch_platforms import list_down
from homebeat.bootstrap.platforms import judge_platforms, keep_places, make_lanes, open_platforms
from homebeat.domain.alert import Outcome, Queue
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.errors import BadSettings
from homebeat.domain.event import EventType
from homebeat.domain.ids import AreaId
from homebeat.domain.platform import OrderProgress
from homebeat.domain.scope import EVERYTHING
from homebeat.egress.policy import EgressPolicy
from homebeat.rules.catalogue import RULES
from homebeat.settings.explain import explain
from homebeat.settings.load import load
from homebeat.settings.model import InForce
from homebeat.store import Store
from tests.people import NOON

SECRET = "whsec_" + "Zmlyc3Qtc2VjcmV0LW9mLXRoZS1jaXR5"
GOOD = f"""
[platforms.city]
url = "https://orders.city.example/homebeat"
secret = "{SECRET}"
key = "city"
areas = ["plum-lane"]
events = ["alert.opened", "alert.resolved"]
[platforms.city.states]
"办结" = "done"
[platforms.city.outcomes]
"平安" = "fine"
"""


def read(tmp_path: Path, text: str) -> InForce:
    file = tmp_path / "homebeat.toml"
    file.write_text(text, encoding="utf-8")
    return load({}, RULES, file)


def test_a_platform_is_what_the_settings_say(tmp_path: Path, sqlite_store: Store) -> None:
    force = read(tmp_path, GOOD)
    (city,) = open_platforms(force.settings)
    assert (city.name, city.key, city.areas, city.queues) == (
        "city",
        "city",
        frozenset({AreaId("plum-lane")}),
        frozenset({Queue.CARE}),
    )
    assert city.events == {EventType.OPENED, EventType.RESOLVED}
    assert (city.find_progress(" 办结 "), city.find_progress("挂起")) == (OrderProgress.DONE, None)
    assert [city.find_outcome(word) for word in ("平安", "helped", "withdrawn", "")] == [Outcome.FINE, Outcome.HELPED, None, None]
    assert judge_platforms(force.settings, EgressPolicy()) == []
    assert [name for name, _ in make_lanes(force.settings, sqlite_store, EgressPolicy(), "here", lambda: 0)] == ["city"]


def test_secrets_and_addresses_of_platforms_are_not_printed(tmp_path: Path) -> None:
    lines = {line.key: line for line in explain(read(tmp_path, GOOD))}
    assert lines["platforms.city.secret"].value == lines["platforms.city.url"].value == "***"
    assert lines["platforms.city.secret"].source == "homebeat.toml line 4"
    assert lines["platforms.city.states.办结"].value == "done"


@pytest.mark.parametrize(
    "text, said",
    [
        ("[platforms.city]\n", "no url and no key"),
        ('[platforms.city]\nurl = "https://orders.city.example/"\n', "secret is missing"),
        (f'[platforms.city]\nurl = "https://orders.city.example/"\nsecret = "{SECRET[:20]}"\n', "is not whsec_"),
        (f'[platforms.city]\nurl = "http://orders.city.example/"\nsecret = "{SECRET}"\n', "must begin with https"),
        (f'[platforms.city]\nurl = "https://127.0.0.1/"\nsecret = "{SECRET}"\n', "platforms.city.url"),
        ('[platforms.a]\nkey = "one"\n[platforms.b]\nkey = "one"\n', "have one key"),
        ('[platforms.city]\nkey = "c"\nsecret_file = "nowhere"\n', "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said_and_left_out(tmp_path: Path, text: str, said: str) -> None:
    found = judge_platforms(read(tmp_path, text).settings, EgressPolicy())
    assert [said in str(finding) for finding in found] == [True]


@pytest.mark.parametrize(
    "text, said",
    [
        ('[platforms.city]\nurll = "x"\n', "did you mean"),
        ('[platforms.city]\nqueues = ["digest"]\n', "alerts that wait"),
        ('[platforms.city]\n[platforms.city.states]\n"x" = "gone"\n', "platforms.city.states.x"),
        ('[platforms.city]\n[platforms.city.outcomes]\n"x" = "withdrawn"\n', "only homebeat itself"),
        ('[platforms."Big City"]\nkey = "x"\n', "platforms.Big City"),
    ],
)
def test_a_word_that_is_none_of_ours_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        read(tmp_path, text)


def test_a_platform_that_cannot_be_used_for_a_while_keeps_its_place_and_counts_as_down(
    tmp_path: Path, sqlite_store: Store
) -> None:
    """Its secret cannot be read at a start: what happens until it can be is sent then, and its people hear of none of it."""
    broken = GOOD.replace(f'secret = "{SECRET}"', 'secret_file = "nowhere"')
    settings = read(tmp_path, broken + '[platforms.pulls]\nkey = "pulls"\n').settings
    assert make_lanes(settings, sqlite_store, EgressPolicy(), "here", lambda: 0) == []
    for now in (NOON, NOON + 3 * HOUR_MS):  # two starts
        keep_places(settings, [], sqlite_store, now)
    with sqlite_store.read(EVERYTHING) as reader:
        (place,) = reader.platforms.list_all()
    assert (place.name, place.failing_since) == ("city", NOON)
    assert list(list_down({"city": place}, NOON + 4 * HOUR_MS)) == ["city"]
    keep_places(settings, ["city"], sqlite_store, NOON + 5 * HOUR_MS)
    with sqlite_store.read(EVERYTHING) as reader:
        assert [one.failing_since for one in reader.platforms.list_all()] == [None]
