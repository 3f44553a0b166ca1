"""The meter of Mrs Zhou stops at noon, gateway and smoke detector go on. They could show no sign of life: all is unknown."""

from datetime import timedelta

from homebeat.domain.fleet import DeviceKind
from tests.scenarios.tale import Tale

tale = Tale(days=3)
meter = tale.meter()
gateway = tale.other("gateway", DeviceKind.GATEWAY, timedelta(minutes=30))
smoke = tale.other("smoke", DeviceKind.SMOKE, timedelta(hours=6))
meter.draws_daily(0, 2, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.reports("0 00:00", "1 12:00:01")
for hour in range(72):
    for sender in (gateway, smoke) if hour % 6 == 0 else (gateway,):
        sender.says(f"{hour // 24} {hour % 24:02}:10")
    gateway.says(f"{hour // 24} {hour % 24:02}:40")
tale.expect("device_silent", "opened", "meter", "1 15:00:30", "three hourly reports are missing", because="device_silent")
tale.expect("unknown_too_long", "opened", "Zhou", "2 12:00:30", "nothing is proven for a day", tells=True)
