"""The meter of Mrs Zhou stops sending at noon. That is a device problem, then a welfare check, and never "no water"."""

from tests.scenarios.tale import Tale

tale = Tale(days=4, rules={"no_water": {}})
meter = tale.meter()
meter.draws_daily(0, 3, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.reports("0 00:00", "1 12:00:01")
meter.reports("3 08:00", "4 00:00")
tale.expect("device_silent", "opened", "meter", "1 15:00:30", "three hourly reports are missing", because="device_silent")
tale.expect("unknown_too_long", "opened", "Zhou", "2 12:00:30", "nothing is proven for a day", tells=True)
tale.expect("device_silent", "cleared", "meter", "3 08:00:30", "the meter is heard again", because="device_back")
tale.expect("unknown_too_long", "cleared", "Zhou", "3 08:01:30", "its total shows that water was drawn meanwhile")
