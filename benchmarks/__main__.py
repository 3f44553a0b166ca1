"""`python -m benchmarks [NAME ...]`: measure, print a table, write `bench.json`."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks import (
    attack,
    audit,
    backtest,
    codecs,
    console,
    dead,
    demo,
    engine,
    escalation,
    export,
    importing,
    ingest,
    lists,
    model_report,
    push,
    replay,
    restart,
    scoped,
    simulation,
    sos,
)
from benchmarks.brokers import find_mosquitto
from benchmarks.row import Row, format_table, load, write
from benchmarks.scale import FULL, TINY, Scale

Measure = Callable[[Scale], Iterator[Row]]

#: In the order in which they run: name, what it gives, how. The shortest first.
BENCHMARKS: Final[tuple[tuple[str, tuple[str, ...], Measure], ...]] = (
    ("engine", engine.NAMES, engine.measure),
    ("codecs", codecs.NAMES, codecs.measure),
    ("replay", replay.NAMES, replay.measure),
    ("backtest", backtest.NAMES, backtest.measure),
    ("ingest", ingest.NAMES, ingest.measure),
    ("sos", sos.NAMES, sos.measure),
    ("push", push.NAMES, push.measure),
    ("attack", attack.NAMES, attack.measure),
    ("scoped", scoped.NAMES, scoped.measure),
    ("export", export.NAMES, export.measure),
    ("import", importing.NAMES, importing.measure),
    ("audit", audit.NAMES, audit.measure),
    ("lists", lists.NAMES, lists.measure),
    ("models", model_report.NAMES, model_report.measure),
    ("simulation", simulation.NAMES, simulation.measure),
    ("console", console.NAMES, console.measure),
    ("dead", dead.NAMES, dead.measure),
    ("escalation", escalation.NAMES, escalation.measure),
    ("restart", restart.NAMES, restart.measure),
    ("demo", demo.NAMES, demo.measure),
)
NEED_MOSQUITTO: Final = frozenset({"ingest", "sos", "attack", "restart"})


def main(argv: list[str] | None = None) -> int:
    """0 when everything asked for was measured, whatever came out; 1 when something could not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = ", ".join(f"{name} ({', '.join(rows)})" for name, rows, _ in BENCHMARKS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"a benchmark or one of its rows: {known}; detection")
    parser.add_argument("--tiny", action="store_true", help="smallest sizes: shows that each still runs, measures nothing")
    parser.add_argument("--out", type=Path, default=Path("bench.json"), help="where the rows go (%(default)s)")
    asked = parser.parse_args(argv)
    if asked.names == ["detection"]:
        from benchmarks.detection.__main__ import main as detection

        sys.argv[1:] = []
        return detection()
    wrong = set(asked.names) - {n for name, rows, _ in BENCHMARKS for n in (name, *rows)}
    if wrong:
        parser.error(f"there is no benchmark {', '.join(sorted(wrong))}")
    chosen = [b for b in BENCHMARKS if not asked.names or {b[0], *b[1]} & set(asked.names)]
    if find_mosquitto() is None and {name for name, _, _ in chosen} & NEED_MOSQUITTO:
        print("mosquitto is not installed (apt-get install mosquitto): ingest, sos, attack and restart need it", file=sys.stderr)
        return 1
    failed: list[str] = []
    rows = list(_measure(chosen, TINY if asked.tiny else FULL, failed))
    print("\n" + format_table(rows))
    write(rows, asked.out)
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _measure(chosen: list[tuple[str, tuple[str, ...], Measure]], scale: Scale, failed: list[str]) -> Iterator[Row]:
    for name, _, measure in chosen:
        begun = time.monotonic()
        print(f"{name} ({scale.name}): {load()}", flush=True)
        try:
            yield from measure(scale)
        except Exception:  # noqa: BLE001 -- one that fails must not take away what the others measured; said, and the exit status
            traceback.print_exc()
            failed.append(name)
        print(f"  {name} took {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
