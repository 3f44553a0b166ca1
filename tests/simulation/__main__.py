"""Simulate streets: `python -m tests.simulation --seeds 12 --months 1`. Ends with 1 when something was so that must never be."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
from pathlib import Path

from homebeat.store import open_store
from tests.keys import KEY_FILE
from tests.simulation.run import Result, simulate
from tests.simulation.street import HOMES

_DAYS_A_MONTH = 30
_MEMORY = Path("/dev/shm")


def _print(result: Result, *, is_whole: bool) -> None:
    print(f"seed {result.seed}: {result.violation or 'all kept'} (trace {result.trace})", flush=True)
    if result.violation:
        print("\n".join(f"    {line}" for line in result.tail[-25:]))
        print(f"  to repeat it: make simulate ARGS='--first {result.seed} --seeds 1 --days {result.days}'", flush=True)
    elif is_whole:
        print("    " + ", ".join(f"{count} {kind}" for kind, count in sorted(result.acts.items())))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=12, help="how many streets, each with a seed of its own")
    parser.add_argument("--first", type=int, default=1, help="the first seed; the same seed is the same street")
    parser.add_argument("--months", type=int, default=1, help="how long each street is simulated, months of 30 days")
    parser.add_argument("--days", type=int, help="the same in days")
    args = parser.parse_args()
    days = args.days or args.months * _DAYS_A_MONTH
    logging.disable(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="homebeat-simulated-", dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        open_store(f"sqlite:///{folder / 'model.db'}", KEY_FILE).close()
        results = []
        for seed in range(args.first, args.first + args.seeds):
            path = folder / f"{seed}.db"
            shutil.copy(folder / "model.db", path)
            results.append(simulate(f"sqlite:///{path}", seed, days))
            _print(results[-1], is_whole=args.seeds == 1)
            path.unlink()
    finally:
        shutil.rmtree(folder)
    years = sum(result.days for result in results) * len(HOMES) / 365
    hours = sum(result.seconds for result in results) / 3600
    failed = [str(result.seed) for result in results if result.violation]
    print(f"{years:.1f} resident-years, {years / hours:.0f} in an hour of one processor")
    print(f"failing seeds: {', '.join(failed) or 'none'}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
