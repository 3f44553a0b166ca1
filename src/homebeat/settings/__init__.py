"""Settings: the environment (`HOMEBEAT_*`) wins over one TOML file, and the file over defaults. Every value keeps its source.

Words: docs/glossary.md.
"""

from homebeat.settings.explain import SettingLine, explain, name_database
from homebeat.settings.findings import Finding, judge_settings
from homebeat.settings.load import load
from homebeat.settings.model import Egress, Http, InForce, LimitSettings, Mqtt, Queues, RetentionSettings, Settings, TickSettings
from homebeat.settings.plan import RulePlan

__all__ = [
    "Egress",
    "Finding",
    "Http",
    "InForce",
    "LimitSettings",
    "Mqtt",
    "Queues",
    "RetentionSettings",
    "RulePlan",
    "SettingLine",
    "Settings",
    "TickSettings",
    "explain",
    "judge_settings",
    "load",
    "name_database",
]
