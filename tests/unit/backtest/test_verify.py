"""What happened, held against what was alerted."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from homebeat.backtest.alert_lines import read_alerts
from homebeat.backtest.happenings import KINDS, read_truth
from homebeat.backtest.verdicts import FoundState, compare_alerts
from homebeat.cli import main
from homebeat.domain.errors import BadSettings
from homebeat.rules.catalogue import RULES
from simulators.commands import main as simulate
from simulators.plan import DeviceFaultKind
from simulators.truth import EVENTS, FAULTS, SET_DOWN


def at(clock: str) -> str:
    return f"2026-03-02T{clock}Z"


def row(kind: str, clock: str, home: str = "h1", **more: Any) -> dict[str, Any]:
    return {"at": at(clock), "kind": kind, "household": home, **more}


def step(rule: str, clock: str, home: str = "h1", transition: str = "opened", **more: Any) -> dict[str, Any]:
    """A line of `homebeat replay --out`."""
    known = {"at": at(clock), "alert_id": f"{rule}-{home}", "rule": rule, "household": home, "resident": None, "device": None}
    return known | {"transition": transition, "since": at(clock)} | more


def write(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in rows)


def compared(truth: list[dict[str, Any]], alerts: list[dict[str, Any]], **more: Any) -> tuple[list[str], list[str]]:
    """The verdicts in order of time, and the rules of the false alerts."""
    whole = [{"at": at("00:00:00"), "kind": "began"}, *truth, {"at": "2026-03-09T00:00:00Z", "kind": "ended"}]
    found = compare_alerts(read_truth(write(whole).splitlines(), "t"), read_alerts(write(alerts), "a"), **more)
    return [one.verdict.value for one in found.judged], [alert.rule for alert in found.false]


def test_found_late_missed_and_false() -> None:
    truth = [row("sos", "08:00:00"), row("sos", "09:00:00", "h2"), row("sos", "10:00:00", "h3")]
    alerts = [step("sos", "08:05:00"), step("sos", "09:05:00.001", "h2"), step("sos", "10:00:00", "h4"), step("gas", "11:00:00")]
    assert compared(truth, alerts) == (["found", "late", "missed"], ["sos", "gas"])


def test_an_alert_before_what_happened_does_not_find_it() -> None:
    over = step("sos", "07:59:55", transition="cleared")
    assert compared([row("sos", "08:00:00")], [step("sos", "07:59:54"), over]) == (["missed"], ["sos"])
    assert compared([row("sos", "08:00:00")], [step("sos", "07:59:56")]) == (["found"], [])  # clocks differ by seconds


def test_an_alert_that_stands_finds_what_happens_again() -> None:
    truth = [row("sos", "08:00:00"), row("sos", "08:20:00")]
    assert compared(truth, [step("sos", "08:00:01")])[0] == ["found", "found"]
    ended = [step("sos", "08:00:01"), step("sos", "08:10:01", transition="cleared")]
    assert compared(truth, ended)[0] == ["found", "missed"]
    again = [*ended, step("sos", "08:20:02", transition="reopened")]
    assert compared(truth, again)[0] == ["found", "found"]


def test_another_persons_alert_is_no_answer() -> None:
    truth = [row("fell", "08:00:00", resident="r1")]
    assert compared(truth, [step("fall", "08:00:10", resident="r2")]) == (["missed"], ["fall"])
    assert compared(truth, [step("fall", "08:00:10", resident="r1")]) == (["found"], [])


def test_another_devices_silence_is_no_answer() -> None:
    truth = [row("device_silent", "08:00:00", device="m1")]
    assert compared(truth, [step("device_silent", "11:00:00", device="m2")]) == (["missed"], ["device_silent"])


def test_who_is_away_explains_quiet_and_asks_for_nothing() -> None:
    away = [row("left", "08:00:00"), row("returned", "12:00:00")]
    assert compared(away, [step("no_sign_of_life", "11:00:00")]) == ([], [])
    assert compared(away, [step("no_sign_of_life", "14:00:01")]) == ([], ["no_sign_of_life"])
    # she had left before anybody wrote down what happened
    assert compared(away[1:], [step("no_sign_of_life", "11:00:00")]) == ([], [])


def test_what_is_over_before_it_is_due_can_still_be_found() -> None:
    truth = [row("leak_started", "08:00:00"), row("leak_stopped", "12:00:00")]
    alerts = [step("water_running", "08:30:00") | {"at": "2026-03-04T09:00:00Z"}]
    assert compared(truth, alerts) == (["found"], [])


def test_questions_and_slow_changes_are_no_false_alerts() -> None:
    assert compared([], [step("asked", "08:00:00"), step("volume_drift", "08:00:00"), step("platform_down", "08:00:00")]) == (
        [],
        [],
    )


def test_only_the_rules_that_were_asked_for_count() -> None:
    truth = [row("sos", "08:00:00"), row("collapsed", "08:00:00", "h2")]
    alerts = [step("sos", "08:00:00"), step("gas", "08:00:00")]
    assert compared(truth, alerts, rules={"sos"}) == (["found"], [])


def test_what_has_time_left_is_not_missed() -> None:
    truth = read_truth(write([row("sos", "08:00:00")]).splitlines(), "t")
    now = truth.happenings[0].at + 60_000
    assert compare_alerts(truth, [], now).count(FoundState.NOT_DUE) == 1
    assert compare_alerts(truth, [], now + 240_000).count(FoundState.MISSED) == 1


def test_a_row_may_say_what_it_asks_for() -> None:
    truth = [row("bath_overflows", "08:00:00", rules=["water_surge"], within="PT10M"), row("gas", "08:00:00", "h2")]
    alerts = [step("water_surge", "08:10:00"), step("gas", "08:04:00", "h2")]
    assert compared(truth, alerts) == (["found", "found"], [])


def test_other_times_may_be_asked_for() -> None:
    truth = read_truth(write([row("sos", "08:00:00")]).splitlines(), "t", {"sos": timedelta(seconds=30)})
    assert compare_alerts(truth, read_alerts(write([step("sos", "08:00:31")]), "a")).count(FoundState.LATE) == 1


def test_alerts_of_the_api_and_of_an_export_are_read() -> None:
    item = {
        "alert_id": "a", "at": at("09:00:00"), "transition": "cleared", "rule": "sos", "household": "h1", "resident": "r1",
        "device": "b1", "queue": "care", "since": at("08:00:00"), "opened_at": at("08:00:01"), "condition": "cleared",
        "answer": "unacknowledged",
    }  # fmt: skip
    moved = {name: item[name] for name in item if name not in {"alert_id", "at"}} | {"id": "a", "changed_at": at("09:00:00")}
    page = json.dumps({"items": [item], "next_cursor": None}).encode()
    assert read_alerts(page, "page") == read_alerts(write([item]), "lines") == read_alerts(write([moved]), "export")
    (alert,) = read_alerts(page, "page")
    assert alert.ended_at == alert.opened_at + 3_599_000
    back = item | {"transition": "reopened", "condition": "firing"}
    assert [one.ended_at for one in read_alerts(write([back]), "lines")] == [alert.opened_at, None]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "line 1 of t"),
        (b"[]", "not an object"),
        (b'{"at": "2026-03-02T08:00:00", "kind": "sos", "household": "h"}', "not a time with a zone"),
        (b'{"at": "2026-03-02T08:00:00Z", "kind": "sos"}', "names no household"),
        (b'{"at": "2026-03-02T08:00:00Z", "kind": "party", "household": "h"}', "take one of collapsed"),
        (b'{"at": "2026-03-02T08:00:00Z", "kind": "x", "household": "h", "rules": ["party"]}', "codes of rules"),
        (b'{"at": "2026-03-02T08:00:00Z", "kind": "sos", "household": "h", "within": "soon"}', "not a duration"),
    ],
)
def test_a_line_that_says_nothing_is_named(line: bytes, says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        read_truth([line], "t")


@pytest.mark.parametrize("line", [b"{", b'{"rule": "sos"}', b"5", b'{"alert_id": "a", "transition": "opened", "at": 5}'])
def test_a_line_that_is_no_alert_is_named(line: bytes) -> None:
    with pytest.raises(BadSettings, match="line 1 of a"):
        read_alerts(line, "a")


def test_every_kind_of_the_simulators_is_known() -> None:
    for kinds in (EVENTS, FAULTS):
        for begins, ends in kinds.values():
            assert begins in KINDS
            assert not ends or ends in KINDS[begins].ends
    assert KINDS[SET_DOWN].ends == FAULTS[DeviceFaultKind.UNWORN][1:]
    assert all(code in RULES for kind in KINDS.values() for code in (*kind.rules, *kind.explains))


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A truth of two presses, of which one was found."""
    (tmp_path / "truth.jsonl").write_bytes(write([row("sos", "08:00:00"), row("sos", "09:00:00", "h2")]))
    (tmp_path / "alerts.jsonl").write_bytes(write([step("sos", "08:00:30"), step("fall", "09:30:00", "h3")]))
    return str(tmp_path / "truth.jsonl"), str(tmp_path / "alerts.jsonl")


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ([], 1, ["1 of 2 happenings were found", "1 alerts have no cause"]),
        (["--min-found", "0.5"], 1, ["1 alerts have no cause"]),
        (["--min-found", "0.5", "--max-false", "1"], 0, []),
        (["--min-found", "0.5", "--max-false", "1", "--within", "sos=PT10S"], 1, ["1 were found late"]),
        (["--min-found", "0.5", "--max-false", "1", "--within", "sos=PT10S", "--max-late", "1"], 0, []),
        (["--min-found", "0.5", "--rules", "sos"], 0, []),
    ],
)
def test_thresholds_decide_how_it_exits(
    files: tuple[str, str], more: list[str], status: int, says: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["verify", *files, *more, "--json", str(tmp_path / "v.json")]) == status
    printed = capsys.readouterr().out
    assert printed.count("NOT ENOUGH") == len(says)
    assert all(text in printed for text in says)
    assert "missed: sos of h2 at 2026-03-02T09:00:00Z" in printed
    report = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))
    assert report["is_enough"] is (status == 0)
    assert [one["verdict"] for one in report["happenings"]][1] == "missed"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["{truth}"], "name a file of alerts"),
        (["{truth}", "{alerts}", "--live", "http://127.0.0.1:9"], "not both"),
        (["{truth}", "--live", "http://127.0.0.1:9"], "--key-file"),
        (["{truth}", "--live", "ftp://127.0.0.1:9", "--key-file", "{alerts}"], "no address of an API"),
        (["{truth}", "{alerts}", "--within", "party=PT1M"], "which nothing in"),
        (["nowhere.jsonl", "{alerts}"], "there is no file"),
        (["{truth}", "{alerts}", "--rules", "gas"], "nothing was compared"),
    ],
)
def test_what_cannot_be_compared_says_why(
    files: tuple[str, str], words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    named = [word.format(truth=files[0], alerts=files[1]) for word in words]
    assert main(["verify", *named]) == 2
    assert says in capsys.readouterr().err


class _Api(BaseHTTPRequestHandler):
    """The list of alerts in pages of one; the second alert is there from the second look on."""

    looks = 0
    alerts: ClassVar[list[dict[str, Any]]] = []

    def do_GET(self) -> None:
        cursor = self.path.partition("cursor=")[2]
        if not cursor:
            type(self).looks += 1
        place = int(cursor or 0)
        shown = self.alerts[: 1 if self.looks < 2 else 2]
        body = {"items": shown[place : place + 1], "next_cursor": str(place + 1) if place + 1 < len(shown) else None}
        is_known = self.headers["Authorization"] == "Bearer hb_good"
        self.send_response(200 if is_known else 401)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[str]:
    _Api.looks = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_running_homebeat_is_asked_until_nothing_is_missing(
    api: str, files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = {
        "at": at("09:00:01"),
        "transition": "opened",
        "resident": None,
        "device": None,
        "queue": "care",
        "condition": "firing",
    }
    _Api.alerts = [
        shown
        | {
            "alert_id": home,
            "rule": "sos",
            "household": home,
            "since": at(clock),
            "opened_at": at(clock),
            "answer": "unacknowledged",
        }
        for home, clock in (("h1", "08:00:01"), ("h2", "09:00:01"))
    ]
    key = tmp_path / "key.txt"
    key.write_text("hb_good\n")
    live = ["verify", files[0], "--live", api, "--key-file", str(key)]
    assert main(live) == 1
    assert main([*live, "--wait", "PT10S"]) == 0
    key.write_text("hb_bad")
    assert main(live) == 2
    assert "the key opens nothing there" in capsys.readouterr().err


def test_bands_that_lie_on_tables_of_themselves_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is found, and no alert about a band is without a cause."""
    street = ["--homes", "6", "--days", "6", "--start", "2026-03-02T00:00:00Z", "--band-share", "1", "--daily-share", "0"]
    street += ["--band-minutes", "15", "--seed", "29"]
    recording, fleet, alerts = (str(tmp_path / name) for name in ("street.jsonl", "fleet.json", "alerts.jsonl"))
    assert simulate(["fleet", *street, "--out", fleet, "--declared", "1"]) == 0
    assert simulate(["record", *street, "--out", recording]) == 0
    assert main(["replay", recording, "--fleet", fleet, "--out", alerts]) == 0
    judged = ["verify", str(tmp_path / "TRUTH.jsonl"), alerts, "--rules", "not_worn"]
    assert main(judged) == 0, capsys.readouterr().out
    printed = capsys.readouterr().out
    (line,) = (line for line in printed.splitlines() if line.startswith("band_off"))
    found, *rest = map(int, line.split()[1:4])
    assert (found > 2, rest) == (True, [0, 0])


def test_a_simulated_street_is_verified_from_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = {
        "events": [
            {"kind": "sos", "home": 3, "at": "+PT20H"}, {"kind": "fall", "home": 9, "at": "+PT21H"},
            {"kind": "burst", "home": 1, "at": "+PT22H", "until": "+PT26H"},
        ],
        "faults": [{"kind": "silence", "device": "wm-00002", "at": "+PT20H"}],
    }  # fmt: skip
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    street = ["--homes", "12", "--days", "2", "--start", "2026-03-02T00:00:00Z", "--band-share", "1", "--daily-share", "0"]
    recording, fleet, alerts = (str(tmp_path / name) for name in ("street.jsonl", "fleet.json", "alerts.jsonl"))
    assert simulate(["fleet", *street, "--out", fleet, "--declared", "1"]) == 0
    assert simulate(["record", *street, "--scenario", str(tmp_path / "plan.json"), "--out", recording]) == 0
    assert main(["replay", recording, "--fleet", fleet, "--out", alerts]) == 0
    truth = str(tmp_path / "TRUTH.jsonl")
    judged = ["verify", truth, alerts, "--rules", "sos,fall,water_surge,device_silent", "--within", "device_silent=PT4H"]
    assert main(judged) == 0, capsys.readouterr().out
    printed = capsys.readouterr().out
    for kind in ("sos", "fell", "pipe_burst", "device_silent"):
        assert f"{kind:<20}{1:>7}{0:>7}{0:>8}{0:>9}" in printed
    # the same with one alert taken away
    kept = [line for line in Path(alerts).read_text(encoding="utf-8").splitlines() if json.loads(line)["rule"] != "sos"]
    Path(alerts).write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert main(judged) == 1
    assert "missed: sos of h00003-r1" in capsys.readouterr().out
