"""Alert steps as the lines that `replay` writes: the form of DESIGN section 6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homebeat.domain.alert import Alert, Transition
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import HouseholdId
from homebeat.domain.instants import format_instant
from homebeat.wording.wording import Wording


class PrintedLines:
    """Writes steps as plain values, with the sentence in one language and each household's own time zone."""

    def __init__(self, fleet: Fleet, language: str) -> None:
        self._wording = Wording(language)
        self._zones: Mapping[HouseholdId, str] = {h.id: h.timezone for h in fleet.households}

    def make_line(self, alert: Alert, step: Transition) -> dict[str, Any]:
        """Make one line of the output."""
        home = alert.subject.household
        zone = self._zones.get(home, "UTC") if home is not None else next(iter(self._zones.values()), "UTC")
        return {
            "at": format_instant(step.at),
            "alert_id": alert.id,
            "rule": alert.rule,
            "household": home,
            "resident": alert.subject.resident,
            "device": alert.subject.device,
            "area": alert.subject.area,
            "building": alert.subject.building or None,
            "gateway": alert.subject.gateway or None,
            "service": alert.subject.service or None,
            "transition": step.kind.value,
            "priority": alert.priority.value,
            "since": format_instant(alert.since),
            "reason": self._wording.sentence(step.reason, timezone=zone),
            "reason_code": step.reason.code,
        }
