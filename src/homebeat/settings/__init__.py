"""Settings: one TOML file, `HOMEBEAT_*` in the environment above it, defaults below; every value knows where it comes from."""

from homebeat.settings.explain import SettingLine, concerns, explain
from homebeat.settings.load import load
from homebeat.settings.model import Egress, Http, InForce, Limits, Mqtt, Queues, Retention, Settings, Tick
from homebeat.settings.plan import RulePlan

__all__ = [
    "Egress",
    "Http",
    "InForce",
    "Limits",
    "Mqtt",
    "Queues",
    "Retention",
    "RulePlan",
    "SettingLine",
    "Settings",
    "Tick",
    "concerns",
    "explain",
    "load",
]
