"""The makes, by the name of the codec that reads them: a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulators.makes import chirpstack, the_things_stack, wmbusmeters
from simulators.makes.make import Make

MAKES: Final[Mapping[str, Make]] = {one.name: one for one in (chirpstack.MAKE, the_things_stack.MAKE, wmbusmeters.MAKE)}
