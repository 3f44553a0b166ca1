"""`homebeat demo`, as somebody who just cloned it sees it: scenes, alerts, who answers and who does not; Ctrl-C; on again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.e2e.installation import Homebeat, Running
from tests.e2e.waiting import until

HOMES = 60
UP_WITHIN_S = 180  # five weeks are laid down: seconds on a machine of one's own, minutes on a busy one
ENDS_WITHIN_S = 15
_SCENE = re.compile(r"^  \d\d:\d\d:\d\d  (\S+) .* -> (\S+)$", re.MULTILINE)
_KEY = re.compile(r"^  key +(\S+)$", re.MULTILINE)
_FAMILY = re.compile(r"^  the page that a family is led to, without an account: (\S+/f/\S+)$", re.MULTILINE)
_ASKED = re.compile(r"^  the page on which a family is asked whether somebody came: (\S+/f/\S+)$", re.MULTILINE)
_STEP = re.compile(r"^  step    (\S+) +(\S+) .* (http://\S+)$", re.MULTILINE)
_LINK = re.compile(r"^    Supervisor \w+: (\S+)$", re.MULTILINE)


@contextmanager
def running(homebeat: Homebeat, demo_dir: Path) -> Iterator[Running]:
    """A demo that has said where it is and what to look at; Ctrl-C must end it well."""
    demo = homebeat.begin("demo", "--port", "0", "--language", "en", "--homes", str(HOMES), "--state-dir", demo_dir)
    try:
        until(lambda: "a second start goes on" in demo.said() or demo.child.poll() is not None, "the demo is up", UP_WITHIN_S)
        assert demo.child.poll() is None, demo.log()
        homebeat.key = found(_KEY, demo)
        yield demo
        demo.interrupt()
        assert demo.child.wait(ENDS_WITHIN_S) == 0, demo.log()
        assert "stopped; `homebeat demo` goes on from here" in demo.said()
    finally:
        demo.kill()


def found(pattern: re.Pattern[str], demo: Running) -> str:
    """What the demo printed."""
    match = pattern.search(demo.said())
    assert match is not None, demo.said()
    return match[1]


def alerts_of(demo: Running) -> dict[tuple[str, str], set[str]]:
    """Ids of the unresolved alerts by home and rule."""
    found: dict[tuple[str, str], set[str]] = {}
    for item in demo.items("/api/v1/alerts", limit=200, open="true"):
        found.setdefault((item["household"], item["rule"]), set()).add(item["alert_id"])
    return found


@pytest.mark.slow
@pytest.mark.timeout(540)
def test_five_scenes_ctrl_c_and_on_again(tmp_path: Path) -> None:
    homebeat = Homebeat(tmp_path / "state", "", Mosquitto("", tmp_path))
    with running(homebeat, tmp_path / "demo") as demo:
        scenes = set(_SCENE.findall(demo.said()))
        assert {rule for _, rule in scenes} == {"sos", "fall", "water_running", "no_sign_of_life", "device_silent"}
        until(lambda: scenes <= alerts_of(demo).keys(), "the five scenes are alerts", within_s=75)
        before = alerts_of(demo)
        # of the fall she is told once it is confirmed
        until(lambda: demo.said().count("family received alert.opened") >= 3, "the family has been told", within_s=90)
        assert "UNEXPECTED" not in demo.said()
        page = demo.client.get(found(_FAMILY, demo), headers={"Authorization": ""})
        assert (page.status_code, '<h1 class="attention">' in page.text) == (200, True)
        home = {rule: where for where, rule in scenes}
        moments = {
            ("family.answered", home["sos"]),
            ("alert.handed_over", home["sos"]),
            ("visit.missed", home["fall"]),
            ("alert.escalated", home["no_sign_of_life"]),
        }
        until(lambda: moments <= {step[:2] for step in _STEP.findall(demo.said())}, "people answered, and did not", within_s=90)
        steps = {step[:2]: step[2] for step in _STEP.findall(demo.said())}
        assert steps["family.answered", home["sos"]] == found(_FAMILY, demo)
        for moment in moments:
            assert demo.client.get(steps[moment], headers={"Authorization": ""}).status_code in {200, 303}
        until(lambda: "the supervisor, the desk" in demo.said(), "the plan has come to its end", within_s=60)
        until(lambda: _ASKED.search(demo.said()) is not None, "a family is asked whether somebody came", within_s=240)
        asked = demo.client.get(found(_ASKED, demo), headers={"Authorization": ""})
        assert (asked.status_code, 'name="after" value="nobody"' in asked.text) == (200, True)
        assert demo.get("/api/v1/ledger")["balanced"]
    scenes -= {(home["fall"], "fall")}
    with running(homebeat, tmp_path / "demo") as demo:
        assert "laying down" not in demo.said()
        demo.wait_ready()
        after = alerts_of(demo)
        assert {scene: after.get(scene) for scene in scenes} == {scene: before[scene] for scene in scenes}
        assert {len(after[scene]) for scene in scenes} == {1}
        # what was over while nobody watched has been answered like the rest of the past; nothing is lost
        known = {item["alert_id"] for item in demo.items("/api/v1/alerts", limit=200)}
        assert set[str]().union(*before.values()) <= known
