"""How fast streets are simulated: days of watch, alerts, plans, visits and deliveries, with all that can go wrong in them."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.row import Row, make_row
from benchmarks.scale import Scale
from homebeat.store import open_store
from tests.keys import KEY_FILE
from tests.simulation.run import simulate
from tests.simulation.street import HOMES

#: What it gives has no budget: it is printed beside the others.
NAMES: Final[tuple[str, ...]] = ()
_DAYS: Final = 3
_DAYS_A_YEAR: Final = 365


def measure(scale: Scale) -> Iterator[Row]:
    """Years of residents in an hour of one processor, on SQLite.

    Raises:
        RuntimeError: Something was so that must never be: then the figure means nothing.
    """
    seconds, disabled = 0.0, logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # most of what goes wrong there is logged
    try:
        with tempfile.TemporaryDirectory(prefix="homebeat-bench-") as made:
            for seed in range(1, scale.simulated_streets + 1):
                url = f"sqlite:///{Path(made) / f'{seed}.db'}"
                open_store(url, KEY_FILE).close()
                result = simulate(url, seed, _DAYS)
                if result.violation:
                    raise RuntimeError(f"seed {seed}: {result.violation}")
                seconds += result.seconds
    finally:
        logging.disable(disabled)
    years = scale.simulated_streets * _DAYS * len(HOMES) / _DAYS_A_YEAR
    yield make_row("simulated_years_per_hour", years / seconds * 3600, "years")
