"""Settings: one TOML file, `HOMEBEAT_*` in the environment above it, defaults below; every value knows where it comes from.

Words: docs/glossary.md.
"""

from homebeat.settings.explain import SettingLine, explain, name_database
from homebeat.settings.findings import Finding, judge_settings
from homebeat.settings.load import load
from homebeat.settings.model import Egress, Http, InForce, Limits, Mqtt, Queues, Retention, Settings, Tick
from homebeat.settings.plan import RulePlan

__all__ = [
    "Egress",
    "Finding",
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
    "explain",
    "judge_settings",
    "load",
    "name_database",
]
