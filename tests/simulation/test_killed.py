"""Killed between any two steps, from a call for help to its closing: nothing is lost, and no cause comes under two ids.

Each process, and each person's request, dies once before and once after each of its commits and at each named point, wherever
it has come to. Whoever died begins anew, and people press again. `tests/e2e/test_crash.py` does the same to a real process.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import pytest

from homebeat import actions
from homebeat.actions.identify import identify_family, identify_visitor
from homebeat.actions.report_visit import VisitReport
from homebeat.domain.alert import Outcome
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.ids import AlertId, ResponderId
from homebeat.domain.role import Role
from homebeat.store import Leased
from tests.people import person
from tests.simulation.faults import Died
from tests.simulation.invariants import HEARD
from tests.simulation.world import World

_CALL = "h1/1"


class Killer:
    """Kills whoever passes a point for the first time; a point is a place in the code at a state of the alert."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._passed: set[tuple[object, ...]] = set()
        self.killed: Counter[str] = Counter()

    def pass_point(self, name: str) -> None:
        # a message that comes again is noted again, which is not another state
        steps = sum(step.kind != "noted" for alert in self._world.invariants.steps.values() for step in alert)
        point = (self._world.actor.rstrip("12"), name, _find_place(), steps)
        if point not in self._passed:
            self._passed.add(point)
            self.killed[f"{point[0]} {name}"] += 1
            raise Died


def _find_place() -> tuple[str, ...]:
    """Which functions of homebeat have led here, the nearest first."""
    frame: FrameType | None = sys._getframe(2)
    names: list[str] = []
    while frame is not None and len(names) < 5:
        if "/homebeat/" in frame.f_code.co_filename and frame.f_code.co_name not in {"begin", "__call__"}:
            names.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return tuple(names)


class Course:
    """What happens to one call: nobody answers, a visitor is sent and reports, the family answers, the desk closes."""

    def __init__(self, url: str) -> None:
        self.world = World(url, 1)
        self.links: dict[str, str] = {}
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.world.channels.on_message = self._note
        self.world.city.share = 0

    def run(self) -> None:
        world = self.world
        with world.store.watch_statements():
            world.run(world.wall + 10 * MINUTE_MS)
            world.invariants.note_call(_CALL)
            payload = b'{"at": %d, "alarm": "sos"}' % world.wall
            world.watches.broker.publish("homebeat/v1/h1-band/readings", payload, _CALL)
            world.run(world.wall + HOUR_MS)  # nobody answers
            alert = AlertId(next(one.id for one in world.invariants.current.list_open() if one.rule in HEARD))
            self._do("chen", lambda: world.perform(person("chen", Role.DESK), actions.AssignVisit(alert, ResponderId("grid"))))
            world.run(world.wall + 5 * MINUTE_MS)
            for report in (VisitReport.GO, VisitReport.AT_DOOR):
                self._do("grid", lambda report=report: self._report(report))  # type: ignore[misc]
            self._do("son", self._reply)
            self._do(
                "chen", lambda: world.perform(person("chen", Role.DESK), actions.Resolve(alert, Outcome.HELPED, note="seen"))
            )
            world.run(world.wall + HOUR_MS)

    def _do(self, who: str, act: Callable[[], object]) -> None:
        """Press until it is done, or refused because it is done already."""
        for _ in range(20):
            deaths = self.world.acts.get("deaths", 0)
            if self.world.do(who, act) or self.world.acts.get("deaths", 0) == deaths:
                return
        raise AssertionError(f"{who} comes to no end")

    def _report(self, report: VisitReport) -> None:
        caller = identify_visitor(self.world.store, self.links["v"], self.world.now())
        assert caller is not None
        self.world.perform(caller.principal, actions.ReportVisit(caller.link_id, report))

    def _reply(self) -> None:
        caller = identify_family(self.world.store, self.links["f"], self.world.now())
        assert caller is not None
        self.world.perform(caller.principal, actions.Reply(caller.link_id, FamilyReply.GO))

    def _note(self, notice: Leased) -> None:
        _, kind, token = (urlsplit(str(notice.payload.get("link", ""))).path + "//").split("/", 3)[:3]
        if kind == "f" or (kind == "v" and notice.contact == "/grid"):
            self.links[kind] = token
        self.arrived[notice.contact, notice.event] += 1


@pytest.fixture
def course(sqlite_model: Path, tmp_path: Path) -> Course:
    return Course(f"sqlite:///{shutil.copy(sqlite_model, tmp_path / 'street.db')}")


@pytest.mark.slow
def test_killed_between_any_two_steps_nothing_is_lost_and_nothing_has_two_ids(course: Course) -> None:
    world, killer = course.world, Killer(course.world)
    world.store.pass_point, world.longest_down_ms = killer.pass_point, 3_000
    course.run()  # the invariants hold after each commit: no second id, no second alert, no settling by others
    world.store.close()
    (alert,) = world.invariants.current.alerts.values()
    steps = Counter(step.kind for step in world.invariants.steps[alert.id])
    assert alert.answer == "resolved"
    assert (steps["opened"], steps["reopened"], steps["resolved"], steps["replied"]) == (1, 0, 1, 1)
    assert steps["escalated"] > 1
    assert world.invariants.current.waiting == {}
    assert world.watches.broker.queue == []
    assert {
        ("h1/son", "alert.opened"),
        ("h1/daughter", "alert.opened"),
        ("/wang", "alert.opened"),
        ("/zhou", "alert.opened"),
    } <= set(course.arrived)
    for who in ("watch", "keeper", "deliverer", "chen", "grid", "son"):
        assert killer.killed[f"{who} before commit"] > 0, who
        assert killer.killed[f"{who} after commit"] > 0, who
    points = {name.split()[-1] for name in killer.killed}
    assert {"watch.readings_appended", "watch.before_commit", "watch.after_commit", "watch.acknowledged"} <= points
    assert {"deliver.before_send", "deliver.after_send"} <= points
