"""Tries a map of fields as the watch would read by it, on a sample and on what was set aside. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homebeat.codecs.mapped import NO_DEVICE, make_format, open_mapped
from homebeat.codecs.wire import Limits, Mark, Unreadable
from homebeat.domain.field_map import MapSpec
from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.domain.personal import Illegible

if TYPE_CHECKING:
    from homebeat.actions.view import View
    from homebeat.store import QuarantineEntry

#: A sample that is longer is refused, characters.
LONGEST_SAMPLE: Final = 16_384
#: Of the messages that were set aside, so many of the newest are looked at, and so many of the map's topics are tried.
_LOOKED_AT: Final = 200
MOST_TRIED: Final = 10
_LIMITS: Final = Limits(max_payload_bytes=4 * LONGEST_SAMPLE)


@dataclass(frozen=True, slots=True)
class TriedValue:
    """One reading that would come out: of which metric, its value, when (epoch ms), and whether that is its arrival."""

    metric: str
    value: float
    at: int
    by_arrival: bool


@dataclass(frozen=True, slots=True)
class TriedReport:
    """What a message says of one device; `faults` are why parts of it cannot be used."""

    device: str
    values: Sequence[TriedValue]
    faults: Sequence[tuple[QuarantineReason, str]]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying a message; `refusal` where nothing of it can be used."""

    reports: Sequence[TriedReport] = ()
    refusal: tuple[QuarantineReason, str] | None = None


def try_map(spec: MapSpec, topic: str, payload: bytes, received_at: int) -> Tried:
    """Try a map on a message as the watch would read it at `received_at`, epoch ms. Nothing is written."""
    try:
        reports = open_mapped(spec, topic, payload, received_at, _LIMITS)
    except Unreadable as refused:
        return Tried(refusal=(refused.reason, refused.detail))
    return Tried(
        [
            TriedReport(
                one.device,
                [
                    TriedValue(Metric(metric).wire_name, value, at, by_arrival=mark != Mark.NONE)
                    for metric, value, at, mark in zip(
                        one.readings.metric, one.readings.value, one.readings.at, one.readings.mark, strict=True
                    )
                ],
                one.readings.faults,
            )
            for one in reports
        ]
    )


def make_topic(spec: MapSpec) -> str:
    """Make a topic that a map covers, for a sample of which nobody knows on which it came."""
    return spec.topic.replace("+", "x").replace("#", "x")


def try_set_aside(view: View, spec: MapSpec) -> list[tuple[QuarantineEntry, Tried]]:
    """Try a map on the newest messages that were set aside on its topics, as far as whoever looks sees them."""
    form = make_format("", spec)
    page = view.read_quarantine(_LOOKED_AT, None, QuarantineReason.UNKNOWN_TOPIC)
    fitting = [one for one in page.items if form.covers(one.topic) and one.payload != Illegible.HIDDEN.encode()]
    return [(one, try_map(spec, one.topic, one.payload, one.received_at)) for one in fitting[:MOST_TRIED]]


def find_registered(view: View, reports: Iterable[TriedReport]) -> set[str]:
    """Find which of the devices that are named are registered, as far as whoever looks sees them."""
    named = {DeviceId(one.device) for one in reports if one.device != NO_DEVICE}
    return {str(device) for device in view.reader.homes.find_homes(named)} if named else set()
