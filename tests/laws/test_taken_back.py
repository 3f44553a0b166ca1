"""A rise that a meter takes back is as if it had never been shown; how much it was and how long it stood makes no difference."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.fleet import Device, DeviceKind, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.stream.features.hours import UNKNOWN
from homebeat.stream.features.timeline import SLOT_MS
from homebeat.stream.features.water import compute_litres, is_window_known
from tests.conftest import examples
from tests.laws.streets import HOUR, MINUTE, START, Sent, Street, book

HALF_HOUR = HOUR // 2


def told(totals: list[tuple[int, float]], every: int) -> tuple[Engine, list[tuple[str, str]]]:
    """The engine after these totals (minutes after START, litres) of a meter in the home of one person, and what it said."""
    meter = Device(DeviceId("m"), DeviceKind.WATER_METER, None, None, timedelta(minutes=every))
    home = Household(HouseholdId("h"), AreaId("a"), "UTC", residents=(Resident(ResidentId("r"), ""),), devices=(meter,))
    sent = tuple(Sent("m", Metric.VOLUME_M3, m * MINUTE, m * MINUTE + 1000, round(litres / 1000, 4)) for m, litres in totals)
    street = Street((home,), sent, totals[-1][0] * MINUTE + HALF_HOUR)
    engine = street.engine(book("no_sign_of_life", "water_surge"))
    engine.resume(START)
    edges = engine.advance(street.batch(engine), START + street.until)
    return engine, [(edge.rule, edge.kind.value) for edge in edges]


@examples(25, in_ci=60)
@given(
    every=st.sampled_from((15, 30, 60)),
    too_much=st.sampled_from((1.0, 3.0, 10.0, 100.0, 900.0)),
    used=st.sampled_from((0.0, 6.0, 40.0)),
    readings=st.integers(1, 4),
    quiet=st.integers(0, 3),
)
def test_a_rise_that_is_taken_back(every: int, too_much: float, used: float, readings: int, quiet: int) -> None:
    start, misread, end = 5 * 60, (6 + quiet) * 60, (16 + quiet) * 60
    right = [(m, 120_000.0 + (used if m >= start else 0.0) + (2 if m >= 60 else 0)) for m in range(0, end, every)]
    wrong = [(m, litres + (too_much if misread <= m < misread + readings * every else 0.0)) for m, litres in right]
    plain, said = told(right, every)
    other, other_said = told(wrong, every)
    now, later = plain.state, other.state
    life, same = int(now.timeline.life_at[0]), int(later.timeline.life_at[0])
    assert 0 <= same - life <= HALF_HOUR
    newer = [age for age in range(now.timeline.head - same // SLOT_MS) if int(later.timeline.lived[age // 64, 0]) >> age % 64 & 1]
    assert newer == []
    for window in (2 * HOUR, 8 * HOUR):
        assert is_window_known(later.water, slice(0, 1), window)[0]
        assert compute_litres(later.water, slice(0, 1), window)[0] == compute_litres(now.water, slice(0, 1), window)[0]
    if too_much > 5.0:
        use, other_use = now.hours.use[:, 0].tolist(), later.hours.use[:, 0].tolist()
        assert all(other in {one, UNKNOWN} for one, other in zip(use, other_use, strict=True))
    # what stood while the rise was believed was cleared and is told again
    standing = [[kind for rule, kind in edges if rule == "no_sign_of_life"][-1:] for edges in (said, other_said)]
    assert standing[0] == standing[1]


@examples(15, in_ci=40)
@given(every=st.sampled_from((5, 15, 30)), wrong=st.sampled_from((0.0, 12.0, 4_000.0, 5_300.0, 536_876_112.0)))
def test_a_count_that_is_taken_back(every: int, wrong: float) -> None:
    """Steps: one frame that says anything else leaves the quiet clock, the count and the steps of the day as they were."""
    band = Device(DeviceId("b"), DeviceKind.WRISTBAND, ResidentId("r"), None, timedelta(minutes=every))
    home = Household(HouseholdId("h"), AreaId("a"), "UTC", residents=(Resident(ResidentId("r"), ""),), devices=(band,))
    engines = []
    for shown in (None, wrong):
        counts = [(m, 5_200.0 + min(m, 120)) for m in range(0, 600, every)]
        if shown is not None:
            counts = [(m, shown if 300 <= m < 300 + every else count) for m, count in counts]
        sent = tuple(Sent("b", Metric.STEPS, m * MINUTE, m * MINUTE + 1000, count) for m, count in counts)
        street = Street((home,), sent, 11 * HOUR)
        engine = street.engine(book("no_sign_of_life"))
        engine.resume(START)
        engine.advance(street.batch(engine), START + street.until)
        engines.append(engine)
    plain, other = (engine.state for engine in engines)
    assert other.timeline.life_at[0] == plain.timeline.life_at[0]
    assert (other.timeline.lived == plain.timeline.lived).all()
    assert (other.days.walked == plain.days.walked).all()
    assert (other.steps.count[0], other.steps.doubted) == (plain.steps.count[0], {})
