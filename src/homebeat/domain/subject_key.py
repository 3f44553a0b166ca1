"""Reads the key of what an alert is about, where that is no home: an area, a part of it, a part of homebeat or a device."""

from __future__ import annotations

from homebeat.domain.alert import Subject
from homebeat.domain.ids import AreaId, DeviceId


def parse_subject_key(key: str) -> Subject:
    """Read what `Subject.key` has written."""
    kind, _, name = key.partition(":")
    if kind == "service":
        return Subject(service=name)
    if kind != "area":
        return Subject(device=DeviceId(name))
    area, _, part = name.partition("/")
    what, _, which = part.partition(":")
    building, gateway = (which if what == name else "" for name in ("building", "gateway"))
    return Subject(area=AreaId(area), building=building, gateway=gateway)
