"""`homebeat fleet import` of 100,000 homes from a table: the command's own function in a process of its own, on each database."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.databases import KEY_FILE, open_postgres, open_sqlite
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from homebeat.domain.fleet import Fleet

NAMES: Final = ("import_100k_homes_s", "import_100k_homes_postgres_s")
_START: Final = 1_772_352_000_000  # 2026-03-01T08:00:00Z
_HEADER: Final = (
    *("area", "area_name", "area_parent", "home", "timezone", "address", "access", "resident", "resident_name", "birth_year"),
    *("resident_phone", "need", "notes", "contact_name", "relation", "contact_phone", "contact_channel"),
    *("contact_channel_address", "holds_key", "device", "device_kind", "model", "reports_every", "resolution_litres"),
)
_COMMUNITIES: Final = 100
#: Runs the command as `homebeat` does, and says what it took of its own process.
_RUN: Final = """
import json, resource, sys
from homebeat.cli import main
status = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss]), file=sys.stderr)
"""


def measure(scale: Scale) -> Iterator[Row]:
    """A street office's table into an empty registry; and then the same table, which changes nothing."""
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
        table = Path(made) / "homes.csv"
        _write_table(table, scale.import_homes)
        with open_sqlite(Path(made), Fleet(), _START) as fresh:
            url = fresh()
            took, worked, peak = _run(url, table)
            yield make_row("import_100k_homes_s", took)
            yield make_row("import_100k_homes_cpu_s", worked, "s of processor time")
            yield make_row("import_100k_homes_mb", peak, "MB, the most that it held")
            again, worked, peak = _run(url, table)
            yield make_row("import_100k_homes_again_s", again, "s, nothing to change")
            yield make_row("import_100k_homes_again_mb", peak, "MB, the most that it held")
        with open_postgres(Fleet(), _START) as fresh:
            took, worked, _ = _run(fresh(), table)
            yield make_row("import_100k_homes_postgres_s", took)
            yield make_row("import_100k_homes_postgres_cpu_s", worked, "s of processor time, the database's left out")


def _run(url: str, table: Path) -> tuple[float, float, float]:
    environ = {**os.environ, "HOMEBEAT_DATABASE_URL": url, "HOMEBEAT_KEY_FILE": str(KEY_FILE), "LC_ALL": "en"}
    begun = time.perf_counter()
    command = [sys.executable, "-c", _RUN, "fleet", "import", str(table)]
    done = subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, text=True)
    took = time.perf_counter() - begun
    status, worked, peak_kb = json.loads(done.stderr.splitlines()[-1])
    if status != 0:
        raise RuntimeError(done.stderr[-2_000:])
    return took, worked, peak_kb / 1024


def _write_table(path: Path, homes: int) -> None:
    """Write a table as offices have it: two rows a home, a resident, a contact with a webhook, a meter and a band."""
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.DictWriter(out, _HEADER, restval="")
        rows.writeheader()
        rows.writerow({"area": "city", "area_name": "Yunting City"})
        for no in range(10):
            rows.writerow({"area": f"s{no}", "area_name": f"Street {no}", "area_parent": "city"})
        for no in range(_COMMUNITIES):
            rows.writerow({"area": f"c{no}", "area_name": f"Community {no}", "area_parent": f"s{no % 10}"})
        for no in range(homes):
            home = {"area": f"c{no * _COMMUNITIES // homes}", "home": f"h-{no:06}"}
            number = f"{no // 10_000:04}-{no % 10_000:04}"
            rows.writerow(
                {
                    **home,
                    "timezone": "Asia/Shanghai",
                    "address": f"Heron Street {no}, flat 302",
                    "access": "third floor",
                    "resident": f"r-{no:06}",
                    "resident_name": f"Lin {no}",
                    "birth_year": 1930 + no % 25,
                    "resident_phone": f"139-{number}",
                    "need": ("high", "medium", "low", "")[no % 4],
                    "notes": "hard of hearing",
                    "contact_name": f"Wei {no}",
                    "relation": "son",
                    "contact_phone": f"138-{number}",
                    "contact_channel": "webhook",
                    "contact_channel_address": f"https://family.example/hook/{no}",
                    "holds_key": "yes",
                    "device": f"wm-{no:06}",
                    "device_kind": "water_meter",
                    "model": "Tarn M1",
                    "reports_every": "PT1H",
                    "resolution_litres": 1,
                }
            )
            band = {"device": f"wb-{no:06}", "device_kind": "wristband", "model": "Waveband W2", "reports_every": "PT5M"}
            rows.writerow({**home, **band})
