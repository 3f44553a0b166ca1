"""The same home on a day with eleven litres: enough for the city's rule."""

from tests.scenarios.tale import Tale

tale = Tale(days=2, rules={"no_water": {"litres": 10.0}})
meter = tale.meter()
meter.draws("0 01:30 30", "0 08:30 30", "0 12:20 5", "0 18:10 6", "0 21:30 40")
meter.draws_daily(1, 1, "01:30 30", "08:30 30", "14:00 30")
meter.reports("0 00:00", "2 00:00")
