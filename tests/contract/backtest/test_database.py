"""A backtest out of a real database: the same readings give the same comparison as a recording of them, on both kinds."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from homebeat.backtest import Comparison, Replay
from homebeat.backtest.request import Backtest, BacktestRequest, BacktestState
from homebeat.backtest.run import BacktestSpec, open_source, read_formats, run_comparison
from homebeat.backtest.service import BacktestRunner
from homebeat.backtest.variants import Candidates
from homebeat.domain.alert import Alert, Desk, Edge, Outcome, Priority, Reason, Subject, TransitionKind, open_alert, resolve
from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.errors import BadSettings, NotAllowed
from homebeat.domain.field_map import FieldMap, MappedField, MapSpec
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import SettingChange, SettingState
from homebeat.ingest.recording import Recording
from homebeat.registry.fleet_file import read_fleet_file
from homebeat.rules.catalogue import RULES
from homebeat.settings.console_changes import lay_over
from homebeat.settings.load import load
from homebeat.settings.model import InForce
from homebeat.settings.plan import RulePlan
from homebeat.store import Store, open_store
from homebeat.store.alert.writes import AlertWrites
from homebeat.watch.enrolment import compile_rulebook
from tests.keys import KEY_FILE
from tests.unit.backtest.street import DAY, HOUR, START, blocks, fleet

HOMES = 3
DAYS = 6
CANDIDATE = Candidates(settings=("rules.no_sign_of_life.limit=PT6H", "rules.no_sign_of_life.limit_unproven=PT6H"))


def force(url: str) -> InForce:
    loaded = load({}, RULES)
    return InForce(loaded.settings.model_copy(update={"database_url": SecretStr(url)}), loaded.plan)


def lay(store: Store, of: Fleet, skip: tuple[int, ...] = ()) -> None:
    """Put the street and its readings into a database."""
    with store.begin() as tx:
        tx.fleet.apply(of, START)
        numbers = np.array(list(tx.fleet.read_device_nos().values()), np.int32)
    for block in blocks(DAYS, homes=HOMES, skip=skip):
        with store.begin() as tx:
            tx.readings.append(block.batch, numbers)


@pytest.fixture
def laid(store: Store) -> Store:
    lay(store, fleet(HOMES), skip=(4,))
    return store


def close_alert(store: Store, home: int, since: float, found: Outcome) -> Alert:
    """A real alert, opened twelve hours after `since` (hours) and closed two hours later."""
    at = START + round((since + 12) * HOUR)
    subject = Subject(HouseholdId(f"h{home}"), ResidentId(f"r{home}"))
    onset, why = at - 12 * HOUR, Reason("no_sign_of_life")
    edge = Edge(at, "no_sign_of_life", subject, TransitionKind.OPENED, Priority.HIGH, Desk.CARE, onset, why, onset)
    alert, step = open_alert(edge)
    with store.begin() as tx:
        AlertWrites(tx).apply(alert, step)
        AlertWrites(tx).apply(*resolve(alert, at + 2 * HOUR, "user:desk-1", found))
    return alert


def compared(store: Store, **asked: object) -> Comparison:
    source, _close = open_source(force("sqlite:///unused.db"), BacktestSpec(CANDIDATE, **asked), lambda: store)  # type: ignore[arg-type]
    return run_comparison(
        force("sqlite:///unused.db"), BacktestSpec(CANDIDATE, jobs=1), source, lambda *_: None, threading.Event()
    )


def test_a_home_where_somebody_withdrew_consent_is_left_out(laid: Store) -> None:
    whole = compared(laid, last=timedelta(days=30))
    close_alert(laid, 1, 30, Outcome.HELPED)
    with laid.begin() as tx:
        paper = ("folder 12", "user:nora", START)
        tx.consents.add(ConsentDecision(ResidentId("r0"), Purpose.FAMILY_VALUES, False, date(2026, 1, 1), *paper))
        tx.consents.add(ConsentDecision(ResidentId("r1"), Purpose.WATER, False, date(2026, 1, 1), *paper))
    without = compared(laid, last=timedelta(days=30))
    assert (whole.households, without.households, without.closed_alerts) == (HOMES, HOMES - 1, 0)


def test_the_last_days_are_counted_and_those_before_warm_up(laid: Store) -> None:
    whole = compared(laid, last=timedelta(days=30))
    assert whole.days == pytest.approx(DAYS, abs=0.1)
    assert whole.warm_up_days == 0.0
    late = compared(laid, last=timedelta(days=2), warm_up=timedelta(days=2))
    assert late.days == 2.0
    assert late.warm_up_days == pytest.approx(2.0, abs=0.1)
    assert late.residents == HOMES
    assert late.readings < whole.readings == DAYS * 24 * HOMES
    assert [v.rules[0].alerts for v in late.variants] < [v.rules[0].alerts for v in whole.variants]


def test_what_people_found_is_held_against_each(laid: Store) -> None:
    # nothing is used on the fifth day, from its eve at 20:00 on
    true = close_alert(laid, 0, 3 * 24 + 20, Outcome.HELPED)
    close_alert(laid, 1, 3 * 24 + 20, Outcome.FINE)
    result = compared(laid, last=timedelta(days=30))
    assert result.closed_alerts == 2
    in_force, candidate = ({a.label: a for a in v.answers} for v in result.variants)
    assert [(a.label, a.closed, a.kept) for a in in_force.values() if a.closed] == [("true", 1, 1), ("false", 1, 1)]
    assert candidate["true"].minutes == pytest.approx(-360, abs=31)
    assert candidate["true"].lost == []
    assert true.id not in str(candidate)


def test_an_area_takes_what_lies_below_it(laid: Store) -> None:
    assert compared(laid, area="lane").residents == HOMES
    with pytest.raises(BadSettings, match="there is no area 'lan'; did you mean lane"):
        compared(laid, area="lan")


def test_a_database_without_readings_says_what_to_do(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(fleet(1), START)
    with pytest.raises(BadSettings, match="holds no readings yet"):
        compared(store)


def test_the_log_is_found_by_arrival(laid: Store) -> None:
    with laid.read(EVERYTHING) as reader:
        log = reader.log
        assert log.find_position(START) == 0
        assert log.find_position(START + 100 * DAY) == log.find_end()
        middle = log.find_position(START + 3 * DAY)
        assert (log.find_arrival(middle) or 0) < START + 3 * DAY <= (log.find_arrival(middle + 1) or 0)
        rows = np.arange(20, dtype=np.int32)
        some = log.read_between(0, log.find_end(), rows, np.array([2], np.int32))
        assert len(some) == DAYS * 24
        assert set(some.device.tolist()) == {2}


def until_over(runner: BacktestRunner, name: str, within_s: float = 90) -> Backtest:
    """Wait until it is no longer running."""
    waited = threading.Event()
    for _ in range(round(within_s / 0.2)):
        found = runner.get(name)
        assert found is not None
        if found.state is not BacktestState.RUNNING:
            return found
        waited.wait(0.2)
    raise AssertionError("the backtest did not end in time")


def test_the_api_runs_one_at_a_time_in_a_process_of_its_own(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url, KEY_FILE, create=False)
    lay(store, fleet(HOMES))
    now = [START]
    said = {"limit": "PT9H"}
    change = SettingChange(1, None, "rules.no_sign_of_life", None, said, SettingState.IN_FORCE, HOMES, START, "user:x")
    with_console = lay_over(force(sqlite_url), [change], {}).force
    runner = BacktestRunner(force(sqlite_url), tmp_path / "backtests", lambda: now[0], jobs=1, read_force=lambda: with_console)
    wanted = BacktestRequest("lane", timedelta(days=30), None, {"rules.no_sign_of_life.limit": "PT6H"})
    try:
        with pytest.raises(BadSettings, match="did you mean limit"):
            runner.start(BacktestRequest(None, timedelta(days=1), None, rules={"no_sign_of_life": {"limmit": "PT6H"}}), "user:x")
        begun = runner.start(wanted, "user:x")
        with pytest.raises(NotAllowed, match="a backtest is running"):
            runner.start(wanted, "user:x")
        done = until_over(runner, begun.id)
        assert (done.state, done.error) == (BacktestState.DONE, None)
        assert done.result is not None
        assert [v.name for v in done.result.variants] == ["in force", 'no_sign_of_life.limit="PT6H"']
        # what is in force is what the console says, too
        assert done.result.variants[1].settings == ["rules.no_sign_of_life.limit: PT9H -> PT6H"]
        assert done.result.residents == HOMES
        nowhere = runner.start(BacktestRequest("nowhere", timedelta(days=1), None), "user:x")
        failed = until_over(runner, nowhere.id)
        assert failed.state is BacktestState.FAILED
        assert "there is no area 'nowhere'" in (failed.error or "")
        stopped = runner.start(wanted, "user:x")
        ended = runner.stop(stopped.id)
        assert ended is not None
        assert ended.state is BacktestState.STOPPED
        late = runner.start(wanted, "user:x")
        now[0] += 31 * 60_000
        over = runner.get(late.id)
        assert over is not None
        assert "longer than 30 minutes" in (over.error or "")
        assert list((tmp_path / "backtests").iterdir()) == []
    finally:
        runner.close()
        store.close()
    assert json.loads(json.dumps(runner.get("unknown"))) is None


def test_a_recording_and_a_database_give_the_same(laid: Store, tmp_path: Path) -> None:
    recording = tmp_path / "street.jsonl"
    with recording.open("w") as file:
        for block in blocks(DAYS, homes=HOMES, skip=(4,)):
            b = block.batch
            for device, at, arrived, value in zip(b.device, b.observed_at, b.received_at, b.value, strict=True):
                payload = {"at": int(at), "volume_m3": float(value)}
                file.write(
                    json.dumps({"at": int(arrived), "topic": f"homebeat/v1/m{device}/readings", "payload": payload}) + "\n"
                )
    described = {
        "areas": [{"id": "lane", "name": "Lane"}],
        "households": [
            {
                "id": f"h{n}",
                "area": "lane",
                "timezone": "UTC",
                "residents": [{"id": f"r{n}", "name": "Somebody"}],
                "devices": [{"id": f"m{n}", "kind": "water_meter", "reports_every": "PT1H"}],
            }
            for n in range(HOMES)
        ],
    }
    (tmp_path / "fleet.json").write_text(json.dumps(described))
    asked = BacktestSpec(CANDIDATE, recording=recording, fleet=tmp_path / "fleet.json", jobs=1)
    here = force("sqlite:///unused.db")
    source, _close = open_source(here, asked, lambda: laid)
    recorded = run_comparison(here, asked, source, lambda *_: None, threading.Event())
    stored = compared(laid, last=timedelta(days=30))
    assert (recorded.from_at, recorded.until_at, recorded.readings) == (stored.from_at, stored.until_at, stored.readings)
    assert [v.rules for v in recorded.variants] == [v.rules for v in stored.variants]
    assert [v.collapses for v in recorded.variants] == [v.collapses for v in stored.variants]
    assert recorded.differences[0].alerts == stored.differences[0].alerts


def test_messages_of_a_supplier_in_a_recording_are_read_by_the_maps_of_the_database(store: Store, tmp_path: Path) -> None:
    spec = MapSpec("homebeat/acme/+/up", "/sn", (MappedField("/litres", "volume_m3", factor=0.001),))
    with store.begin() as tx:
        tx.field_maps.put(FieldMap("acme", spec, None, 1, START, "user:gao"))
    recording = tmp_path / "week.jsonl"
    with recording.open("w") as file:
        for hour in range(1, 4):
            payload = {"sn": "m0", "litres": 100.0 + hour}
            file.write(json.dumps({"at": START + hour * HOUR, "topic": "homebeat/acme/x/up", "payload": payload}) + "\n")
    described = {
        "areas": [{"id": "lane", "name": "Lane"}],
        "households": [
            {
                "id": "h0",
                "area": "lane",
                "timezone": "UTC",
                "residents": [{"id": "r0", "name": "Somebody"}],
                "devices": [{"id": "m0", "kind": "water_meter", "reports_every": "PT1H"}],
            }
        ],
    }
    (tmp_path / "fleet.json").write_text(json.dumps(described))
    here = force("sqlite:///unused.db")
    # what a command opens it closes; the fixture closes this one
    kept: Any = SimpleNamespace(read=store.read, close=lambda: None)
    counts = []
    for with_maps in (False, True):
        asked = BacktestSpec(CANDIDATE, recording=recording, fleet=tmp_path / "fleet.json", with_maps=with_maps, jobs=1)
        source, _close = open_source(here, asked, lambda: kept)
        values = [value for block in source.read_blocks() for value in block.batch.value.tolist()]
        counts.append([round(value, 3) for value in values])
    assert counts == [[], [0.101, 0.102, 0.103]]
    with pytest.raises(BadSettings, match="goes with a recording"):
        open_source(here, BacktestSpec(CANDIDATE, with_maps=True), lambda: kept)
    known, formats = read_formats(here, None), read_formats(here, lambda: kept)
    home = read_fleet_file(tmp_path / "fleet.json")
    for given, readings, aside in ((known, 0, 3), (formats, 3, 0)):
        replay = Replay(home, compile_rulebook(RulePlan(RULES), home), formats=given)
        for _step in replay.iterate_steps(Recording(recording).read_blocks()):
            pass
        assert (replay.load.readings, replay.load.quarantined.total()) == (readings, aside)
