"""Makes the figures at /metrics: counts and ages, nothing that names a person, a home or a device."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from homebeat.actions.pulse import read_as_of
from homebeat.api.live import LivePlaces
from homebeat.domain.errors import Unavailable
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store import ReadSession, Store


class Meters:
    """The figures of one application, in a registry of their own."""

    def __init__(self, store: Store, clock: Callable[[], int], places: LivePlaces) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "homebeat_http_requests", "Answers by route.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "homebeat_http_seconds",
            "Time to answer, streams left out.",
            ["route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
            registry=self.registry,
        )
        streams = Gauge("homebeat_live_streams", "Live streams that are open.", registry=self.registry)
        streams.set_function(lambda: len(places))
        self.refused = Counter(
            "homebeat_http_refused", "Connections closed by a limit, by reason.", ["why"], registry=self.registry
        )
        self._store, self._clock = store, clock

    def format_figures(self, scope: Scope) -> bytes:
        """Write the figures as far as a scope reaches; those of the service itself are for the whole installation."""
        of_homes = generate_latest(_StoreFigures(self._store, self._clock, scope))
        return of_homes + generate_latest(self.registry) if scope == EVERYTHING else of_homes

    def count_refused(self, why: str) -> None:
        """Count one more connection that a limit has closed."""
        self.refused.labels(why).inc()


class _StoreFigures(Collector):
    """Reads figures from the database at each scrape, so every process that serves the API gives the same."""

    def __init__(self, store: Store, clock: Callable[[], int], scope: Scope) -> None:
        self._store = store
        self._clock = clock
        self._scope = scope

    def collect(self) -> Iterable[Metric]:
        """Read once. When the database does not answer, that is the only figure."""
        try:
            with self._store.read(self._scope) as reader:
                figures = [
                    *_measure_alerts(reader),
                    *_measure_quarantine(reader),
                    *(_measure_messages(reader) if self._scope == EVERYTHING else ()),
                    *(_measure_intake(reader) if self._scope == EVERYTHING else ()),
                    *(_measure_home_assistant(reader) if self._scope == EVERYTHING else ()),
                    *(_measure_echoes(reader) if self._scope == EVERYTHING else ()),
                    *_measure_outbox(reader, self._clock()),
                    *_measure_homes(reader, self._clock()),
                ]
        except Unavailable:
            figures = []
        yield GaugeMetricFamily("homebeat_database_up", "Whether the database answered.", value=float(bool(figures)))
        yield from figures


def _measure_alerts(reader: ReadSession) -> Iterable[Metric]:
    open_ = GaugeMetricFamily("homebeat_open_alerts", "Alerts that nobody has closed.", labels=["queue", "priority"])
    waiting = GaugeMetricFamily("homebeat_unacknowledged_alerts", "Alerts that nobody has taken.", labels=["queue", "priority"])
    for count in reader.alerts.count_open():
        open_.add_metric([count.queue, count.priority], count.open)
        waiting.add_metric([count.queue, count.priority], count.unacknowledged)
    return open_, waiting


def _measure_messages(reader: ReadSession) -> Iterable[Metric]:
    balance = reader.read_balance()
    messages = CounterMetricFamily("homebeat_messages", "Messages by what became of them.", labels=["fate"])
    for fate in ("delivered", "accepted", "duplicate", "quarantined"):
        messages.add_metric([fate], getattr(balance, fate))
    readings = CounterMetricFamily("homebeat_readings", "Readings by what became of them.", labels=["fate"])
    readings.add_metric(["accepted"], balance.readings_accepted)
    readings.add_metric(["duplicate"], balance.readings_duplicate)
    readings.add_metric(["withheld"], balance.readings_withheld)
    missing = GaugeMetricFamily(
        "homebeat_messages_missing", "Delivered but accounted for nowhere; must be 0.", value=balance.missing
    )
    return messages, readings, missing


def _measure_quarantine(reader: ReadSession) -> Iterable[Metric]:
    quarantine = GaugeMetricFamily("homebeat_quarantined", "Messages set aside, by reason.", labels=["reason"])
    for reason, number in reader.quarantine.count_by_reason().items():
        quarantine.add_metric([reason], number)
    return (quarantine,)


def _measure_outbox(reader: ReadSession, now: int) -> Iterable[Metric]:
    health = reader.outbox.read_health()
    late = 0.0 if health.oldest_due_at is None else max(0.0, (now - health.oldest_due_at) / 1000)
    return (
        GaugeMetricFamily("homebeat_outbox_waiting", "Notices not yet delivered.", value=health.waiting),
        GaugeMetricFamily("homebeat_outbox_dead", "Notices given up on.", value=health.dead),
        GaugeMetricFamily("homebeat_outbox_late_seconds", "How long the oldest due notice has been due.", value=late),
    )


def _measure_intake(reader: ReadSession) -> Iterable[Metric]:
    """What clouds push, as the heartbeat of the intake has it; nothing where there is none."""
    beat = reader.heartbeats.read_all().get("intake")
    if beat is None:
        return ()
    pushes = CounterMetricFamily("homebeat_pushes", "What clouds pushed, by what became of it.", labels=["cloud", "fate", "why"])
    blind = CounterMetricFamily("homebeat_intake_blind_seconds", "For how long pushes of a cloud were lost.", labels=["cloud"])
    for name, value in beat.detail.items():
        fate, _, rest = name.partition(" ")
        cloud, _, why = rest.partition(" ")
        if fate == "blind_ms":
            blind.add_metric([cloud], float(value or 0) / 1000)
        elif cloud:
            pushes.add_metric([cloud, fate, why], float(value or 0))
    waiting, size, damaged = (float(beat.detail.get(f"journal_{one}") or 0) for one in ("waiting", "bytes", "damaged"))
    return (
        pushes,
        blind,
        GaugeMetricFamily("homebeat_journal_waiting", "Pushed messages that are read and not committed yet.", value=waiting),
        GaugeMetricFamily("homebeat_journal_bytes", "What the journal of the intake takes on disk.", value=size),
        GaugeMetricFamily("homebeat_journal_damaged_bytes", "What of it could not be read, since the starts.", value=damaged),
    )


def _measure_home_assistant(reader: ReadSession) -> Iterable[Metric]:
    """What is published for Home Assistant, as the heartbeat of its lane has it; nothing where there is none."""
    beat = reader.heartbeats.read_all().get("home_assistant")
    if beat is None:
        return ()
    messages = CounterMetricFamily(
        "homebeat_home_assistant_messages", "What was published for Home Assistant, by what it was.", labels=["fate"]
    )
    for fate in ("published", "withdrawn", "forgotten", "faults"):
        messages.add_metric([fate], float(beat.detail.get(fate) or 0))
    connected = float(bool(beat.detail.get("connected")))
    return messages, GaugeMetricFamily("homebeat_home_assistant_connected", "Whether its broker takes messages.", value=connected)


def _measure_echoes(reader: ReadSession) -> Iterable[Metric]:
    """What became of the answers of devices on which residents are asked; nothing before the first heartbeat."""
    beat = reader.heartbeats.read_all().get("deliver")
    if beat is None:
        return ()
    echoes = CounterMetricFamily("homebeat_echoes", "Answers of lamps and sirens, by what became of them.", labels=["fate"])
    for name, value in beat.detail.items():
        if name.startswith("echoes_"):
            echoes.add_metric([name.removeprefix("echoes_")], float(value or 0))
    return (echoes,)


def _measure_homes(reader: ReadSession, now: int) -> Iterable[Metric]:
    residents = GaugeMetricFamily("homebeat_residents", "Residents by state.", labels=["state"])
    for state, number in read_as_of(reader, now).count_states(reader.homes.count_states()).items():
        residents.add_metric([state], number)
    beats = GaugeMetricFamily("homebeat_heartbeat_age_seconds", "Since a service last said that it works.", labels=["service"])
    for beat in reader.heartbeats.read_all().values():
        age_s = beat.compute_age_s(now)
        beats.add_metric([beat.name], float("inf") if age_s is None else age_s)
    step = reader.clock.find_reportable(now)
    seconds = 0.0 if step is None else (step.after - step.before) / 1000
    clock = GaugeMetricFamily(
        "homebeat_clock_step_seconds", "The newest step of the clock that people must know of; 0 for none.", value=seconds
    )
    return residents, beats, clock
