"""Messages of the devices of the city that the scopes are tried on, and the ways to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from homebeat.domain.ids import DeviceId
from homebeat.domain.inbound import Quarantined, QuarantineReason
from homebeat.domain.last_message import DeviceHint, HintCode, LastMessage
from homebeat.store import ReadSession
from tests.contract.store.conftest import T0


def make_aside(name: str) -> Quarantined:
    """Make a message of the band of a home that was set aside."""
    topic = f"homebeat/v1/{name}-band/readings"
    return Quarantined(topic, b"of " + name.encode(), T0, QuarantineReason.DEFECT, f"in {name}")


def make_last_message(name: str) -> LastMessage:
    """Make what the band of a home said last."""
    hint = DeviceHint(HintCode.NO_VALUE, {"metric": "steps"})
    return LastMessage(DeviceId(f"{name}-band"), f"homebeat/v1/{name}-band/readings", b"of " + name.encode(), T0, hint=hint)


def _list_bands(reader: ReadSession) -> list[DeviceId]:
    return [DeviceId(device) for device in reader.fleet.read_device_nos() if device.endswith("-band")]


def _find_last_messages(reader: ReadSession) -> Iterator[str]:
    for band in _list_bands(reader):
        if (found := reader.last_messages.find(band)) is not None:
            yield found.payload.decode().removeprefix("of ")


def _find_hints(reader: ReadSession) -> Iterator[str]:
    return iter(reader.last_messages.list_hints(_list_bands(reader)))


#: Every way to read the last messages.
MESSAGE_READS: Final[dict[str, Callable[[ReadSession], Iterator[str]]]] = {
    "last messages": _find_last_messages,
    "hints": _find_hints,
}
