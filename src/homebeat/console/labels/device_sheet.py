"""Draws a sheet of labels for devices: what it is, its id, and a QR code that leads whoever fits devices to where it is replaced.

A label stays on the device, in the home: it says nothing that somebody could not read off the device itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from homebeat.console.web.page import Templates
from homebeat.identity.qr import draw_qr
from homebeat.store import DeviceEntry
from homebeat.wording import LANGUAGES, Wording

#: With the id of a device after it: where the camera of a telephone leads.
DEVICE_PATH: Final = "/device/"


@dataclass(frozen=True, slots=True)
class DeviceLabel:
    """One label. `household` is printed outside the line along which it is cut."""

    id: str
    kinds: Sequence[tuple[str, str]]
    model: str
    household: str
    picture: Markup


def draw_device_sheet(templates: Templates, devices: Sequence[DeviceEntry], base: str, words: Wording) -> str:
    """Draw the sheet as a page of its own.

    Args:
        templates: Draws it.
        devices: In the order of the labels.
        base: What links begin with.
        words: The language of what is not on the labels.
    """
    return templates.render("device_labels.html", words, labels=[_make_label(one, base) for one in devices])


def _make_label(entry: DeviceEntry, base: str) -> DeviceLabel:
    device = entry.device
    picture = Markup(draw_qr(base + DEVICE_PATH + quote(device.id, safe=""), device.id))  # noqa: S704 - drawn by ourselves
    kinds = [(language.value, Wording(language).device_kind(device.kind)) for language in reversed(LANGUAGES)]
    return DeviceLabel(device.id, kinds, device.model, entry.household, picture)
