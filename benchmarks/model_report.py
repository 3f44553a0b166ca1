"""`homebeat report --models` of a year: a city in which every home has a meter and a band, with three alerts a home.

Half of the alerts are about devices (silent, battery, not worn, false helps), half about residents. Each has the steps that
such alerts have: opened, taken, noted, cleared, some come back, most are closed. Rows are written as fast as a database takes
them: the report opens nothing that is sealed, so that nothing is. The report is a program of its own, as an office runs it.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import Table

from benchmarks.databases import KEY_FILE, Fresh, open_postgres, open_sqlite
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from homebeat.domain.fleet import Area, Fleet
from homebeat.domain.ids import AreaId
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store, UnitOfWork, open_store
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.bulk import write_columns
from homebeat.store.home import tables as home_tables
from homebeat.store.reading import tables as reading_tables
from homebeat.stream.batch import Batch

NAMES: Final = ("model_report_s", "model_report_postgres_s")
_FIRST, _UNTIL = "2025-01-01", "2026-01-01"
#: The same, epoch ms.
_START: Final = 1_735_689_600_000
_YEAR_MS: Final = 365 * 86_400_000
_HOUR_MS: Final = 3_600_000
_END: Final = _START + _YEAR_MS
_AT_ONCE: Final = 20_000
_COMMUNITIES: Final = 100
_MODELS: Final = 8
_ALERTS_A_HOME: Final = 3
_READINGS: Final = 200_000
#: One home in so many had a band before the one that it has.
_REPLACED: Final = 40
#: Rules with their share, and whether the alert is about the meter, the band, or the resident.
_RULES: Final = (
    *(("device_silent", 0.2, "m"), ("device_silent", 0.1, "b"), ("device_battery_low", 0.1, "b"), ("not_worn", 0.06, "b")),
    *(("sos", 0.03, "b"), ("fall", 0.03, "b"), ("no_sign_of_life", 0.38, ""), ("unknown_too_long", 0.1, "")),
)
_RUN: Final = """
import json, resource, sys
from homebeat.cli import main
status = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss]), file=sys.stderr)
"""


def measure(scale: Scale) -> Iterator[Row]:
    """SQLite, then PostgreSQL."""
    fleet = Fleet((Area(AreaId("city"), "City"), *(_make_community(n) for n in range(_COMMUNITIES))), ())
    opened: tuple[tuple[str, Callable[[Path], AbstractContextManager[Fresh]]], ...] = (
        ("model_report", lambda made: open_sqlite(made, fleet, _START)),
        ("model_report_postgres", lambda _: open_postgres(fleet, _START)),
    )
    for name, open_one in opened:
        with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made, open_one(Path(made)) as fresh:
            url = fresh()
            fill(url, scale.report_homes)
            took, worked, peak = _run(url, Path(made) / "models.json")
            yield make_row(f"{name}_s", took)
            yield make_row(f"{name}_cpu_s", worked, "s of processor time, a database server's left out")
            yield make_row(f"{name}_mb", peak, "MB, the most that it held")


def fill(url: str, homes: int) -> None:
    """Write homes, devices, alerts of the year with their steps, and readings."""
    begun = time.perf_counter()
    store = open_store(url, KEY_FILE, create=False)
    for start in range(0, homes, _AT_ONCE):
        with store.begin() as tx:
            _write_homes(tx, range(start, min(start + _AT_ONCE, homes)))
    alerts = homes * _ALERTS_A_HOME
    for start in range(0, alerts, _AT_ONCE):
        with store.begin() as tx:
            _write_alerts(tx, range(start, min(start + _AT_ONCE, alerts)), homes)
    _write_readings(store)
    if store.path is None:
        with store._database.open_connection() as connection:  # noqa: SLF001 -- what autovacuum does within minutes
            connection.exec_driver_sql("VACUUM ANALYZE")
    store.close()
    print(f"  {homes:,} homes and {alerts:,} alerts written in {time.perf_counter() - begun:.0f} s")


def _make_community(n: int) -> Area:
    return Area(AreaId(f"c{n}"), f"Community {n}", AreaId("city"))


def _write_homes(tx: UnitOfWork, numbers: range) -> None:
    def write(table: Table, rows: Iterable[dict[str, Any]]) -> None:
        _write_rows(tx, table, list(rows))

    write(
        home_tables.household,
        (
            {"id": f"h{n}", "area": f"c{n % _COMMUNITIES}", "timezone": "Asia/Shanghai", "address_sealed": b"", "place": n}
            | {"ask_first": False}
            for n in numbers
        ),
    )
    write(
        home_tables.resident,
        (
            {"id": f"r{n}", "household": f"h{n}", "person_sealed": b"", "phone_sealed": b"", "language": "zh-CN", "place": n}
            for n in numbers
        ),
    )
    devices = [one for n in numbers for one in _list_devices(n)]
    write(home_tables.device, devices)
    there = [one for one in devices if one["retired_at"] is None]
    write(
        home_tables.device_state,
        (
            {"device": one["id"], "heard_at": _END, "silent": one["place"] % 200 == 7, "updated_at": _END}
            | {"battery_pct": 80.0 if one["kind"] == "wristband" else None}
            for one in there
        ),
    )
    write(
        reading_tables.last_message,
        (
            {"device": one["id"], "topic": f"homebeat/{one['id']}", "payload": b"{}", "received_at": _END, "read_by": ""}
            | {"understood": "[]", "unknown": "[]", "detail": "", "hint": "no_value" * (one["place"] % 100 == 9)}
            | {"hint_params": "{}"}
            for one in there
        ),
    )


def _list_devices(n: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(n)
    shared = {"household": f"h{n}", "resolution_litres": 1.0, "place": n, "retired_at": None}
    meter = {"id": f"m{n}", "resident": None, "kind": "water_meter", "reports_every_ms": _HOUR_MS}
    band = {"id": f"b{n}", "resident": f"r{n}", "kind": "wristband", "reports_every_ms": _HOUR_MS // 12}
    enrolled_at = _START - chance.randrange(_YEAR_MS)
    yield {**shared, **meter, "model": f"Drop {n % _MODELS}", "enrolled_at": enrolled_at}
    if n % _REPLACED == 0:
        changed_at = _START + chance.randrange(_YEAR_MS)
        old = {**shared, **band, "id": f"b{n}-old", "model": f"Loop {n % _MODELS}", "enrolled_at": enrolled_at}
        yield {**old, "retired_at": changed_at}
        enrolled_at = changed_at
    yield {**shared, **band, "model": f"Loop {n % _MODELS}", "enrolled_at": enrolled_at}


def _write_alerts(tx: UnitOfWork, numbers: range, homes: int) -> None:
    alerts: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    for n in numbers:
        alert, own = _make_alert(n, homes)
        alerts.append(alert)
        steps += own
    _write_rows(tx, alert_tables.alert, alerts)
    _write_rows(tx, alert_tables.transition, steps)


def _make_alert(n: int, homes: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An alert and its steps: one in 210 is open still, never two of a home."""
    chance = random.Random(-n - 1)
    home = n % homes
    rule, _, about = chance.choices(_RULES, [share for _, share, _ in _RULES])[0]
    device = f"{about}{home}" if about else None
    opened_at = _START + chance.randrange(_YEAR_MS)
    is_open = n < homes and n % 70 == 0
    names = ["opened", *("escalated",) * chance.randrange(2), "acknowledged", *("noted",) * chance.randrange(2), "cleared"]
    names += ["reopened", "cleared"] * (chance.random() < 0.2)
    names += [] if is_open else ["resolved"]
    at, steps = opened_at, []
    for seq, kind in enumerate(names):
        actor = {"acknowledged": "user:ann", "noted": "user:ann", "resolved": "user:wu", "escalated": "clock"}.get(kind, "engine")
        steps.append(
            {"key": f"{n:x}-{seq}", "alert_id": f"a{n:x}", "seq": seq, "kind": kind, "at": at, "actor": actor}
            | {"reason_code": rule, "reason_params": {}, "note_sealed": b"", "outcome": None}
        )
        at += chance.randrange(_HOUR_MS)
    outcome = None if is_open else chance.choices(("fine", "helped", "false", "device"), (5, 1, 3, 1))[0]
    # an unresolved alert of a rule and a subject is one alone
    subject = f"device:{device}" if device else f"resident:r{home}"
    alert = {
        "id": f"a{n:x}",
        "rule": rule,
        "subject_key": subject,
        "household": f"h{home}",
        "area": f"c{home % _COMMUNITIES}",
        "resident": f"r{home}",
        "device": device,
        "priority_rank": n % 4,
        "desk": "devices" if about else "care",
        "queue": "devices" if about else "care",
        "opened_at": opened_at,
        "since": opened_at,
        "reason_code": rule,
        "reason_params": {},
        "condition": "cleared",
        "answer": "acknowledged" if is_open else "resolved",
        "owner": "user:ann",
        "outcome": outcome,
        "contradicted": False,
        "acknowledged_at": opened_at,
        "version": len(steps),
        "resolved_at": None if is_open else steps[-1]["at"],
        "resolved_by": "" if is_open else "user:wu",
        "changed_at": steps[-1]["at"],
        "transition": steps[-1]["key"],
    }
    return alert, steps


def _write_readings(store: Store) -> None:
    """As many readings as the report looks at, of every device in turn."""
    with store.read(EVERYTHING) as reader:
        numbers = np.array(list(reader.fleet.read_device_nos().values()), np.int32)
    which = np.arange(_READINGS, dtype=np.int32)
    observed = _END - _HOUR_MS + which.astype(np.int64)
    received = observed + np.where(which % 20 == 0, _HOUR_MS, 700)
    metric = np.full(_READINGS, int(Metric.STEPS), np.uint8)
    batch = Batch(which % len(numbers), metric, observed, received, np.zeros(_READINGS), np.zeros(_READINGS, np.uint8))
    with store.begin() as tx:
        tx.readings.append(batch, numbers)


def _write_rows(tx: UnitOfWork, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        write_columns(tx.connection, table, {name: [row[name] for row in rows] for name in rows[0]})


def _run(url: str, out: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor time, and MB at most."""
    environ = {**os.environ, "HOMEBEAT_DATABASE_URL": url, "HOMEBEAT_KEY_FILE": str(KEY_FILE), "LC_ALL": "en"}
    begun = time.perf_counter()
    asked = ["report", "--models", "--from", _FIRST, "--until", _UNTIL, "--json", str(out)]
    command = [sys.executable, "-c", _RUN, *asked]
    done = subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, text=True)
    took = time.perf_counter() - begun
    status, worked, peak_kb = json.loads(done.stderr.splitlines()[-1])
    if status != 0 or not json.loads(out.read_text())["models"]:
        raise RuntimeError(done.stderr[-2_000:])
    return took, worked, peak_kb / 1024
