"""Backtests over HTTP: who may, where to ask, what is refused. Who runs them is a fake here, and real in the contract tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from homebeat.api import create_app
from homebeat.backtest import Plan, compare
from homebeat.backtest.compare import Run, VariantName
from homebeat.backtest.report import AlertChange, Comparison, ResidentChange
from homebeat.backtest.request import Backtest, BacktestRequest, BacktestState
from homebeat.domain.errors import BadSettings, NotAllowed
from tests.people import add_key
from tests.unit.api.fixtures import TestClient, api_context, web
from tests.unit.api.street import HOUR, NOON, Clock, Street
from tests.unit.backtest.street import PACE, START, run

SUPERVISOR = "a-token-of-a-supervisor-for-tests"


@dataclass
class FakeBacktests:
    """One that never ends until the test says so."""

    known: dict[str, Backtest] = field(default_factory=dict)

    def start(self, request: BacktestRequest, asked_by: str) -> Backtest:
        if any(b.state is BacktestState.RUNNING for b in self.known.values()):
            raise NotAllowed("a backtest is running; wait for it, or stop it")
        if "rules.no_such_rule.limit" in request.settings:
            raise BadSettings("rules.no_such_rule: there is no such rule")
        name = f"b{len(self.known)}"
        self.known[name] = Backtest(name, request, asked_by, BacktestState.RUNNING, 0.25, NOON)
        return self.known[name]

    def get(self, name: str) -> Backtest | None:
        return self.known.get(name)

    def stop(self, name: str) -> Backtest | None:
        if name in self.known:
            self.end(name, BacktestState.STOPPED)
        return self.known.get(name)

    def end(self, name: str, state: BacktestState, result: Comparison | None = None) -> None:
        self.known[name] = replace(self.known[name], state=state, ended_at=NOON + HOUR, result=result)


@pytest.fixture
def fake() -> FakeBacktests:
    return FakeBacktests()


@pytest.fixture
def supervisor(street: Street, clock: Clock, fake: FakeBacktests) -> Any:
    add_key(street.store, SUPERVISOR, "supervisor", "supervisor-1", at=clock() - HOUR)
    app = create_app(api_context(street.store, clock, backtests=fake))
    with web(app, headers={"Authorization": f"Bearer {SUPERVISOR}"}) as browser:
        yield browser


def test_one_is_started_and_asked_after(supervisor: TestClient, fake: FakeBacktests) -> None:
    wanted = {"area": "lane", "last": "P7D", "set": {"rules.no_sign_of_life.limit": "PT8H"}}
    begun = supervisor.post("/api/v1/backtests", json=wanted)
    assert begun.status_code == 202
    where = begun.headers["location"]
    assert where == "/api/v1/backtests/b0"
    assert fake.known["b0"].request == BacktestRequest(
        "lane", timedelta(days=7), None, {"rules.no_sign_of_life.limit": "PT8H"}, {}
    )
    running = supervisor.get(where).json()
    assert (running["state"], running["share"], running["asked_by"]) == ("running", 0.25, "key:supervisor-1")
    shard = run([12, 6], days=4)
    result = compare(
        Run("lane", Plan(PACE, START, START), START + 4 * 24 * HOUR, 1),
        [VariantName("in force"), VariantName("other")],
        [shard],
        [],
    )
    fake.end("b0", BacktestState.DONE, result)
    done = supervisor.get(where).json()
    assert done["state"] == "done"
    assert done["ended_at"] == "2026-03-01T05:00:00Z"
    assert [v["name"] for v in done["result"]["variants"]] == ["in force", "other"]
    assert done["result"]["variants"][1]["collapses"]["longest_h"] < 6.0


def test_one_at_a_time_and_it_can_be_stopped(supervisor: TestClient) -> None:
    first = supervisor.post("/api/v1/backtests", json={})
    assert first.status_code == 202
    second = supervisor.post("/api/v1/backtests", json={})
    assert second.status_code == 409
    assert "running" in second.json()["detail"]
    assert supervisor.delete("/api/v1/backtests/b0").json()["state"] == "stopped"
    assert supervisor.post("/api/v1/backtests", json={}).status_code == 202


@pytest.mark.parametrize(
    ("wanted", "field_of"),
    [
        ({"last": "8 weeks"}, "body.last"),
        ({"last": "PT1M"}, "body.last"),
        ({"warm_up": 28}, "body.warm_up"),
        ({"sett": {}}, "body.sett"),
        ({"set": {"rules.x.y": ["a"]}}, "body.set"),
    ],
)
def test_what_cannot_be_read_is_named(supervisor: TestClient, wanted: dict[str, Any], field_of: str) -> None:
    refused = supervisor.post("/api/v1/backtests", json=wanted)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith(field_of)


def test_settings_that_cannot_be_used_are_refused_at_once(supervisor: TestClient) -> None:
    refused = supervisor.post("/api/v1/backtests", json={"set": {"rules.no_such_rule.limit": "PT8H"}})
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:homebeat:problem:invalid"
    assert "there is no such rule" in refused.json()["detail"]


def test_a_desk_may_not(street: Street, clock: Clock, client: TestClient) -> None:
    for answer in (client.post("/api/v1/backtests", json={}), client.get("/api/v1/backtests/b0")):
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:homebeat:problem:forbidden"


def test_one_that_nobody_asked_for_is_not_found(supervisor: TestClient) -> None:
    assert supervisor.get("/api/v1/backtests/b7").status_code == 404
    assert supervisor.delete("/api/v1/backtests/b7").status_code == 404


def test_who_has_a_role_in_one_area_alone_reads_no_other_area_by_a_backtest(
    supervisor: Any, street: Street, clock: Clock
) -> None:
    add_key(street.store, "of-the-lane", "supervisor", area="lane", at=clock() - HOUR)
    own = {"Authorization": "Bearer of-the-lane"}
    for method, path in (("POST", "/api/v1/backtests"), ("GET", "/api/v1/backtests/b0"), ("DELETE", "/api/v1/backtests/b0")):
        answer = supervisor.request(method, path, json={}, headers=own)
        assert answer.status_code == 403
        assert "a role that is not for an area alone" in answer.json()["detail"]


@pytest.mark.parametrize(("role", "is_shown"), [("nurse", True), ("supervisor", True), ("admin", False)])
def test_what_a_backtest_says_of_single_homes_is_for_who_sees_habits(
    role: str, is_shown: bool, supervisor: TestClient, street: Street, fake: FakeBacktests
) -> None:
    plan = Plan(PACE, START, START)
    names = [VariantName("in force"), VariantName("other")]
    result = compare(Run("lane", plan, START + 4 * 24 * HOUR, 1), names, [run([12, 6], days=4)], [])
    (difference,) = result.differences
    difference = replace(difference, residents=[ResidentChange("r-3", 1, 2, 3.0, 4.0)])
    difference = replace(difference, alerts=[AlertChange("no_sign_of_life", "r-3", "appear", None, "x", None, None)])
    fake.start(BacktestRequest(None, timedelta(days=7), None), "key:somebody")
    fake.end("b0", BacktestState.DONE, replace(result, differences=[difference]))
    add_key(street.store, "its-secret", role, "of-it")
    bearer = {"Authorization": "Bearer its-secret"}
    supervisor.post("/api/v1/households/h-3/glass", json={"reason": "she asks why it rang"}, headers=bearer)
    found = supervisor.get("/api/v1/backtests/b0", headers=bearer).json()
    assert found["hidden"] == ([] if is_shown else ["habits"])
    (shown,) = found["result"]["differences"]
    assert (len(shown["residents"]), len(shown["alerts"]), "r-3" in str(found)) == ((1, 1, True) if is_shown else (0, 0, False))
    assert shown["residents_changed"] == difference.residents_changed
