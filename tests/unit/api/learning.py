"""A profile as the engine would have learned it, for tests of the API and the console."""

from __future__ import annotations

from dataclasses import replace

from homebeat.domain.ids import ResidentId
from homebeat.store import CurvePoint, LearnedProfile, LowObservability, Usual
from tests.unit.api.street import HOUR, NOON, Street

#: Short by day, long by night: what is left of a night's sleep must not ring.
LIMITS = tuple(600 - 12 * slot if slot < 16 else 300 + 5 * (slot - 16) for slot in range(48))
CURVE = (
    CurvePoint(0.125, 0.0, 9.1, 12.0),
    CurvePoint(0.25, 0.0, 7.4, 11.2),
    CurvePoint(0.5, 0.54, 5.2, 9.0),
    CurvePoint(1.0, 1.07, 4.1, 7.6),
    CurvePoint(2.0, 1.6, 3.3, 6.1),
    CurvePoint(4.0, 4.3, 2.6, 4.4),
)
USUAL = Usual(370, 440, 27, 30, 18.5, 1.5, (420,) * 48, (60,) * 48, (0,) * 48)


def learned(n: int) -> LearnedProfile:
    """Resident `r-n` after eight weeks, being at home known."""
    return LearnedProfile(ResidentId(f"r-{n}"), NOON - 20 * HOUR, 53.5, 1.0, 0.5, True, None, LIMITS, CURVE, USUAL, ((540, 630),))


def prior(n: int) -> LearnedProfile:
    """Resident `r-n` after three days."""
    usual = replace(USUAL, first_days=2, days_seen=3)
    return replace(learned(n), days=3.2, own_share=0.0, limit_minutes=(720,) * 48, curve=(), habit=usual)


def poor(n: int) -> LearnedProfile:
    """Resident `r-n`, of whom nobody knows whether they are at home."""
    slow = tuple(replace(p, delay_mean_h=p.delay_mean_h + 6, delay_p95_h=p.delay_p95_h + 9) for p in CURVE)
    return replace(
        learned(n),
        budget=1.0,
        at_home_known=False,
        low_observability=LowObservability.AT_HOME_UNKNOWN,
        limit_minutes=tuple(m * 2 for m in LIMITS),
        curve=slow,
    )


def learn(street: Street, *profiles: LearnedProfile) -> None:
    with street.store.begin() as tx:
        tx.learned.put(profiles)
