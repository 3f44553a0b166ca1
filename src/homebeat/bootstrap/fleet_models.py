"""`homebeat fleet models`: which device models homebeat knows, and which are in the registry."""

from __future__ import annotations

from collections import Counter

from homebeat.domain.durations import format_duration
from homebeat.domain.fleet import Device, DeviceKind
from homebeat.domain.scope import EVERYTHING
from homebeat.registry.device_models import BUILT_IN
from homebeat.store import Store
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg


def list_models(store: Store, language: str) -> int:
    """Print a line for each model: what stands with its devices, and how many there are."""
    words = Wording(language)
    with store.read(EVERYTHING) as reader:
        devices = [device for home in reader.fleet.load(with_people=False).households for device in home.devices]
    there = Counter((device.model, _describe(device, words)) for device in devices if device.model)
    for (model, what), count in sorted(there.items()):
        print(words.text(msg("%(model)s: %(what)s; devices: %(count)s"), model=model, what=what, count=count))
    unnamed = sum(not device.model for device in devices)
    if unnamed:
        print(words.text(msg("devices without a model: %(count)s"), count=unnamed))
    named = {model.casefold() for model, _ in there}
    for model, kind in BUILT_IN.items():
        if model.casefold() not in named:
            print(words.text(msg("%(model)s: %(what)s; known to homebeat"), model=model, what=words.device_kind(kind)))
    return 0


def _describe(device: Device, words: Wording) -> str:
    """Describe what stands with a device that its model may have said."""
    parts = [
        words.device_kind(device.kind),
        words.text(msg("reports every %(every)s"), every=format_duration(device.reports_every)),
    ]
    if device.kind is DeviceKind.WATER_METER:
        parts.append(words.text(msg("counts in steps of %(litres)s L"), litres=f"{device.resolution_litres:g}"))
    if device.litres_per_pulse is not None:
        parts.append(words.text(msg("%(litres)s L a pulse"), litres=f"{device.litres_per_pulse:g}"))
    if device.measures:
        parts.append(words.text(msg("measures %(metrics)s"), metrics=words.join_list(*map(words.metric, device.measures))))
    if device.codec:
        parts.append(words.text(msg("codec %(codec)s"), codec=device.codec))
    return words.join_list(*parts)
