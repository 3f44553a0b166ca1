"""Every rule, by code. A new rule is a file, a line here and a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.rules.asked import Asked
from homebeat.rules.device_battery_low import DeviceBatteryLow
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.device_tamper import DeviceTamper
from homebeat.rules.fall import Fall
from homebeat.rules.first_use_late import FirstUseLate
from homebeat.rules.gas import Gas
from homebeat.rules.heart_rate import HeartRate
from homebeat.rules.home_early import HomeEarly
from homebeat.rules.meter_fault import MeterFault
from homebeat.rules.meter_leak import MeterLeak
from homebeat.rules.night_use_drift import NightUseDrift
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.no_water import NoWater
from homebeat.rules.not_worn import NotWorn
from homebeat.rules.resting_heart_rate_drift import RestingHeartRateDrift
from homebeat.rules.rule import Rule
from homebeat.rules.smoke import Smoke
from homebeat.rules.sos import Sos
from homebeat.rules.spo2 import Spo2
from homebeat.rules.steps_drift import StepsDrift
from homebeat.rules.threshold import Threshold
from homebeat.rules.unknown_too_long import UnknownTooLong
from homebeat.rules.unreadable_alarm import UnreadableAlarm
from homebeat.rules.volume_drift import VolumeDrift
from homebeat.rules.water_dripping import WaterDripping
from homebeat.rules.water_running import WaterRunning
from homebeat.rules.water_surge import WaterSurge

RULES: Final[Mapping[str, type[Rule]]] = {
    rule.code: rule
    for rule in (
        Sos,
        Fall,
        Smoke,
        Gas,
        UnreadableAlarm,
        Asked,
        NoSignOfLife,
        NoWater,
        UnknownTooLong,
        HomeEarly,
        WaterRunning,
        WaterDripping,
        WaterSurge,
        MeterLeak,
        HeartRate,
        Spo2,
        Threshold,
        NotWorn,
        DeviceSilent,
        DeviceBatteryLow,
        MeterFault,
        DeviceTamper,
        NightUseDrift,
        RestingHeartRateDrift,
        FirstUseLate,
        StepsDrift,
        VolumeDrift,
    )
}
