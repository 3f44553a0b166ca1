"""The old meter showed 120 m3, the new one starts at nearly none. Nothing was used or not used by that; the technician hears."""

from tests.scenarios.tale import Tale

tale = Tale(days=4, rules={"no_water": {}})
meter = tale.meter()
meter.draws_daily(0, 3, "07:00 16", "11:30 9", "18:30 14", "22:00 7")
meter.reports("0 00:00", "1 09:30")
meter.stands_at -= 119_000
meter.reports("1 10:00", "4 00:00")
tale.expect("meter_fault", "opened", "meter", "1 10:01", "the total fell by 119 m3", because="meter_fell")
tale.expect("meter_fault", "cleared", "meter", "2 10:00:30", "a day without another impossible total")
