"""Laws of every codec: junk never raises anything but `Unreadable`, and what is returned is fit to be stored."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.codecs import native
from homebeat.codecs.catalogue import CODECS, Codec
from homebeat.codecs.tolerant import decode_tolerantly
from homebeat.codecs.wire import Limits, Mark, Raw, Readings, Unreadable
from homebeat.domain.metric import METRIC_BY_NAME, PLAUSIBLE, Metric

NOW = 1_772_352_000_000
LIMITS = Limits()

names = st.sampled_from(
    [*METRIC_BY_NAME, "at", "alarm", "meter_status", "n", "v", "bn", "bt", "t", "vs", "vb", "u", "bv", "other"]
)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["sos", "fall", "dry", "2026-03-01T08:00:00Z", NOW, NOW - 1000, NOW // 1000, 71, 0])
)  # fmt: skip
entries = st.dictionaries(names | st.text(max_size=6), scalars | st.lists(scalars, max_size=2), max_size=6)
messages = entries | st.lists(entries | scalars, max_size=5) | scalars
payloads = st.binary(max_size=200) | messages.map(lambda value: json.dumps(value).encode())


def fit_to_be_stored(found: Readings) -> None:
    assert len(found.metric) == len(found.at) == len(found.value) == len(found.mark)
    for number, at, value in zip(found.metric, found.at, found.value, strict=True):
        assert math.isfinite(value)
        assert NOW - LIMITS.backfill_ms <= at <= NOW + LIMITS.future_ms
        metric = Raw(number) if number in set(Raw) else Metric(number)
        if isinstance(metric, Metric) and metric in PLAUSIBLE:
            assert PLAUSIBLE[metric].low <= value <= PLAUSIBLE[metric].high
    for name, _, text in found.extras:
        assert name.isprintable()
        assert text.isprintable()
        assert len(text) <= LIMITS.max_text
    for _, detail in found.faults:
        assert detail.isascii()
        assert detail.isprintable()


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS.keys())
@given(payload=payloads)
def test_junk_is_refused_or_read(codec: Codec, payload: bytes) -> None:
    try:
        found = codec(payload, NOW, LIMITS)
    except Unreadable as refusal:
        assert refusal.reason  # noqa: PT017 -- either way is lawful
        return
    fit_to_be_stored(found)


@given(value=entries | st.lists(entries, max_size=4))
def test_the_fast_and_the_tolerant_path_agree(value: object) -> None:
    payload = json.dumps(value).encode()
    try:
        slow = native._decode_tolerantly(payload, NOW, LIMITS)
    except Unreadable as refusal:
        with pytest.raises(Unreadable) as caught:
            native.decode(payload, NOW, LIMITS)
        assert caught.value.reason is refusal.reason  # noqa: PT017 -- both refuse, and for one reason
        return
    assert native.decode(payload, NOW, LIMITS) == slow


@given(alarm=st.sampled_from(["sos", "fall", "smoke", "gas"]), beside=entries)
def test_an_alarm_survives_whatever_stands_beside_it(alarm: str, beside: dict[str, object]) -> None:
    beside.pop("n", None), beside.pop("bn", None)
    for message in ({**beside, "alarm": alarm}, [{**beside, "alarm": alarm}]):
        found = native.decode(json.dumps(message).encode(), NOW, LIMITS)
        assert METRIC_BY_NAME[f"alarm_{alarm}"] in found.metric
        assert all(Mark(mark) in {Mark.NONE, Mark.UNTIMED, Mark.CLOCK_CORRECTED} for mark in found.mark)


@given(payload=st.binary(max_size=300))
def test_tolerant_reading_raises_only_unreadable(payload: bytes) -> None:
    try:
        decode_tolerantly(payload)
    except Unreadable as refusal:
        assert refusal.detail  # noqa: PT017 -- either way is lawful
