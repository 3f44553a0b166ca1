"""A city turned its rule on. Nine litres in twelve hours are too few, though there were signs of life."""

from tests.scenarios.tale import Tale

tale = Tale(days=2, rules={"no_water": {"litres": 10.0}})
meter = tale.meter()
meter.draws("0 01:30 30", "0 08:30 30", "0 12:20 4", "0 18:10 5", "0 21:30 40")
meter.draws_daily(1, 1, "01:30 30", "08:30 30", "14:00 30")
meter.reports("0 00:00", "2 00:00")
tale.expect("no_water", "opened", "Zhou", "0 21:01", "from 09:00 to 21:00, nine litres", tells=True, because="no_water")
tale.expect("no_water", "cleared", "Zhou", "0 22:01", "forty litres more")
