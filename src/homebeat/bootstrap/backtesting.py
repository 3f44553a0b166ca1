"""`homebeat backtest`: history under the settings in force and under others, compared."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from homebeat.backtest.run import BacktestSpec, open_source, run_comparison
from homebeat.backtest.sources import HistorySource, RecordingSource
from homebeat.backtest.text import format_comparison
from homebeat.bootstrap.writing import write_whole
from homebeat.console.backtest.page import render_page
from homebeat.domain.instants import format_instant
from homebeat.settings.model import InForce
from homebeat.store import Store

_SHOW_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files of the result, besides the table. Each appears once it is complete."""

    json: Path | None = None
    html: Path | None = None
    language: str = "en"


def run_backtest(
    force: InForce, asked: BacktestSpec, outputs: Outputs, open_it: Callable[[], Store], stop: threading.Event
) -> int:
    """Compare, print the table, write the files.

    Returns:
        Exit status: 1 when lines of the recording could not be read.
    """
    began = time.monotonic()
    source, close = open_source(force, asked, open_it)
    try:
        result = run_comparison(force, asked, source, _ShownProgress(), stop)
    finally:
        close()
    _clear()
    print(format_comparison(result))
    if outputs.json is not None:
        write_whole(outputs.json, msgspec.json.format(msgspec.json.encode(result), indent=1))
    if outputs.html is not None:
        write_whole(outputs.html, render_page(result, outputs.language).encode())
    took = time.monotonic() - began
    print(f"{result.readings:,} readings in {took:.1f} s ({result.readings / max(took, 1e-9):,.0f}/s)", file=sys.stderr)
    return _count_bad_lines(source)


class _ShownProgress:
    """Shows progress as one line on a terminal: share, readings, time left."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = 0.0

    def __call__(self, share: float, readings: int, at: int) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._shown < _SHOW_EVERY_S:
            return
        self._shown = now
        left = (now - self._began) * (1 - share) / share if share > 0.01 else None
        rest = "" if left is None else f", {left / 60:.0f} min {left % 60:02.0f} s left" if left >= 60 else f", {left:.0f} s left"
        sys.stderr.write(f"\r{share:4.0%}  {readings:,} readings, up to {format_instant(at)[:16]}{rest}      ")
        sys.stderr.flush()


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r" + " " * 79 + "\r")


def _count_bad_lines(source: HistorySource) -> int:
    if not isinstance(source, RecordingSource) or not source.recording.bad_count:
        return 0
    for bad in source.recording.bad[:10]:
        print(f"line {bad.number}: {bad.why}", file=sys.stderr)
    print(f"{source.recording.bad_count} lines of {source.name} could not be read", file=sys.stderr)
    return 1
