"""A part that serves no pages starts without what serves them: after a crash an SOS waits for its start."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

_LOOK: Final = """
import sys
import homebeat.cli, homebeat.bootstrap.service
print(*sorted({"fastapi", "uvicorn", "jinja2", "multipart"} & sys.modules.keys()))
"""


def test_watch_deliver_and_deadlines_start_without_what_serves_pages() -> None:
    loaded = subprocess.run([sys.executable, "-c", _LOOK], check=True, capture_output=True, text=True, timeout=60).stdout.split()
    assert loaded == []
