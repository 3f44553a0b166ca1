"""Both are away, as declared: the city's rule does not call for a home in which nobody is."""

from tests.scenarios.tale import Tale

tale = Tale(days=4, people=("Zhou", "Lin"), rules={"no_water": {"litres": 10.0}})
meter = tale.meter()
meter.draws_daily(0, 0, "07:00 20", "13:00 20", "18:40 20")
meter.draws_daily(3, 3, "12:30 20", "20:00 20")
meter.reports("0 00:00", "4 00:00")
tale.is_away("0 19:00", "3 12:00")
