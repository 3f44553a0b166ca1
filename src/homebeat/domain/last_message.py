"""The last message of a device that was kept, what was understood of it, and what may be wrong with the device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from homebeat.domain.ids import DeviceId


class HintCode(StrEnum):
    """What seems to be wrong with a device of which nothing useful is understood."""

    CODEC = "codec"  # its messages look like those of another format; params: codec
    NAMES = "names"  # names nearly like those of metrics; params: names
    UNCLAIMED = "unclaimed"  # it gives what its model cannot measure; params: metrics
    UNIT = "unit"  # it gives a volume, and nothing says in which unit; params: names
    COUNTERS = "counters"  # it counts, perhaps for several meters, and nobody entered which is whose; params: names, example
    PULSES = "pulses"  # it counts pulses, and how many litres one is, nobody entered
    NO_VALUE = "no_value"  # it has never given what its kind is there for; params: metric


@dataclass(frozen=True, slots=True)
class DeviceHint:
    """What may be wrong, for a sentence: see `wording.hints`."""

    code: HintCode
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LastMessage:
    """One message of a device.

    Attributes:
        payload: The bytes as they came, the first `LONGEST_KEPT` of them; empty where they may not be kept.
        received_at: Arrival, epoch ms.
        read_by: The name of the codec, the format or the map that read it; empty where nothing did.
        understood: The names of the metrics that were read.
        unknown: The names of values that were kept and are not judged.
        detail: What could not be used, and why.
        hint: None where nothing seems wrong.
    """

    device: DeviceId
    topic: str
    payload: bytes
    received_at: int
    read_by: str = ""
    understood: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    detail: str = ""
    hint: DeviceHint | None = None


LONGEST_KEPT = 4_096
