"""What a benchmark hands over: a fixed list of names, each judged against its budget."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.row import BUDGETS, format_table, make_row, write

ASKED_FOR = {
    "ingest_sqlite_ratio",
    "ingest_postgres_ratio",
    "fold_rate",
    "judge_1m_ms",
    "state_bytes_per_resident",
    "replay_rate",
    "sos_p50_ms",
    "sos_p99_ms",
    "restart_100k_s",
    "rss_100k_mb",
}


def test_every_budget_is_measured_by_one_benchmark() -> None:
    measured = [name for _, names, _ in BENCHMARKS for name in names]
    assert sorted(measured) == sorted(BUDGETS)
    assert set(measured) >= ASKED_FOR


@pytest.mark.parametrize(
    ("name", "value", "ok"),
    [
        ("fold_rate", 10e6, True),
        ("fold_rate", 9.9e6, False),
        ("judge_1m_ms", 100.0, True),
        ("judge_1m_ms", 100.1, False),
        ("something_beside", 5.0, None),
    ],
)
def test_a_row_is_judged_by_its_budget(name: str, value: float, ok: bool | None) -> None:
    assert make_row(name, value).ok is ok


def test_the_file_holds_what_the_table_shows(tmp_path: Path) -> None:
    rows = [make_row("replay_rate", 123_456.0), make_row("replay_wall_rate", 7.5, "readings/s")]
    write(rows, tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text()) == [
        {"name": "replay_rate", "value": 123_456.0, "unit": "readings/s", "budget": 300_000.0, "ok": False},
        {"name": "replay_wall_rate", "value": 7.5, "unit": "readings/s", "budget": None, "ok": None},
    ]
    assert "replay_rate" in format_table(rows)


def test_a_name_that_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["no_such_benchmark"])
    assert "no_such_benchmark" in capsys.readouterr().err
