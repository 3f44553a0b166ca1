"""Each benchmark still runs: at its smallest size, against real brokers and databases. What comes out is not judged here."""

import math

import pytest

from benchmarks.__main__ import BENCHMARKS, NEED_MOSQUITTO, Measure
from benchmarks.scale import TINY
from tests.brokers import mosquitto_executable

#: What lies between two times that differ by less than their noise at this size: it may be below nothing.
DIFFERENCES = {"audit_share"}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "names", "measure"), [pytest.param(*b, id=b[0]) for b in BENCHMARKS])
def test_it_gives_its_rows(name: str, names: tuple[str, ...], measure: Measure) -> None:
    if name in NEED_MOSQUITTO:
        mosquitto_executable()
    values = {row.name: row.value for row in measure(TINY)}
    assert set(values) >= set(names)
    assert all(math.isfinite(value) and (value > 0 or name in DIFFERENCES) for name, value in values.items() if name in names)
