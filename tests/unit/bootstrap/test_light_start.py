"""A part starts without what it does not need: after a crash an SOS waits for its start, and somebody waits for each command."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

_LOOK: Final = """
import sys
import {modules}
print(*sorted({unneeded} & sys.modules.keys()))
"""


def find_loaded(modules: str, unneeded: set[str]) -> list[str]:
    look = _LOOK.format(modules=modules, unneeded=unneeded)
    return subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True, timeout=60).stdout.split()


def test_watch_deliver_and_deadlines_start_without_what_serves_pages() -> None:
    assert find_loaded("homebeat.cli, homebeat.bootstrap.service", {"fastapi", "uvicorn", "jinja2", "multipart"}) == []


def test_a_command_starts_without_what_the_services_do() -> None:
    services = {
        f"homebeat.{part}" for part in ("actions", "deliver", "watch", "ingest", "api", "console", "backtest", "exchange")
    }
    assert find_loaded("homebeat.cli", services | {"httpx2", "paho"}) == []
