"""Names of what devices are and measure: code on the left, English on the right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.wording.catalogue import msg

DEVICE_KINDS: Final[Mapping[str, str]] = {
    "water_meter": msg("Water meter"),
    "wristband": msg("Wristband"),
    "door": msg("Door sensor"),
    "bed": msg("Bed sensor"),
    "motion": msg("Motion sensor"),
    "button": msg("Call button"),
    "smoke": msg("Smoke detector"),
    "gas": msg("Gas detector"),
    "gateway": msg("Gateway"),
    "other": msg("Other device"),
    "lamp": msg("Lamp"),
    "siren": msg("Siren"),
}

#: Of `domain.retirement`.
RETIREMENT_REASONS: Final[Mapping[str, str]] = {
    "broken": msg("broken"),
    "battery": msg("battery does not last"),
    "lost": msg("lost"),
    "refused": msg("not worn, or not wanted"),
    "wrong_device": msg("wrong device"),
    "moved": msg("moved, or no longer needed"),
    "other": msg("another reason"),
}

METRICS: Final[Mapping[str, str]] = {
    "volume_m3": msg("Meter total"),
    "flow_m3h": msg("Water flow"),
    "heart_rate_bpm": msg("Heart rate"),
    "spo2_pct": msg("Blood oxygen"),
    "body_temperature_c": msg("Body temperature"),
    "steps": msg("Steps"),
    "motion": msg("Movements"),
    "worn": msg("Worn"),
    "at_home": msg("At home"),
    "asleep": msg("Asleep"),
    "battery_pct": msg("Battery"),
    "rssi_dbm": msg("Signal strength"),
    "lat": msg("Latitude"),
    "lon": msg("Longitude"),
    "door_open": msg("Door open"),
    "bed_occupied": msg("In bed"),
    "meter_status": msg("Meter status"),
    "heartbeat": msg("Heartbeat of the device"),
    "online": msg("Connected"),
    "battery_low": msg("Battery low"),
    "alarm_sos": msg("SOS"),
    "alarm_fall": msg("Fall"),
    "alarm_smoke": msg("Smoke"),
    "alarm_gas": msg("Gas"),
    "alarm_tamper": msg("Tampering"),
    "alarm_help_cancelled": msg("Call for help cancelled"),
    "alarm_ok": msg("Alarm over"),
    "alarm_unreadable": msg("Message with a word of need, not read"),
}

#: Unit after a value, by metric; metrics without one have no entry.
UNITS: Final[Mapping[str, str]] = {
    "volume_m3": msg("m³"),
    "flow_m3h": msg("m³/h"),
    "heart_rate_bpm": msg("/min"),
    "spo2_pct": "%",
    "body_temperature_c": msg("°C"),
    "battery_pct": "%",
    "rssi_dbm": "dBm",
}

METER_STATUSES: Final[Mapping[str, str]] = {
    "ok": msg("in order"),
    "leak": msg("leak"),
    "burst": msg("burst pipe"),
    "backflow": msg("water flowing backwards"),
    "dry": msg("no water in the pipe"),
    "blocked": msg("blocked"),
    "tamper": msg("tampered with"),
    "low_battery": msg("battery low"),
    "error": msg("internal error"),
    "other": msg("other fault"),
}
