"""How large the benchmarks are: in full, and as a smoke test that each of them still runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes; `repeats` counts rounds, of which the median is taken."""

    name: str
    repeats: int
    messages: int
    nats_messages: int
    ingest_homes: int
    engine_homes: int
    replay_homes: int
    replay_hours: int
    sos: int
    sos_homes: int
    push_s: float
    dead: int
    told: int
    restart_homes: int
    restart_readings: int
    settle_s: float
    demo_homes: int
    scoped_areas: int
    scoped_homes: int
    scoped_calls: int
    lists_homes: int
    lists_file_homes: int
    lists_calls: int
    lists_alerts: int
    lists_s: float
    export_homes: int
    export_readings: int
    import_homes: int
    report_homes: int
    audit_alerts: int
    deadlines: int
    deadlines_span_ms: int
    simulated_streets: int
    codec_homes: int
    console_alerts: int
    console_span_s: float


FULL: Final = Scale(
    name="full",
    repeats=3,
    messages=60_000,
    nats_messages=20_000,
    ingest_homes=4_000,
    engine_homes=1_000_000,
    replay_homes=8_000,
    replay_hours=6,
    sos=250,
    sos_homes=20_000,
    push_s=20.0,
    dead=200,
    told=20,
    restart_homes=100_000,
    restart_readings=100_000,
    settle_s=10.0,
    demo_homes=200,
    scoped_areas=10_000,
    scoped_homes=100_000,
    scoped_calls=500,
    lists_homes=1_000_000,
    lists_file_homes=100_000,
    lists_calls=440,
    lists_alerts=100_000,
    lists_s=20.0,
    export_homes=2_000,
    export_readings=2_000_000,
    import_homes=100_000,
    report_homes=100_000,
    audit_alerts=1_600,
    deadlines=10_000,
    deadlines_span_ms=60_000,
    simulated_streets=4,
    codec_homes=60,
    console_alerts=1_000,
    console_span_s=12.0,
)
TINY: Final = Scale(
    name="tiny",
    repeats=1,
    messages=2_000,
    nats_messages=500,
    ingest_homes=50,
    engine_homes=20_000,
    replay_homes=40,
    replay_hours=6,
    sos=5,
    sos_homes=60,
    push_s=0.5,
    dead=16,
    told=3,
    restart_homes=300,
    restart_readings=1_000,
    settle_s=1.0,
    demo_homes=60,
    scoped_areas=200,
    scoped_homes=300,
    scoped_calls=5,
    lists_homes=1_000,
    lists_file_homes=400,
    lists_calls=22,
    lists_alerts=300,
    lists_s=1.0,
    export_homes=3,
    export_readings=500,
    import_homes=300,
    report_homes=300,
    audit_alerts=32,
    deadlines=60,
    deadlines_span_ms=2_000,
    simulated_streets=1,
    codec_homes=4,
    console_alerts=40,
    console_span_s=2.0,
)
