"""`watch.Replay` from a recording on disk: decode, fold, judge, decide, without broker or database. One core."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.homes import MINUTE, make_default_rules
from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from homebeat.backtest import Replay
from homebeat.codecs.catalogue import CODECS
from homebeat.ingest.recording import Recording
from homebeat.registry.fleet_file import read_fleet
from simulators.estate import Habitat
from simulators.recording import write_recording
from simulators.street import Street

NAMES: Final = ("replay_rate",)
_START: Final = 1_772_352_000_000  # 2026-03-01T08:00:00Z


def measure(scale: Scale) -> Iterator[Row]:
    """A street in which every home has a band that reports each five minutes and a meter that does each hour."""
    street = Street(2, scale.replay_homes, habitat=Habitat(band_share=1.0, band_every=5 * MINUTE, senml_share=0.1))
    fleet = read_fleet(json.dumps(street.make_fleet()), CODECS, is_json=True)
    with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
        file = Path(made) / "street.jsonl"
        begun = time.perf_counter()
        count = write_recording(file, street.make_messages(_START, _START + scale.replay_hours * 60 * MINUTE, [], []))
        size = file.stat().st_size
        print(f"  {count:,} messages recorded, {size / 1e6:.0f} MB, in {time.perf_counter() - begun:.1f} s")
        run = Replay(fleet, make_default_rules(fleet))
        begun, cpu = time.perf_counter(), time.process_time()
        steps = sum(1 for _ in run.iterate_steps(Recording(file).read_blocks()))
        took, worked = time.perf_counter() - begun, time.process_time() - cpu
    yield make_row("replay_rate", run.load.readings / worked)
    yield make_row("replay_wall_rate", run.load.readings / took, "readings/s")
    yield make_row("replay_readings", run.load.readings, "readings")
    yield make_row("replay_messages_rate", run.load.messages / worked, "messages/s")
    yield make_row("replay_steps", steps, "alert steps")
