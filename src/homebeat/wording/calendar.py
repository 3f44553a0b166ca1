"""What stands in the calendar of somebody's shifts."""

from __future__ import annotations

from typing import Final

from homebeat.wording.catalogue import msg

CALENDAR_NAME: Final = msg("Duty (homebeat)")
SHIFT_SUMMARY: Final = msg("On duty: %(shift)s")
