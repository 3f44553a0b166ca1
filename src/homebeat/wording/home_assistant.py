"""What the entities are called that homebeat announces to Home Assistant."""

from __future__ import annotations

from typing import Final

from homebeat.wording.catalogue import msg

RUNNING: Final = msg("Running")
ALERT: Final = msg("Open alert")
TROUBLE: Final = msg("Trouble with devices")
PRIORITY: Final = msg("Priority of the alert")
STATE: Final = msg("How it is")
LIFE: Final = msg("Last sign of life")
OPEN_ALERTS: Final = msg("Open alerts")
OPEN_TROUBLE: Final = msg("Open trouble with devices")
