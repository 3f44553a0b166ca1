"""The table `[procurement]`: by what models of devices are compared, when more of them are bought."""

from __future__ import annotations

from pydantic import Field

from homebeat.evidence.model_report import IndexRule
from homebeat.settings.section import Section


class ProcurementSettings(Section):
    """How the index of a model is computed, and from how much a model is ranked (docs/evidence.md).

    Attributes:
        false_alarms, ease_of_use, silence, battery: The weight of each part; 0 leaves it out.
        worst_false_alarms: False alarms of a device in 30 days at which its part has no points.
        worst_not_worn, worst_silence: Shares of the time at which these parts have no points.
        worst_low_batteries: Alerts about a low battery of a device in 30 days at which that part has no points.
        devices, device_months: A model with fewer is not ranked.
        preferred: So many of each kind of device are marked as preferred.
    """

    false_alarms: float = Field(default=40.0, ge=0, le=1_000)
    ease_of_use: float = Field(default=30.0, ge=0, le=1_000)
    silence: float = Field(default=20.0, ge=0, le=1_000)
    battery: float = Field(default=10.0, ge=0, le=1_000)
    worst_false_alarms: float = Field(default=1.0, gt=0, le=100)
    worst_not_worn: float = Field(default=0.5, gt=0, le=1)
    worst_silence: float = Field(default=0.2, gt=0, le=1)
    worst_low_batteries: float = Field(default=1.0, gt=0, le=100)
    devices: int = Field(default=10, ge=1, le=100_000)
    device_months: float = Field(default=10.0, ge=0, le=1_000_000)
    preferred: int = Field(default=3, ge=1, le=20)

    def make_rule(self) -> IndexRule:
        """Make the rule by which the report computes the index."""
        return IndexRule(**dict(self))
