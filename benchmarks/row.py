"""What a benchmark gives: named values beside what they have to reach."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

#: Name -> (unit, budget, whether a larger value is better). Rows that are not here are printed beside, and judged by nothing.
BUDGETS: Final[dict[str, tuple[str, float, bool]]] = {
    "ingest_sqlite_ratio": ("x bare paho", 0.9, True),
    "ingest_postgres_ratio": ("x bare paho", 0.9, True),
    "fold_rate": ("readings/s", 10e6, True),
    "judge_1m_ms": ("ms", 100.0, False),
    "state_bytes_per_resident": ("bytes", 1024.0, False),
    "learned_bytes_per_resident": ("bytes", 2048.0, False),
    "replay_rate": ("readings/s", 300e3, True),
    "backtest_meters_s": ("s", 60.0, False),
    "backtest_bands_s": ("s", 60.0, False),
    "codec_rate_chirpstack": ("messages/s", 100e3, True),
    "codec_rate_the_things_stack": ("messages/s", 100e3, True),
    "codec_rate_wmbusmeters": ("messages/s", 100e3, True),
    "codec_rate_zigbee2mqtt": ("messages/s", 100e3, True),
    "codec_rate_tasmota": ("messages/s", 100e3, True),
    "codec_rate_theengs": ("messages/s", 100e3, True),
    "codec_rate_sparkplug": ("messages/s", 60e3, True),
    "sos_p50_ms": ("ms", 50.0, False),
    "sos_p99_ms": ("ms", 150.0, False),
    "sos_under_attack_s": ("s", 1.0, False),
    "push_rate": ("pushes/s", 2_000.0, True),
    "push_p99_ms": ("ms", 100.0, False),
    "first_attempt_among_dead_s": ("s", 1.0, False),
    "scoped_list_p99_ms": ("ms", 50.0, False),
    "resident_search_p95_ms": ("ms", 100.0, False),
    "alert_list_p99_ms": ("ms", 50.0, False),
    "authz_cost_us": ("us", 300.0, False),
    "audit_share": ("", 0.1, False),
    "escalation_error_s": ("s", 5.0, False),
    "escalation_restart_s": ("s", 5.0, False),
    "export_sqlite_rate": ("readings/s", 200e3, True),
    "export_postgres_rate": ("readings/s", 200e3, True),
    "import_100k_homes_s": ("s", 60.0, False),
    "import_100k_homes_postgres_s": ("s", 60.0, False),
    "model_report_s": ("s", 60.0, False),
    "model_report_postgres_s": ("s", 60.0, False),
    "restart_100k_s": ("s", 10.0, False),
    "rss_100k_mb": ("MB", 600.0, False),
    "console_first_row_s": ("s", 0.5, False),
    "console_first_row_slow_s": ("s", 1.2, False),
    "console_page_kb": ("kB", 40.0, False),
    "console_change_p95_ms": ("ms", 300.0, False),
    "console_main_thread_share": ("", 0.05, False),
    "console_server_cpu_share": ("", 0.02, False),
    "idle_demo_mb": ("MB", 250.0, False),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table and of `bench.json`; without a budget `ok` is None."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    ok: bool | None = None


def make_row(name: str, value: float, unit: str = "") -> Row:
    """A row, judged where `BUDGETS` knows its name."""
    if name not in BUDGETS:
        return Row(name, round(value, 4), unit)
    known, budget, more = BUDGETS[name]
    return Row(name, round(value, 4), known, budget, value >= budget if more else value <= budget)


def format_table(rows: Iterable[Row]) -> str:
    """The rows for people."""
    lines = [f"{'name':<34}{'value':>14}  {'unit':<14}{'budget':>12}  ok"]
    for r in rows:
        budget = "" if r.budget is None else _format_number(r.budget)
        lines.append(f"{r.name:<34}{_format_number(r.value):>14}  {r.unit:<14}{budget:>12}  {_OK[r.ok]}")
    return "\n".join(lines)


_OK: Final = {True: "yes", False: "NO", None: ""}


def _format_number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.1f}" if abs(value) >= 20 else f"{value:,.3f}"


def write(rows: Iterable[Row], path: Path) -> None:
    """The rows for machines: a list of `{"name", "value", "unit", "budget", "ok"}`."""
    path.write_text("[\n" + ",\n".join("  " + json.dumps(asdict(r)) for r in rows) + "\n]\n", encoding="utf-8")


def load() -> str:
    """How busy the machine is besides: figures taken while it is cannot be compared."""
    one, five, _ = os.getloadavg()
    return f"load {one:.1f} (1 min) {five:.1f} (5 min) on {os.cpu_count()} cores"
