"""How many messages each codec opens in a second of processor time, on one thread: those of a street of its make.

Beside it, judged by nothing: how many `ingest.reading.read` takes, which finds the device in the registry and turns pulses
into litres. Every make in `simulators.makes` is measured, and the native form, to compare with.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

from benchmarks.row import BUDGETS, Row, make_row
from benchmarks.scale import Scale
from homebeat.codecs.catalogue import FORMAT_MAKERS, find_device
from homebeat.codecs.wire import Limits
from homebeat.domain.inbound import Message
from homebeat.ingest.formats import list_codec_names
from homebeat.ingest.reading import read
from homebeat.ingest.traits import make_traits
from homebeat.registry.fleet_file import read_fleet
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster
from simulators.estate import Habitat
from simulators.localdays import DAY
from simulators.makes.catalogue import MAKES
from simulators.makes.make import StreetMakes, list_kinds
from simulators.street import Street

#: Those that have a budget; the others stand beside them.
NAMES: Final = tuple(name for name in (f"codec_rate_{make}" for make in MAKES) if name in BUDGETS)
_START: Final = 1_772_409_600_000  # 2026-03-02T00:00:00Z
#: As in an installation: some makes write times without a zone, which its setting explains. The street's clocks show UTC.
_LIMITS: Final = Limits(zone=ZoneInfo("UTC"))
_A_TICK: Final = 2_000
_TIMES: Final = 5


def measure(scale: Scale) -> Iterator[Row]:
    """Each make in turn; the median of some rounds.

    Raises:
        RuntimeError: A message was not read wholly: then the figure means nothing.
    """
    yield from _measure_native(scale.codec_homes)
    for name in MAKES:
        yield from _measure_make(name, scale.codec_homes)


def _measure_native(homes: int) -> Iterator[Row]:
    messages, fleet = _make_street(homes)
    yield make_row("codec_read_rate_native", _measure_rate(len(messages), _make_reader(messages, fleet)), "messages/s")


def _measure_make(name: str, homes: int) -> Iterator[Row]:
    native, fleet = _make_street(homes)
    limits = _LIMITS
    makes = StreetMakes((MAKES[name],))
    written = makes.rewrite_messages(list_kinds(fleet), ((one.received_at, one.topic, one.payload) for one in native))
    messages = [Message(topic, payload, at) for at, topic, payload in written if find_device(topic) is None]
    makes.register(fleet)

    def open_all() -> None:
        form = FORMAT_MAKERS[name]()  # anew: some remember what came before
        for topic, payload, received_at, _, _ in messages:
            form.open(topic, payload, received_at, limits)

    yield make_row(f"codec_rate_{name}", _measure_rate(len(messages), open_all), "messages/s")
    yield make_row(f"codec_read_rate_{name}", _measure_rate(len(messages), _make_reader(messages, fleet)), "messages/s")


def _make_street(homes: int) -> tuple[list[Message], dict[str, Any]]:
    street = Street(3, homes, habitat=Habitat(band_share=0.5, senml_share=0.0))
    messages = [Message(topic, payload, at) for at, topic, payload in street.make_messages(_START, _START + DAY)]
    return messages, street.make_fleet()


def _make_reader(messages: list[Message], fleet: dict[str, Any]) -> Callable[[], None]:
    registry = Registry.of(read_fleet(json.dumps(fleet), list_codec_names(), is_json=True))
    roster = Roster().with_registry(registry, _START)
    traits = make_traits(registry, roster)

    def read_all() -> None:
        formats = tuple(make_format() for make_format in FORMAT_MAKERS.values())
        for begin in range(0, len(messages), _A_TICK):
            tick = messages[begin : begin + _A_TICK]
            intake = read(tick, roster.device_row, registry.codecs, _LIMITS, roster.device_meter, formats, traits=traits)
            if intake.quarantined:
                raise RuntimeError(str(intake.quarantined[0]))

    return read_all


def _measure_rate(count: int, run: Callable[[], None]) -> float:
    rates = []
    for _ in range(_TIMES):
        begun = time.thread_time()
        run()
        rates.append(count / (time.thread_time() - begun))
    return median(rates)
