"""Why a device is retired: what whoever buys the next ones wants to know."""

from __future__ import annotations

from enum import StrEnum


class RetirementReason(StrEnum):
    """Why one device is retired, as the person who does it says. Nothing else knows: an import says nothing of it."""

    BROKEN = "broken"
    BATTERY = "battery"  # it does not last, or cannot be changed
    LOST = "lost"
    REFUSED = "refused"  # the resident does not wear it, or does not want it
    WRONG_DEVICE = "wrong_device"  # it does not fit the home, or what is wanted of it
    MOVED = "moved"  # nobody lives there any more, or the device is needed elsewhere
    OTHER = "other"


def read_retirement_reason(text: str) -> RetirementReason | None:
    """Read a reason; None for nothing, and for what is none."""
    return RetirementReason(text) if text in set(RetirementReason) else None
