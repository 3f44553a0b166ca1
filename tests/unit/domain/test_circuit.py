"""When a circuit opens by itself."""

from __future__ import annotations

import pytest

from homebeat.domain.circuit import Circuit, CircuitCause, CircuitState, Tally, judge_circuit
from homebeat.domain.contract import Contract
from homebeat.domain.ids import ResponderId


@pytest.mark.parametrize(
    "share, visits, failed, opens",
    [
        (0.15, 20, 3, False),
        (0.15, 20, 4, True),
        (0.15, 9, 9, False),  # too few visits
        (0.15, 10, 2, True),
        (0.29, 100, 29, False),  # a computer reckons 28.999999999999996
        (0.29, 100, 30, True),
        (0.35, 180, 63, False),
    ],
)
def test_more_than_the_share_opens_it_and_exactly_the_share_does_not(
    share: float, visits: int, failed: int, *, opens: bool
) -> None:
    change = judge_circuit(Circuit(ResponderId("care-co")), Contract(failed_share=share), Tally(visits, failed), now=1)
    assert change == ((CircuitState.OPEN, CircuitCause.SHARE) if opens else None)
