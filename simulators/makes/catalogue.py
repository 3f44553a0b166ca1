"""The makes, by the name of the codec that reads them: a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulators.makes import (
    chirpstack,
    ctwing,
    home_assistant,
    kati,
    sparkplug,
    tasmota,
    the_things_stack,
    theengs,
    wmbusmeters,
    zigbee2mqtt,
)
from simulators.makes.make import Make

MAKES: Final[Mapping[str, Make]] = {
    one.MAKE.name: one.MAKE
    for one in (chirpstack, ctwing, home_assistant, kati, sparkplug, tasmota, the_things_stack, theengs, wmbusmeters, zigbee2mqtt)
}
