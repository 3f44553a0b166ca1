"""Device models: what every device of one make is like, said once in a fleet file, and what homebeat knows of makes by itself.

A model is a template. What it says holds for a device that names it and leaves the field out; what stands with the device wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from homebeat.domain.fleet import DeviceKind
from homebeat.domain.text import tidy_name

#: The fields of a device that its model may say.
OF_MODEL: Final = ("kind", "codec", "reports_every", "resolution_litres", "litres_per_pulse", "measures")
MODEL: Final = ("name", *OF_MODEL)
#: A model's fields, as a fleet file writes them.
Template = Mapping[str, Any]
#: What a make is, by the samples that codecs are tested with. How often one reports is set by whoever fits it, and differs from
#: house to house; so it is not said here, nor is the codec, which depends on the gateway.
BUILT_IN: Final[Mapping[str, DeviceKind]] = MappingProxyType(
    {
        "Kamstrup Multical 21": DeviceKind.WATER_METER,
        "Sensus iPERL": DeviceKind.WATER_METER,
        "Diehl Hydrus": DeviceKind.WATER_METER,
        "Diehl Izar": DeviceKind.WATER_METER,
        "BMeters Hydrodigit": DeviceKind.WATER_METER,
        "Lansen door": DeviceKind.DOOR,
        "Lansen smoke": DeviceKind.SMOKE,
        "Milesight WS101": DeviceKind.BUTTON,
        "Milesight WS202": DeviceKind.MOTION,
        "Milesight EM300-MCS": DeviceKind.DOOR,
        "Aqara WXKG01LM": DeviceKind.BUTTON,
        "Aqara RTCGQ01LM": DeviceKind.MOTION,
        "Shelly BLU Door/Window": DeviceKind.DOOR,
    }
)


class DeviceModels:
    """The models that devices of a file may name: those of the file, before those that homebeat knows."""

    def __init__(self) -> None:
        self._known: dict[str, Template] = {_find_key(name): {"kind": kind.value} for name, kind in BUILT_IN.items()}

    def add(self, name: str, template: Template) -> None:
        """Add what a file says of a model; what it leaves out, homebeat's own entry says."""
        self._known[_find_key(name)] = {**self._known.get(_find_key(name), {}), **template}

    def complete(self, table: Mapping[str, Any]) -> Mapping[str, Any]:
        """Complete a device's table by what its model says."""
        name = table.get("model")
        template = self._known.get(_find_key(name)) if isinstance(name, str) else None
        if not template:
            return table
        return {**template, **{field: value for field, value in table.items() if value is not None}}


def _find_key(name: str) -> str:
    return tidy_name(name).casefold()
