"""What people do in the demo: each moment once, each step said with its address, on a manual clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from homebeat import actions
from homebeat.actions import FollowEdges, perform_in
from homebeat.bootstrap.demo_answers import ESCALATES, Moments, add_responders, hurry_plan, list_moments, set_rota
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.domain.alert import Alert, Desk, Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.domain.principal import ENGINE
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.formats import list_codec_names
from homebeat.registry.fleet_file import read_fleet
from homebeat.response.setup import ResponseSetup
from homebeat.store import AlertFilter, Store
from homebeat.wording import Wording
from simulators.demo import make_demo_script
from tests.people import add_account, add_family_link

NOW = 1_772_337_600_000
PEOPLE = {Role.DESK: "liu", Role.RESPONDER: "zhao", Role.SUPERVISOR: "qian", Role.AUDITOR: "sun"}
WAYS = [{"kind": "webhook", "url": "https://staff.example/hook", "secret": "whsec_" + "Zmlyc3Qtc2VjcmV0LW9mLXRoZS1jaXR5"}]


@dataclass
class Stage:
    store: Store
    now: int = NOW
    lines: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        script = make_demo_script(NOW, homes=60)
        self.homes = {scene.rule: scene.household for scene in script.scenes}
        tree = script.make_fleet(lambda _home: WAYS, "en")
        add_responders(tree, PEOPLE, WAYS, "en", list(self.homes.values()))
        for role, name in PEOPLE.items():
            add_account(self.store, name, role)
        with self.store.begin() as tx:
            tx.fleet.apply(read_fleet(json.dumps(tree), list_codec_names(), is_json=True), NOW)
        set_rota(self.store, "Asia/Shanghai", NOW, Wording())
        self.setup = ResponseSetup("https://desk.example", hurry_plan(PlanBook()))
        self.keeper = DeadlineKeeper(self.store, self.setup, lambda: self.now)
        self.moments = self.start()

    def start(self) -> Moments:
        perform = actions.Perform(self.store, lambda: self.now, self.setup)
        moments = Moments(
            self.store, perform, Wording("en"), PEOPLE, "https://desk.example", "Asia/Shanghai", lambda: self.now, self.done,
            self.lines.append,
        )  # fmt: skip
        moments.tell()
        return moments

    def open(self, rule: str, priority: Priority) -> Edge:
        home = self.homes[rule]
        subject = Subject(HouseholdId(home), ResidentId(f"{home}-r1"))
        edge = Edge(self.now, rule, subject, TransitionKind.OPENED, priority, Desk.CARE, self.now, Reason(rule, {}), self.now)
        with self.store.begin() as tx:
            perform_in(tx, ENGINE, FollowEdges([edge]), self.now, self.setup)
        return edge

    def alerts(self) -> list[Alert]:
        with self.store.read(EVERYTHING) as reader:
            return [entry.alert for entry in reader.alerts.read_page(AlertFilter(is_open=True)).items]

    def live(self, seconds: int) -> list[str]:
        """Let time pass; returns what was said."""
        before = len(self.lines)
        for _ in range(seconds):
            self.now += 1_000
            self.keeper.step(self.now)
            self.moments.play(self.alerts())
            self.moments.tell()
        return self.lines[before:]

    def said(self, kind: str, rule: str) -> list[str]:
        return [line for line in self.lines if f" {kind} " in line and self.homes[rule] in line]


@pytest.fixture
def stage(sqlite_store: Store) -> Stage:
    return Stage(sqlite_store)


def test_everything_happens_within_two_minutes_and_is_said_with_its_address(stage: Stage) -> None:
    sos, fall = stage.open("sos", Priority.CRITICAL), stage.open("fall", Priority.HIGH)
    stage.open(ESCALATES, Priority.HIGH)
    token = add_family_link(stage.store, sos.alert_id, f"{stage.homes['sos']}/family", stage.now)
    stage.moments.find_link(f"https://desk.example/f/{token}")
    stage.live(100)
    (answered,) = stage.said("family.answered", "sos")
    assert answered.endswith(f"Somebody of the family is calling. https://desk.example/f/{token}")
    (handed,) = stage.said("alert.handed_over", "sos")
    assert handed.endswith(f"https://desk.example/?alert={sos.alert_id}")
    assert {alert.rule: alert.owner for alert in stage.alerts()} == {"sos": "user:zhao", "fall": "", ESCALATES: ""}
    (missed,) = stage.said("visit.missed", "fall")
    assert f"/?alert={fall.alert_id}" in missed
    assert stage.said("alert.released", "fall")
    steps = stage.said("alert.escalated", ESCALATES)
    assert [any(word in line for line in steps) for word in ("volunteer", "provider", "supervisor")] == [True, True, True]


def test_a_second_start_does_nothing_again(stage: Stage) -> None:
    stage.open("sos", Priority.CRITICAL)
    stage.live(60)
    stage.moments = stage.start()
    assert stage.live(60) == []


def test_whoever_tries_the_pages_is_not_in_the_way(stage: Stage) -> None:
    """Somebody has closed the alert, or taken it: the moment is left out, and the demo goes on."""
    sos, fall = stage.open("sos", Priority.CRITICAL), stage.open("fall", Priority.HIGH)
    qian: Any = stage.moments._find(Role.SUPERVISOR)
    stage.moments.perform(qian, actions.Acknowledge(sos.alert_id))
    stage.moments.perform(qian, actions.Acknowledge(fall.alert_id))
    stage.live(60)
    assert {alert.owner for alert in stage.alerts()} == {"user:qian"}


def test_the_moments_are_listed_in_both_languages(stage: Stage) -> None:
    for language in ("en", "zh-CN"):
        lines = list_moments(Wording(language), stage.homes)
        assert len(set(lines)) == 5
        assert [stage.homes[rule] in line for rule, line in zip((ESCALATES, "fall", "sos", "fall"), lines[1:], strict=True)] == [
            True
        ] * 4
