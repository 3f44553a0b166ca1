"""`homebeat backtest` from the command line, over a recording of a simulated street."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homebeat.backtest import Replay
from homebeat.cli import main
from homebeat.codecs.catalogue import CODECS
from homebeat.engine.engine import Pace
from homebeat.ingest.recording import Recording
from homebeat.registry.fleet_file import read_fleet_file
from homebeat.rules.catalogue import RULES
from homebeat.settings.plan import RulePlan
from homebeat.watch.enrolment import compile_rulebook
from simulators.estate import Habitat
from simulators.recording import write_recording
from simulators.street import Street
from tests.unit.backtest.street import DAY, START

HOMES = 12
DAYS = 3


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recording and its fleet file."""
    folder = tmp_path_factory.mktemp("street")
    street = Street(3, HOMES, habitat=Habitat(band_share=0.3, daily_share=0.0))
    (folder / "fleet.json").write_text(json.dumps(street.make_fleet()))
    write_recording(folder / "street.jsonl.gz", street.make_messages(START, START + DAYS * DAY))
    return folder


@pytest.fixture
def backtest(recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command; status, output, errors, and the JSON where one was written."""
    monkeypatch.delenv("HOMEBEAT_CONFIG", raising=False)

    def run(*options: str) -> tuple[int, str, str, dict[str, Any]]:
        file = tmp_path / "result.json"
        source = [str(recorded / "street.jsonl.gz"), "--fleet", str(recorded / "fleet.json")]
        coarse = [] if "--judge-every" in options else ["--judge-every", "PT30M"]
        status = main(["backtest", *source, "--json", str(file), *coarse, *options])
        said = capsys.readouterr()
        return status, said.out, said.err, json.loads(file.read_text()) if file.exists() else {}

    return run


Run = Callable[..., tuple[int, str, str, dict[str, Any]]]


def test_it_compares_and_says_so_in_text_json_and_html(backtest: Run, tmp_path: Path, recorded: Path) -> None:
    candidate = tmp_path / "candidate.toml"
    candidate.write_text('[rules.no_sign_of_life]\nlimit = "PT6H"\n')
    page = tmp_path / "report.html"
    status, out, err, result = backtest("--settings", str(candidate), "--html", str(page), "--language", "zh-CN")
    assert status == 0
    assert "readings in" in err
    assert "candidate.toml" in out
    assert "rules.no_sign_of_life.limit: PT12H -> PT6H" in out
    before, after = result["variants"]
    assert (before["name"], after["name"]) == ("in force", "candidate.toml")
    assert after["settings"] == ["rules.no_sign_of_life.limit: PT12H -> PT6H"]
    # nothing is learned in four days, so the limits are those of the settings
    assert before["collapses"]["longest_h"] <= 12.0
    assert after["collapses"]["longest_h"] <= 6.0
    assert before["collapses"]["mean_h"] - after["collapses"]["mean_h"] == pytest.approx(6.0, abs=0.001)
    assert before["collapses"]["injected"] == after["collapses"]["injected"] > 0
    assert result["households"] == HOMES
    html = page.read_text()
    assert '<html lang="zh-CN">' in html
    assert "回测" in html
    names = [r["name"] for h in json.loads((recorded / "fleet.json").read_text())["households"] for r in h["residents"]]
    assert names
    assert not any(name in html or name in out for name in names)


def test_the_load_is_that_of_a_replay(backtest: Run, recorded: Path) -> None:
    _, _, _, result = backtest("--judge-every", "PT20M")
    fleet = read_fleet_file(recorded / "fleet.json", CODECS)
    replay = Replay(fleet, compile_rulebook(RulePlan(RULES), fleet), Pace(grid_ms=1_200_000), exact=True)
    for _step in replay.iterate_steps(Recording(recorded / "street.jsonl.gz").read_blocks()):
        pass
    assert {load["rule"]: load["alerts"] for load in result["variants"][0]["rules"]} == dict(replay.load.opened)
    assert result["readings"] == replay.load.readings
    assert result["differences"] == []


def test_settings_and_sweeps_are_candidates(backtest: Run) -> None:
    _, out, _, result = backtest(
        "--set", "rules.no_sign_of_life.enabled=false", "--set", "rules.not_worn.enabled=false",
        "--sweep", "rules.no_sign_of_life.limit=PT6H, PT9H",
    )  # fmt: skip
    names = [v["name"] for v in result["variants"]]
    assert names[2:] == ["no_sign_of_life.limit=PT6H", "no_sign_of_life.limit=PT9H"]
    off = result["variants"][1]
    assert off["settings"] == ["rules.no_sign_of_life.enabled: true -> false", "rules.not_worn.enabled: true -> false"]
    assert off["collapses"]["missed"] == off["collapses"]["injected"]
    assert "no_sign_of_life" not in {load["rule"] for load in off["rules"]}
    assert "(3) no_sign_of_life.limit=PT9H" in out


def test_the_same_readings_give_the_same_result_in_processes_of_their_own(backtest: Run) -> None:
    _, _, _, here = backtest("--jobs", "1")
    _, _, _, there = backtest("--jobs", "2")
    assert here == there


def test_a_warm_up_is_not_counted(backtest: Run) -> None:
    _, _, _, result = backtest("--warm-up", "P2D")
    assert result["warm_up_days"] == 2.0
    assert result["days"] == pytest.approx(DAYS - 2, abs=0.1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--set", "rules.no_sign_of_lief.limit=PT8H"], "there is no such rule; did you mean no_sign_of_life?"),
        (["--set", "rules.no_sign_of_life.limit=8"], "is not a duration"),
        (["--set", "mqtt.host=elsewhere"], "a backtest compares rules"),
        (["--set", "no_sign_of_life"], "write rules.RULE.SETTING=VALUE"),
        (["--sweep", "rules.no_sign_of_life.limit"], "write KEY=VALUE,VALUE"),
        (["--area", "lane"], "ask the database"),
        (["--warm-up", "P30D"], "the warm-up is longer than the readings"),
        (["--html", "/nowhere/at/all.html"], "there is no directory /nowhere/at"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(backtest: Run, options: list[str], says: str) -> None:
    status, _, err, _ = backtest(*options)
    assert status == 2
    assert says in err


def test_a_bad_line_of_a_candidate_is_named(backtest: Run, tmp_path: Path) -> None:
    candidate = tmp_path / "candidate.toml"
    candidate.write_text('[rules.no_sign_of_life]\nlimmit = "PT6H"\n')
    status, _, err, _ = backtest("--settings", str(candidate))
    assert status == 2
    assert "candidate.toml line 2" in err
    assert "did you mean limit?" in err


def test_a_recording_without_its_fleet_is_refused(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", str(recorded / "street.jsonl.gz")]) == 2
    assert "add --fleet FILE" in capsys.readouterr().err


def test_an_empty_recording_is_refused(recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert main(["backtest", str(empty), "--fleet", str(recorded / "fleet.json")]) == 2
    assert "holds no message" in capsys.readouterr().err


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_compared(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = tmp_path / "spoilt.jsonl"
    write_recording(spoilt, Street(3, 2, habitat=Habitat(band_share=0.0)).make_messages(START, START + DAY))
    with spoilt.open("ab") as file:
        file.write(b"{no line\n")
    assert main(["backtest", str(spoilt), "--fleet", str(recorded / "fleet.json")]) == 1
    assert "1 lines of spoilt.jsonl could not be read" in capsys.readouterr().err


def test_check_names_the_command_that_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    candidate = tmp_path / "candidate.toml"
    candidate.write_text(f'state_dir = "{tmp_path}"\n[areas.lane.rules.no_sign_of_life]\nlimit = "PT8H"\n')
    main(["check", "--settings", str(candidate)])
    assert f"homebeat backtest --area lane --last P56D --settings {candidate}" in capsys.readouterr().out
