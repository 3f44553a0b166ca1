"""The last message of a device that was kept, as far as somebody sees what the device measures."""

from __future__ import annotations

from dataclasses import replace

from homebeat.actions.view import View
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.last_message import LastMessage
from homebeat.store import DeviceEntry, QuarantineEntry


def read_last_message(view: View, entry: DeviceEntry) -> LastMessage | None:
    """Read it. Who does not see what the device measures learns what was understood, and gets no bytes and no details."""
    found = view.reader.last_messages.find(entry.device.id)
    if found is None:
        return None
    at, reason = found.received_at, QuarantineReason.WRONG_SHAPE
    bare = QuarantineEntry(0, found.topic, found.payload, at, reason, found.detail, partial=False, retried_at=None,
                           retried_outcome=None, device=entry.device.id)  # fmt: skip
    shown = view.show_message(bare, at)
    return replace(found, payload=shown.payload, detail=shown.detail)
