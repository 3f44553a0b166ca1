"""Plans that are chosen in the console hold with the next transaction, and an alert under a plan that is gone goes on."""

from __future__ import annotations

import pytest

from homebeat.actions import ChangeHome, ChangePlan, ChangeResponse, Perform, UndoSetting
from homebeat.actions.live_book import LiveBook
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.domain.alert import Priority
from homebeat.domain.errors import BadHome, NotAllowed, NotPermitted, PlanInUse
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import ResponseSetup
from homebeat.rules.catalogue import RULES
from homebeat.settings.console_plans import UnusablePlan
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan
from homebeat.store import Store
from tests.contract.response.street import MINUTE, Town, make_fleet, quiet
from tests.contract.store.conftest import T0
from tests.people import person

FILE = InForce(Settings(), RulePlan(RULES))
LANE = AreaId("lane")
HOME = HouseholdId("h1")
NIGHT = [{"who": "supervisor", "wait": "PT10M"}, {"who": "desk", "wait": "PT5M"}]


class Followed(Town):
    """A town whose processes follow the console."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.setup = ResponseSetup("https://desk.example", self.book, find_book=LiveBook(FILE))
        self.perform = Perform(self.store, lambda: self.now, self.setup)
        self.keeper = DeadlineKeeper(self.store, self.setup, lambda: self.now)


def test_plans_of_the_console_are_followed(store: Store) -> None:
    town = Followed(store, PlanBook())
    root, boss = person("root", "admin"), person("boss", "supervisor", "town")
    with pytest.raises(NotPermitted):
        town.act(boss, ChangePlan(FILE, "night", NIGHT, 0))
    plan = town.act(root, ChangePlan(FILE, "night", NIGHT, 0)).change.id
    with pytest.raises(UnusablePlan):
        town.act(boss, ChangeResponse(FILE, LANE, {"rules": {"sos": "night"}}, 0))
    with pytest.raises(UnusablePlan):
        town.act(boss, ChangeResponse(FILE, LANE, {"rules": {"no_water": "nowhere"}}, 0))
    town.happens(quiet())
    assert town.take_notices() == [(0.0, "h1/son", "alert.opened")], "the plan of the home"
    chosen = town.act(boss, ChangeResponse(FILE, LANE, {"rules": {"no_water": "night"}}, 0)).change.id
    water = town.happens(quiet("no_water"))
    assert town.take_notices() == [(0.0, "/zhou", "alert.opened")]
    help_ = town.happens(quiet("sos", priority=Priority.CRITICAL))
    assert {"/wang", "h1/son", "h1/daughter"} <= {who for _, who, _ in town.take_notices()}, "a call for help is as it was"
    # a plan that holds is not taken away; then it is chosen no more, and goes
    with pytest.raises(NotAllowed):
        town.act(root, ChangePlan(FILE, "night", None, plan))
    town.act(boss, ChangeResponse(FILE, LANE, None, chosen))
    town.act(root, ChangePlan(FILE, "night", None, plan))
    assert town.minute(60), "somebody is written to"
    with store.read(EVERYTHING) as reader:
        found = reader.deadlines.find([water, help_])
    assert {one: found[one].due_at > T0 + 60 * MINUTE for one in (water, help_)} == {water: True, help_: True}
    steps = [at for at, kind, _ in town.history(water) if kind == "escalated"]
    assert len(steps) > 2, "nobody has answered, and it went on without its plan"


def test_a_home_is_given_a_plan_of_the_console_which_is_not_taken_away_while_a_home_names_it(store: Store) -> None:
    town = Followed(store, PlanBook())
    root, boss = person("root", "admin"), person("boss", "supervisor", "town")
    with pytest.raises(BadHome, match="plan: names a response plan that does not exist"):
        town.act(boss, ChangeHome(HOME, {"plan": "night"}))
    made = town.act(root, ChangePlan(FILE, "night", NIGHT, 0)).change.id
    town.act(boss, ChangeHome(HOME, {"plan": "night"}))
    town.happens(quiet("no_water"))
    assert town.take_notices() == [(0.0, "/zhou", "alert.opened")]
    for taking in (ChangePlan(FILE, "night", None, made), UndoSetting(FILE, made)):
        with pytest.raises(PlanInUse) as refused:
            town.act(root, taking)
        assert refused.value.homes == 1
    # a plan that is gone all the same, as one of the settings file may be: that of the area holds, and is in the way of nothing
    with store.begin() as tx:
        tx.fleet.apply(make_fleet(plan="gone"), town.now, take_back=True)
    town.happens(quiet())
    assert {who for _, who, _ in town.take_notices()} >= {"h1/daughter", "h1/son"}, "the usual plan of the area"
    assert "address" in town.act(boss, ChangeHome(HOME, {"address": "14 Lane"})).changed
    town.act(boss, ChangeHome(HOME, {"plan": ""}))
