"""The makes, by the name of the codec that reads them: a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from simulators.makes.make import Make, StreetMakes


def _load_makes(*names: str) -> Iterator[Make]:
    """Load the `MAKE` of each of these files beside this one."""
    for name in names:
        make: Make = import_module(f"simulators.makes.{name}").MAKE
        yield make


#: They are named here alone.
MAKES: Final[Mapping[str, Make]] = {
    make.name: make
    for make in _load_makes(
        "chirpstack",
        "cjt188",
        "ctwing",
        "home_assistant",
        "huawei",
        "kati",
        "onenet",
        "sparkplug",
        "tasmota",
        "tencent",
        "the_things_stack",
        "theengs",
        "tianshu",
        "wmbusmeters",
        "zigbee2mqtt",
    )
}

#: What devices of the native form are called where makes are named.
NATIVE: Final = "native"


def read_makes(text: str) -> StreetMakes:
    """Read names of makes, separated by commas; `native` is among them where some devices keep that form.

    Raises:
        ValueError: A name is unknown; the text lists the known ones.
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name != NATIVE and name not in MAKES:
            raise ValueError(f"no make is called {name!r}; there are: {NATIVE}, {', '.join(MAKES)}")
    return StreetMakes(tuple(None if name == NATIVE else MAKES[name] for name in names))
